"""A door for tests: signs deliveries and hands them to the receiver, as raw ASGI or over a socket."""

import asyncio
import hashlib
import hmac
import socket
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator, MutableMapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import uvicorn

from app.web.protocol import PatientProtocol
from app.web.receiver import Receiver
from tests.waiting import wait_until

SECRET = "a-secret-of-the-webhook"
OLD_SECRET = "an-older-secret-of-it"
NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
OPENED = b'{"action": "opened", "number": 57, "repository": {"full_name": "acme/shop"}}'

Headers = list[tuple[bytes, bytes]]


@dataclass(frozen=True)
class Answer:
    """What the door said; status 0 is no answer at all."""

    status: int
    text: str = ""
    headers: tuple[tuple[bytes, bytes], ...] = ()


def sign(body: bytes, secret: str = SECRET) -> str:
    """The value of X-Hub-Signature-256."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def head_of(
    body: bytes = OPENED,
    *,
    event: str = "pull_request",
    delivery: str | None = None,
    signature: str | None = None,
    content_type: str = "application/json",
    without: str = "",
    extra: Iterable[tuple[str, str]] = (),
) -> Headers:
    """The headers that GitHub sends."""
    known = {
        "host": "mayfly.example.com",
        "content-type": content_type,
        "content-length": str(len(body)),
        "x-github-event": event,
        "x-github-delivery": delivery or str(uuid.uuid4()),
        "x-hub-signature-256": sign(body) if signature is None else signature,
    }
    pairs = [pair for pair in known.items() if pair[0] != without]
    return [(name.encode(), value.encode("latin-1", "replace")) for name, value in (*pairs, *extra)]


class Door:
    """The receiver, called as a server would call it."""

    def __init__(self, receiver: Receiver) -> None:
        self.receiver = receiver

    def deliver(self, body: bytes = OPENED, *, method: str = "POST", **head: Any) -> Answer:
        """Hand in one delivery."""
        return asyncio.run(self.deliver_async([body], head_of(body, **head), method))

    def deliver_chunks(self, chunks: Sequence[bytes], headers: Headers, *, stalls: bool = False) -> Answer:
        """Hand in a body in pieces."""
        return asyncio.run(self.deliver_async(chunks, headers, stalls=stalls))

    async def deliver_async(
        self, chunks: Sequence[bytes], headers: Headers, method: str = "POST", *, stalls: bool = False
    ) -> Answer:
        """One request; where it `stalls`, the end of its body never arrives."""
        sent: list[MutableMapping[str, Any]] = []
        left = list(chunks)

        async def receive() -> MutableMapping[str, Any]:
            if not left:
                await asyncio.Event().wait()
            return {"type": "http.request", "body": left.pop(0), "more_body": stalls or bool(left)}

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message)

        await self.receiver({"type": "http", "method": method, "headers": headers}, receive, send)
        if not sent:
            return Answer(0)
        return Answer(sent[0]["status"], sent[1]["body"].decode(), tuple(sent[0]["headers"]))


class Served:
    """An application behind uvicorn on a free port."""

    def __init__(self, app: Any, protocol: type[PatientProtocol]) -> None:
        config = uvicorn.Config(app, port=0, http=protocol, ws="none", log_config=None, access_log=False)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()
        wait_until(lambda: self._server.started)

    def stop(self) -> None:
        """End."""
        self._server.should_exit = True
        self._thread.join()

    @property
    def port(self) -> int:
        """Where it listens."""
        port: int = self._server.servers[0].sockets[0].getsockname()[1]
        return port

    def connect(self) -> socket.socket:
        """A connection of a test's own."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=15)

    def send(self, *parts: bytes) -> bytes:
        """Send the parts and read until the server closes."""
        with self.connect() as connection:
            for part in parts:
                connection.sendall(part)
            return read_all(connection)


def request(body: bytes = OPENED, **head: Any) -> bytes:
    """A whole request as bytes, after which the connection is closed."""
    return request_head(head_of(body, extra=[("connection", "close")], **head)) + body


def request_head(headers: Headers) -> bytes:
    """The head of a request as bytes."""
    lines = [b"POST /webhooks/github HTTP/1.1", *(name + b": " + value for name, value in headers)]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def read_all(connection: socket.socket) -> bytes:
    """Everything until the other side closes; a connection that is cut counts as closed."""
    parts: list[bytes] = []
    while True:
        try:
            part = connection.recv(65536)
        except ConnectionError:
            part = b""
        if not part:
            return b"".join(parts)
        parts.append(part)


@contextmanager
def served(app: Any, protocol: type[PatientProtocol] = PatientProtocol) -> Iterator[Served]:
    """`app` behind the server for the time of the block."""
    server = Served(app, protocol)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def in_threads(count: int, act: Callable[[int], Any]) -> list[Any]:
    """`act` in as many threads at once; their results."""
    results: list[Any] = [None] * count

    def run(number: int) -> None:
        results[number] = act(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
