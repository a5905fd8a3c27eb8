"""POST /webhooks/github: checks a delivery and answers 202 once it is kept.

A raw ASGI application, since the framework's layers cost more than everything done here. The order is that of distrust:
the headers, the size, the signature over the raw bytes, and only then a look at what the body says. The time of
arrival comes from the event loop's caller through `clock`.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, MutableMapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
import structlog

from app.github.events import NotAnObject
from app.github.signature import matching_secret
from app.sorting import Sorter
from app.store.arrivals import Kept
from app.store.inbox import Delivery
from app.web.body import GITHUBS, Bounds, Budget, Receive, SenderLeft
from app.web.exchange import Head, Refusal, Send, check_body, respond, single_values, take_body
from app.web.writer import DeliveryWriter

_GUID = re.compile(rb"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_EVENT = re.compile(rb"[a-z_]{1,64}")
_SINGLE = (b"x-github-event", b"x-github-delivery", b"x-hub-signature-256", b"content-type")

log = structlog.get_logger()


class _Head(msgspec.Struct, frozen=True):
    """What the headers say, checked for form alone."""

    event: str
    delivery: str
    signature: bytes


@dataclass
class Tally:
    """What became of the deliveries since this process started: kept, repeated, or refused, by status."""

    received: int = 0
    repeated: int = 0
    refused: Counter[int] = field(default_factory=Counter)


class Receiver:
    """The door for GitHub's webhooks."""

    def __init__(
        self,
        secrets: Sequence[str],
        repositories: Iterable[str],
        writer: DeliveryWriter,
        clock: Callable[[], datetime],
        bounds: Bounds = GITHUBS,
    ) -> None:
        self._secrets = [secret.encode() for secret in secrets]
        self._sorter = Sorter(repositories)
        self._writer = writer
        self._clock = clock
        self._bounds = bounds
        self._budget = Budget(bounds.budget)
        self.tally = Tally()

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request. Whatever goes wrong in here, the sender is told to come again, and nothing more."""
        try:
            await self._receive(scope, receive)
        except SenderLeft:
            log.info("delivery cut off", reason="the sender left", delivery=_claimed_id(scope))
        except Refusal as refusal:
            log.info("delivery refused", status=refusal.status, reason=refusal.reason, delivery=_claimed_id(scope))
            self.tally.refused[refusal.status] += 1
            await respond(send, refusal.status, refusal.reason)
        except Exception:
            log.exception("delivery refused by a fault of ours", status=503, delivery=_claimed_id(scope))
            self.tally.refused[503] += 1
            await respond(send, 503, "the delivery could not be kept; send it again later")
        else:
            await respond(send, 202, "kept")

    async def _receive(self, scope: MutableMapping[str, Any], receive: Receive) -> None:
        head = read_head(scope["method"], scope["headers"], self._bounds.largest)
        with self._budget.lease() as lease:
            await self._take_in(head, await take_body(receive, lease, self._bounds))

    async def _take_in(self, head: _Head, body: bytes) -> None:
        secret = matching_secret(head.signature, body, self._secrets)
        if secret is None:
            raise Refusal(401, "the signature is not ours")
        kept = await self._writer.keep(self._sort(head, body, secret))
        if kept is Kept.NOT_STORED:
            raise Refusal(503, "the delivery could not be kept; send it again later")
        if kept is Kept.STORED:
            self.tally.received += 1
        else:
            self.tally.repeated += 1
        log.info("delivery kept", type=head.event, outcome=kept.value, delivery=head.delivery)

    def _sort(self, head: _Head, body: bytes, secret: int) -> Delivery:
        try:
            return self._sorter.sort(head.delivery, head.event, body, secret, self._clock())
        except NotAnObject as error:
            raise Refusal(400, str(error)) from None


def read_head(method: str, headers: Head, largest: int = GITHUBS.largest) -> _Head:
    """The headers that matter, each given once and of the right form. Raises Refusal."""
    if method != "POST":
        raise Refusal(405, "only POST is answered here")
    single = single_values(headers, _SINGLE)
    check_body(single, largest, b"application/json")
    event, delivery = single.get(b"x-github-event", b""), single.get(b"x-github-delivery", b"")
    if not _EVENT.fullmatch(event) or not _GUID.fullmatch(delivery):
        raise Refusal(400, "X-GitHub-Event or X-GitHub-Delivery is missing or malformed")
    if b"x-hub-signature-256" not in single:
        raise Refusal(401, "X-Hub-Signature-256 is missing; set a secret in the webhook's settings")
    return _Head(event.decode(), delivery.decode().lower(), single[b"x-hub-signature-256"])


def _claimed_id(scope: MutableMapping[str, Any]) -> str | None:
    """The delivery's id for the log, where it has the form of one."""
    ids = [value for name, value in scope["headers"] if name.lower() == b"x-github-delivery" and _GUID.fullmatch(value)]
    return ids[0].decode().lower() if ids else None
