"""Reading a request's body: bytes are counted, time is limited, and all bodies together have a budget of memory.

The server below has neither a limit nor a deadline of its own, so a slow or endless sender would hold memory for ever.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Bounds:
    """What a body may take.

    `largest`: bytes; GitHub delivers nothing larger (https://docs.github.com/en/webhooks/webhook-events-and-payloads).
    `seconds`: GitHub closes the connection after as long (https://docs.github.com/en/webhooks/using-webhooks).
    `budget`: bytes of all bodies in memory at once.
    """

    largest: int = 25 * MEBIBYTE
    seconds: float = 10.0
    budget: int = 64 * MEBIBYTE


GITHUBS = Bounds()


class BodyTooLarge(Exception):
    """The body is longer than is taken."""


class BodyTooSlow(Exception):
    """The body did not arrive in time."""


class SenderLeft(Exception):
    """The sender left before its body was complete; there is nobody to answer."""


class BudgetUsedUp(Exception):
    """Too many bodies are in memory at the moment."""


class Budget:
    """Memory that bodies may take, all together; lives on the event loop, so it needs no lock."""

    def __init__(self, size: int) -> None:
        self.left = size

    def lease(self) -> "Lease":
        """A share that grows as a body arrives and is given back at the end of its block."""
        return Lease(self)

    def take(self, size: int) -> None:
        """Take some; raises BudgetUsedUp where there is not so much left."""
        if size > self.left:
            raise BudgetUsedUp
        self.left -= size


class Lease:
    """What one body has taken of the budget."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self.taken = 0

    def __enter__(self) -> "Lease":
        return self

    def __exit__(self, *_: object) -> None:
        self._budget.left += self.taken

    def grow(self, size: int) -> None:
        """Take more."""
        self._budget.take(size)
        self.taken += size


async def read_body(receive: Receive, lease: Lease, bounds: Bounds) -> bytes:
    """The whole body. Raises BodyTooLarge, BodyTooSlow, SenderLeft or BudgetUsedUp."""
    try:
        async with asyncio.timeout(bounds.seconds):
            return await _read(receive, lease, bounds.largest)
    except TimeoutError:
        raise BodyTooSlow from None


async def _read(receive: Receive, lease: Lease, largest: int) -> bytes:
    chunks: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise SenderLeft
        chunk = message.get("body", b"")
        if lease.taken + len(chunk) > largest:
            raise BodyTooLarge
        lease.grow(len(chunk))
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)
