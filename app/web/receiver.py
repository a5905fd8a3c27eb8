"""POST /webhooks/github: checks a delivery and answers 202 once it is kept.

A raw ASGI application, since the framework's layers cost more than everything done here. The order is that of distrust:
the headers, the size, the signature over the raw bytes, and only then a look at what the body says. The time of
arrival comes from the event loop's caller through `clock`.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, MutableMapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog

from app.github.events import NotAnObject, Routing, Unroutable, route
from app.github.signature import matching_secret
from app.store.inbox import IGNORED, QUARANTINED, RECEIVED, Delivery
from app.web.body import (
    GITHUBS,
    MEBIBYTE,
    BodyTooLarge,
    BodyTooSlow,
    Bounds,
    Budget,
    BudgetUsedUp,
    Receive,
    SenderLeft,
    read_body,
)
from app.web.writer import DeliveryWriter, Kept

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_GUID = re.compile(rb"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_EVENT = re.compile(rb"[a-z_]{1,64}")
_SINGLE = (b"x-github-event", b"x-github-delivery", b"x-hub-signature-256", b"content-type")

log = structlog.get_logger()


class Refusal(Exception):
    """The request is answered with a status other than 202."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


@dataclass(frozen=True)
class _Head:
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
        self._repositories = frozenset(name.lower() for name in repositories)
        self._writer = writer
        self._clock = clock
        self._bounds = bounds
        self._budget = Budget(bounds.budget)
        self.tally = Tally()

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request. Whatever goes wrong in here, the sender is told to come again, and nothing more."""
        with structlog.contextvars.bound_contextvars(delivery=_claimed_id(scope["headers"])):
            try:
                await self._receive(scope, receive)
            except SenderLeft:
                log.info("delivery cut off", reason="the sender left")
            except Refusal as refusal:
                log.info("delivery refused", status=refusal.status, reason=refusal.reason)
                self.tally.refused[refusal.status] += 1
                await respond(send, refusal.status, refusal.reason)
            except Exception:
                log.exception("delivery refused by a fault of ours", status=503)
                self.tally.refused[503] += 1
                await respond(send, 503, "the delivery could not be kept; send it again later")
            else:
                await respond(send, 202, "kept")

    async def _receive(self, scope: MutableMapping[str, Any], receive: Receive) -> None:
        head = read_head(scope["method"], scope["headers"], self._bounds.largest)
        with self._budget.lease() as lease:
            try:
                body = await read_body(receive, lease, self._bounds)
            except BodyTooLarge:
                raise _too_large(self._bounds.largest) from None
            except BodyTooSlow:
                raise Refusal(408, "the body did not arrive in time") from None
            except BudgetUsedUp:
                raise Refusal(503, "too many deliveries at once; send it again later") from None
            await self._take_in(head, body)

    async def _take_in(self, head: _Head, body: bytes) -> None:
        secret = matching_secret(head.signature, body, self._secrets)
        if secret is None:
            raise Refusal(401, "the signature is not ours")
        kept = await self._writer.keep(self._delivery(head, body, secret))
        if kept is Kept.NOT_STORED:
            raise Refusal(503, "the delivery could not be kept; send it again later")
        if kept is Kept.REPEATED:
            self.tally.repeated += 1
        else:
            self.tally.received += 1
        log.info("delivery kept", type=head.event, outcome=kept.value)

    def _delivery(self, head: _Head, body: bytes, secret: int) -> Delivery:
        routing, state = self._route(head.event, body)
        return Delivery(
            id=head.delivery,
            event=head.event,
            body=body,
            body_sha256=hashlib.sha256(body).digest(),
            secret=secret,
            received_at=self._clock(),
            action=routing.action,
            repository=routing.repository,
            pull_request=routing.pull_request,
            source=str(routing.source) if routing.source else None,
            state=state,
        )

    def _route(self, event: str, body: bytes) -> tuple[Routing, str]:
        try:
            routing = route(event, body)
        except NotAnObject as error:
            raise Refusal(400, str(error)) from None
        except Unroutable:
            return Routing(), QUARANTINED
        listed = not self._repositories or (routing.repository or "").lower() in self._repositories
        return routing, RECEIVED if routing.source and listed else IGNORED


def read_head(method: str, headers: Iterable[tuple[bytes, bytes]], largest: int = GITHUBS.largest) -> _Head:
    """The headers that matter, each given once and of the right form. Raises Refusal."""
    if method != "POST":
        raise Refusal(405, "only POST is answered here")
    single = _single_values(headers)
    _check_size(single, largest)
    if single.get(b"content-type", b"").partition(b";")[0].strip().lower() != b"application/json":
        raise Refusal(415, "the content type is not application/json; choose it in the webhook's settings")
    event, delivery = single.get(b"x-github-event", b""), single.get(b"x-github-delivery", b"")
    if not _EVENT.fullmatch(event) or not _GUID.fullmatch(delivery):
        raise Refusal(400, "X-GitHub-Event or X-GitHub-Delivery is missing or malformed")
    if b"x-hub-signature-256" not in single:
        raise Refusal(401, "X-Hub-Signature-256 is missing; set a secret in the webhook's settings")
    return _Head(event.decode(), delivery.decode().lower(), single[b"x-hub-signature-256"])


def _single_values(headers: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    single: dict[bytes, bytes] = {}
    for name, value in headers:
        lower = name.lower()
        if lower in single and lower in (*_SINGLE, b"content-length"):
            raise Refusal(400, f"the header {lower.decode('ascii', 'replace')} is given more than once")
        single[lower] = value
    return single


def _check_size(single: dict[bytes, bytes], largest: int) -> None:
    length = single.get(b"content-length", b"0")
    if not length.isdigit():
        raise Refusal(400, "Content-Length is no number")
    if len(length) > 20 or int(length) > largest:
        raise _too_large(largest)
    if single.get(b"content-encoding", b"identity").lower() != b"identity":
        raise Refusal(415, "a compressed body is not taken")


def _too_large(largest: int) -> Refusal:
    return Refusal(413, f"the body is larger than {largest / MEBIBYTE:g} MiB")


def _claimed_id(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """The delivery's id for the log, where it has the form of one."""
    ids = [value for name, value in headers if name.lower() == b"x-github-delivery" and _GUID.fullmatch(value)]
    return ids[0].decode().lower() if ids else None


async def respond(send: Send, status: int, text: str) -> None:
    """Answer with one line of text."""
    body = text.encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    if status == 405:
        headers.append((b"allow", b"POST"))
    if status == 408:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
