"""Socket Mode's other end: connections that the program opens, and the envelopes that go to one of them.

`websockets` is needed for it and is loaded with the first connection that is asked for. Source:
https://docs.slack.dev/apis/events-api/using-socket-mode
"""

import contextlib
import itertools
import json
import secrets
import threading
import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from app.sandbox.slack.arguments import Arguments
from app.sandbox.slack.records import Json, Reply, SlackError
from app.sandbox.slack.workspace import APP, Workspace

if TYPE_CHECKING:
    from websockets.sync.server import Server, ServerConnection


class Sockets:
    """The connections that stand, and the acknowledgements that came by them."""

    def __init__(self, app_token: str, patience_seconds: float) -> None:
        self._app_token = app_token
        self._patience_seconds = patience_seconds
        self._server: Server | None = None
        self._tickets: set[str] = set()
        self._connections: list[ServerConnection] = []
        self._turns = itertools.count()
        self._acknowledged: dict[str, threading.Event] = {}
        self._lock = threading.Lock()

    @property
    def is_open(self) -> bool:
        """Whether the program listens."""
        return bool(self._connections)

    def open_connection(self, _: Workspace, arguments: Arguments) -> Json:
        """`apps.connections.open`: an address that is good for one connection."""
        if arguments.token != self._app_token:
            raise SlackError("not_allowed_token_type" if arguments.token.startswith("xoxb-") else "invalid_auth")
        ticket = secrets.token_hex(8)
        self._tickets.add(ticket)
        return {"url": f"ws://127.0.0.1:{self._started().socket.getsockname()[1]}/link/?ticket={ticket}&app_id={APP}"}

    def send(self, kind: str, payload: Json) -> Reply:
        """Hand an envelope to one connection and wait for its acknowledgement."""
        envelope, arrived = str(uuid.uuid4()), threading.Event()
        with self._lock:
            if not self._connections:
                return Reply(None, "no connection is open")
            connection = self._connections[next(self._turns) % len(self._connections)]
            self._acknowledged[envelope] = arrived
        told = {"type": kind, "envelope_id": envelope, "payload": payload, "accepts_response_payload": False}
        with _ending():
            connection.send(json.dumps(told))
        if arrived.wait(self._patience_seconds):
            return Reply(200, "")
        return Reply(None, f"no acknowledgement within {self._patience_seconds:.0f} s")

    def recycle(self) -> None:
        """Ask every connection to go, as Slack does once in a while."""
        for connection in list(self._connections):
            with _ending():
                connection.send(json.dumps({"type": "disconnect", "reason": "refresh_requested", "debug_info": {}}))
                connection.close()

    def stop(self) -> None:
        """Close everything."""
        if self._server is not None:
            self._server.shutdown()

    def _started(self) -> "Server":
        with self._lock:
            if self._server is None:
                from websockets.sync.server import serve  # noqa: PLC0415 - nothing else needs it

                self._server = serve(self._talk, "127.0.0.1", 0)
                threading.Thread(target=self._server.serve_forever, name="sandbox-sockets", daemon=True).start()
            return self._server

    def _talk(self, connection: "ServerConnection") -> None:
        request = connection.request
        ticket = request.path.partition("ticket=")[2].partition("&")[0] if request else ""
        if ticket not in self._tickets:
            return
        self._tickets.discard(ticket)
        connection.send(json.dumps({"type": "hello", "num_connections": 1, "connection_info": {"app_id": APP}}))
        self._connections.append(connection)
        try:
            with _ending():
                for text in connection:
                    self._hear(json.loads(text))
        finally:
            self._connections.remove(connection)

    def _hear(self, answer: dict[str, Any]) -> None:
        arrived = self._acknowledged.get(str(answer.get("envelope_id")))
        if arrived is not None:
            arrived.set()


@contextlib.contextmanager
def _ending() -> Iterator[None]:
    """The other side may go at any moment, with or without a word."""
    from websockets.exceptions import ConnectionClosed  # noqa: PLC0415 - as above

    with contextlib.suppress(ConnectionClosed, OSError):
        yield
