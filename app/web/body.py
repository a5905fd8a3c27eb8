"""Reading a request's body: bytes are counted, time is limited, and all bodies together have a budget of memory.

The server below has neither a limit nor a deadline of its own, so a slow or endless sender would hold memory for ever.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

LARGEST_BODY = 25 * 1024 * 1024
"""Bytes; GitHub delivers nothing larger (https://docs.github.com/en/webhooks/webhook-events-and-payloads)."""
DEADLINE_SECONDS = 10.0
"""GitHub closes the connection after as long (https://docs.github.com/en/webhooks/using-webhooks)."""
BUDGET = 128 * 1024 * 1024
"""Bytes of all bodies in memory at once."""


class BodyTooLarge(Exception):
    """The body is longer than is taken."""


class BodyCutOff(Exception):
    """The sender left or was too slow; there is nobody, or nothing, to answer."""


class BudgetUsedUp(Exception):
    """Too many bodies are in memory at the moment."""


class Budget:
    """Memory that bodies may take, all together; lives on the event loop, so it needs no lock."""

    def __init__(self, size: int = BUDGET) -> None:
        self._left = size

    @contextmanager
    def lease(self) -> Iterator["Lease"]:
        """A share that grows as a body arrives and is given back at the end."""
        lease = Lease(self)
        try:
            yield lease
        finally:
            self._left += lease.taken

    def take(self, size: int) -> None:
        """Take some; raises BudgetUsedUp where there is not so much left."""
        if size > self._left:
            raise BudgetUsedUp
        self._left -= size


class Lease:
    """What one body has taken of the budget."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self.taken = 0

    def grow(self, size: int) -> None:
        """Take more."""
        self._budget.take(size)
        self.taken += size


async def read_body(receive: Receive, lease: Lease) -> bytes:
    """The whole body. Raises BodyTooLarge, BodyCutOff or BudgetUsedUp."""
    chunks: list[bytes] = []
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    raise BodyCutOff
                chunk = message.get("body", b"")
                if lease.taken + len(chunk) > LARGEST_BODY:
                    raise BodyTooLarge
                lease.grow(len(chunk))
                chunks.append(chunk)
                if not message.get("more_body", False):
                    return b"".join(chunks)
    except TimeoutError:
        raise BodyCutOff from None
