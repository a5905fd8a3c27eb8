"""A closed loop of webhooks: each of so many connections sends a signed delivery, waits for its answer, sends the next.

A process of its own, so that it takes nothing from the server's core: `python -m tests.bench.sender PORT CONNECTIONS
COUNT PULL_REQUESTS`, where 0 pull requests means another one with every delivery. Prints its figures as JSON.
"""

import asyncio
import hashlib
import hmac
import json
import sys
import time
import uuid
from collections.abc import Iterator
from typing import Any

import uvloop

from app.sandbox.github import GitHubSandbox

SECRET = "a-secret-of-the-bench"
SIZE = 24_000
"""Bytes of one delivery, as GitHub's of pull requests have them."""

Parts = tuple[bytes, bytes]


def payload() -> tuple[bytes, bytes]:
    """A real pull request's delivery around its number, of the usual size."""
    with GitHubSandbox.start() as github:
        github.create_repository("acme/shop", files={"a.txt": "a"})
        github.deliver_to("http://127.0.0.1:9/", SECRET)
        github.push("acme/shop", "SHOP-42", {"a.txt": "b"})
        github.open_pull_request("acme/shop", "SHOP-42", title="SHOP-42")
        github.wait_delivered()
        told = next(each.payload for each in github.deliveries if each.event == "pull_request")
    told = {**told, "number": 7777777}
    told["pull_request"]["body"] = "What it is about. " * max(0, (SIZE - len(json.dumps(told))) // 18)
    before, _, after = json.dumps(told).partition('"number": 7777777')
    return (before + '"number": ').encode(), after.encode()


def requests(count: int, pull_requests: int) -> Iterator[Parts]:
    """Head and body of each request."""
    before, after = payload()
    bodies = {n: before + str(n).encode() + after for n in range(1, (pull_requests or count) + 1)}
    signatures = {n: hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest() for n, body in bodies.items()}
    for index in range(count):
        number = index % len(bodies) + 1
        yield _head(signatures[number], len(bodies[number])), bodies[number]


def _head(signature: str, length: int) -> bytes:
    return (
        "POST /webhooks/github HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
        f"x-github-event: pull_request\r\nx-github-delivery: {uuid.uuid4()}\r\nuser-agent: GitHub-Hookshot/5a4d0b7\r\n"
        f"accept: */*\r\nx-hub-signature-256: sha256={signature}\r\ncontent-length: {length}\r\n\r\n"
    ).encode()


class Sender(asyncio.Protocol):
    """One connection; takes from the pile until it is empty."""

    def __init__(self, pile: Iterator[Parts], taken: list[float], refused: list[bytes]) -> None:
        self._pile, self._taken, self._refused = pile, taken, refused
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._seen = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        """An answer, or a part of one."""
        self._seen += data
        head, found, rest = self._seen.partition(b"\r\n\r\n")
        if not found or len(rest) < int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]):
            return
        self._taken.append(time.perf_counter() - self._since)
        if b" 202 " not in head:
            self._refused.append(head)
        self._seen = b""
        self._next()

    def connection_lost(self, _exc: Exception | None) -> None:
        """The server hung up."""
        if not self.done.done():
            self.done.set_result(None)

    def _next(self) -> None:
        parts = next(self._pile, None)
        if parts is None:
            self._transport.close()
            return
        self._since = time.perf_counter()
        self._transport.writelines(parts)  # type: ignore[attr-defined]


async def send(port: int, connections: int, pile: Iterator[Parts]) -> dict[str, Any]:
    """Send everything; how long it took, and each answer."""
    loop, taken, refused = asyncio.get_running_loop(), [], []  # type: ignore[var-annotated]
    began = time.perf_counter()
    senders = []
    for _ in range(connections):
        _, sender = await loop.create_connection(lambda: Sender(pile, taken, refused), "127.0.0.1", port)
        senders.append(sender)
    await asyncio.gather(*(sender.done for sender in senders))
    took, taken = time.perf_counter() - began, sorted(taken)
    return {
        "rate": len(taken) / took,
        "p50": taken[len(taken) // 2] * 1000,
        "p99": taken[len(taken) * 99 // 100] * 1000,
        "answered": len(taken),
        "refused": len(refused),
        "first": refused[0].decode() if refused else "",
    }


def main() -> None:
    """Send what the arguments say."""
    port, connections, count, pull_requests = map(int, sys.argv[1:5])
    pile = iter(list(requests(count, pull_requests)))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()  # the word to begin
    figures = uvloop.run(send(port, connections, pile))
    sys.stdout.write(json.dumps(figures))


if __name__ == "__main__":
    main()
