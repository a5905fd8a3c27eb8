"""POST /webhooks/slack/interactions and /webhooks/slack/commands: clicks and slash commands become orders.

A raw ASGI application as GitHub's door is, and as distrustful: headers, size, signature over the raw bytes, and only
then a look at the form. Slack gives three seconds, so nothing is done here but to keep the order, on disk, before it is
acknowledged. Slack repeats nothing by itself: a request that comes a second time is somebody else's and is refused, and
who clicks again means the same order (`app.store.orders`).
"""

import asyncio
import hashlib
import json
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog

from app.slack.gestures import Click, Command, MalformedGesture, Person, read_click, read_command, read_form
from app.slack.signature import is_genuine
from app.store.arrivals import Kept
from app.store.orders import Order, Origin
from app.store.workspace import Workspace
from app.web.body import MEBIBYTE, Bounds, Budget, Receive, SenderLeft
from app.web.exchange import TEXT, Refusal, Send, check_body, respond, single_values, take_body
from app.web.receiver import Tally
from app.web.writer import DeliveryWriter

INTERACTIONS = "/webhooks/slack/interactions"
COMMANDS = "/webhooks/slack/commands"

SLACKS = Bounds(largest=MEBIBYTE, seconds=2.0, budget=16 * MEBIBYTE)
LONGEST_WAIT = 2.5
"""Seconds until Slack is told that it was not kept; Slack itself waits for three."""

_ONCE = (b"x-slack-signature", b"x-slack-request-timestamp", b"content-type")
_FORM = b"application/x-www-form-urlencoded"
_JSON = "application/json"

log = structlog.get_logger()


@dataclass(frozen=True)
class _Reply:
    """What a request is acknowledged with."""

    text: str = ""
    content_type: str = TEXT


class SlackDoor:
    """The door for Slack's clicks and commands; without a secret it stays shut."""

    def __init__(
        self,
        secret: str | None,
        api_url: str,
        writer: DeliveryWriter,
        workspace: Callable[[], Workspace],
        clock: Callable[[], datetime],
        bounds: Bounds = SLACKS,
    ) -> None:
        self._secret = secret.encode() if secret else None
        self._api_url = api_url
        self._writer = writer
        self._workspace = workspace
        self._clock = clock
        self._bounds = bounds
        self._budget = Budget(bounds.budget)
        self.tally = Tally()

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request. Whatever goes wrong in here, the sender is told so, and nothing more."""
        try:
            async with asyncio.timeout(LONGEST_WAIT):
                reply = await self._receive(scope, receive)
        except SenderLeft:
            log.info("request of Slack's cut off", reason="the sender left")
        except Refusal as refusal:
            log.info("request of Slack's refused", status=refusal.status, reason=refusal.reason)
            await self._refuse(send, refusal)
        except TimeoutError:
            log.warning("request of Slack's refused", status=503, reason="it could not be kept in time")
            await self._refuse(send, _not_kept())
        except Exception:
            log.exception("request of Slack's refused by a fault of ours", status=503)
            await self._refuse(send, _not_kept())
        else:
            await respond(send, 200, reply.text, reply.content_type)

    async def _refuse(self, send: Send, refusal: Refusal) -> None:
        self.tally.refused[refusal.status] += 1
        await respond(send, refusal.status, refusal.reason)

    async def _receive(self, scope: MutableMapping[str, Any], receive: Receive) -> _Reply:
        if self._secret is None:
            raise Refusal(404, "there is nothing here: MAYFLY_SLACK__SIGNING_SECRET is not set")
        if scope["method"] != "POST":
            raise Refusal(405, "only POST is answered here")
        single = single_values(scope["headers"], _ONCE)
        check_body(single, self._bounds.largest, _FORM)
        signature, timestamp = single.get(_ONCE[0], b""), single.get(_ONCE[1], b"")
        with self._budget.lease() as lease:
            body = await take_body(receive, lease, self._bounds)
        now = self._clock()
        if not is_genuine(signature, timestamp, body, self._secret, now):
            raise Refusal(401, "the signature is missing, old or not ours")
        try:
            gesture = self._read(scope["path"], body)
        except MalformedGesture as error:
            raise Refusal(400, str(error)) from None
        if gesture is None:
            return _Reply()
        await self._check_workspace(gesture.person)
        await self._keep(_order(gesture, hashlib.sha256(timestamp + b":" + body).hexdigest(), now))
        return _acknowledge(gesture)

    def _read(self, path: str, body: bytes) -> Click | Command | None:
        """What is asked; None where nothing is. Raises MalformedGesture."""
        fields = read_form(body)
        if path == COMMANDS:
            return None if fields.get("ssl_check") == "1" else read_command(fields, self._api_url)
        if "payload" not in fields:
            raise MalformedGesture("an interaction without a payload")
        return read_click(fields["payload"], self._api_url)

    async def _check_workspace(self, person: Person) -> None:
        """Refuse what comes from another workspace or app than the bot's, as soon as a worker knows which that is."""
        known = await asyncio.to_thread(self._workspace)
        if known.team is None:
            log.info("the workspace is not known yet and is not checked", team=person.team)
        if known.team not in (None, person.team) or person.home_team not in (None, person.team):
            raise Refusal(403, "this workspace is not the one that Mayfly is installed in")
        if known.app not in (None, person.app):
            raise Refusal(403, "this app is not Mayfly's")

    async def _keep(self, order: Order) -> None:
        kept = await self._writer.keep(order)
        if kept is Kept.NOT_STORED:
            raise _not_kept()
        if kept is Kept.REPEATED:
            self.tally.repeated += 1
            raise Refusal(401, "this very request was taken before")
        self.tally.received += 1
        log.info("order kept", order=order.id, origin=order.origin.value, user=order.content["user"])


def _order(gesture: Click | Command, digest: str, now: datetime) -> Order:
    if isinstance(gesture, Click):
        return Order(f"slack:{digest}", Origin.SLACK_CLICK, now, gesture.content(), gesture.gesture())
    return Order(f"slack:{digest}", Origin.SLACK_COMMAND, now, gesture.content())


def _acknowledge(gesture: Click | Command) -> _Reply:
    """A click is acknowledged in silence, a command with a line that only who typed it sees."""
    if isinstance(gesture, Click):
        return _Reply()
    return _Reply(json.dumps({"response_type": "ephemeral", "text": "On it."}), _JSON)


def _not_kept() -> Refusal:
    return Refusal(503, "this could not be kept; try again in a moment")
