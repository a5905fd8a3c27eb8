"""The server's protocol with what it lacks: a deadline for every request, and a limit on the size of its head.

uvicorn waits for ever for a head or a body that never ends. Here a connection is cut that has not delivered a whole
request in time; a body that is merely discarded, after an early refusal, has the same deadline.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

LARGEST_HEAD = 64 * 1024
"""Bytes of request line and headers."""


class PatientProtocol(HttpToolsProtocol):
    """uvicorn's protocol, patient for `seconds`: a little longer than the receiver, which can say why."""

    seconds = 12.0

    def connection_made(self, transport: Any) -> None:
        """A connection: its first request is due."""
        super().connection_made(transport)
        self._head_size = 0
        self._in_head = True
        self._due_at: float | None = self.loop.time() + self.seconds
        self._watch: asyncio.TimerHandle = self.loop.call_at(self._due_at, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self._watch.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Some bytes; those of a head are counted."""
        super().data_received(data)
        if self._in_head:
            self._head_size += len(data)
            if self._head_size > LARGEST_HEAD:
                self.transport.abort()

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._in_head = True
        self._due_at = self.loop.time() + self.seconds

    def on_headers_complete(self) -> None:
        """Its head is complete."""
        self._in_head = False
        self._head_size = 0
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Its body is complete."""
        self._due_at = None
        super().on_message_complete()

    def _look(self) -> None:
        """One timer for a connection, not one a request: it looks again when the present request would be due."""
        now = self.loop.time()
        if self._due_at is not None and self._due_at <= now:
            self.transport.abort()
        else:
            self._watch = self.loop.call_at(self._due_at or now + self.seconds, self._look)
