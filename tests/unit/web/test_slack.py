"""Slack's door: only what Slack signed, each request once, kept before it is acknowledged, and never a 5xx but 503."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import MutableMapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.store.database import Database
from app.store.orders import settle_order
from app.store.tables import orders
from app.store.tables import wakes as slots
from app.store.wake import Wakes
from app.store.workspace import Workspace
from app.web.body import Bounds
from app.web.slack import COMMANDS, INTERACTIONS, SlackDoor
from app.web.writer import DeliveryWriter
from tests.unit.slack.test_gestures import API, PRESSED, TYPED
from tests.unit.web.door import NOW, Answer, Headers

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
CLICK = urlencode({"payload": json.dumps(PRESSED)}).encode()
TYPED_FORM = urlencode(TYPED).encode()

Lines = list[dict[str, Any]]


def sign(body: bytes, seconds: float = 0, secret: str = SECRET) -> dict[str, str]:
    """The two headers of a signature made so many seconds from now."""
    timestamp = str(int(NOW.timestamp() + seconds))
    digest = hmac.new(secret.encode(), f"v0:{timestamp}:".encode() + body, hashlib.sha256).hexdigest()
    return {"x-slack-request-timestamp": timestamp, "x-slack-signature": f"v0={digest}"}


def head_of(body: bytes, **changed: str) -> Headers:
    """The headers that Slack sends; names with underscores for dashes."""
    known = {"content-type": "application/x-www-form-urlencoded", "content-length": str(len(body)), **sign(body)}
    known |= {name.replace("_", "-"): value for name, value in changed.items()}
    return [(name.encode(), value.encode("latin-1", "replace")) for name, value in known.items()]


@dataclass
class Front:
    """The door as a server would call it, and what is kept behind it."""

    door: SlackDoor
    database: Database

    def post(
        self, body: bytes, headers: Headers | None = None, path: str = INTERACTIONS, method: str = "POST"
    ) -> Answer:
        """One request."""
        return asyncio.run(self.post_async(body, headers, path, method))

    async def post_async(
        self, body: bytes, headers: Headers | None, path: str, method: str = "POST", *, stalls: bool = False
    ) -> Answer:
        """The same, beside others; where it `stalls`, the body never ends."""
        sent: list[MutableMapping[str, Any]] = []
        pieces = [body]

        async def receive() -> MutableMapping[str, Any]:
            if not pieces:
                await asyncio.Event().wait()
            return {"type": "http.request", "body": pieces.pop(), "more_body": stalls}

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message)

        given = head_of(body) if headers is None else headers
        await self.door({"type": "http", "method": method, "path": path, "headers": given}, receive, send)
        return Answer(sent[0]["status"], sent[1]["body"].decode(), tuple(sent[0]["headers"])) if sent else Answer(0)

    def orders(self) -> list[Any]:
        """The orders that wait to be carried out."""
        with self.database.read() as connection:
            return list(connection.execute(sa.select(orders).where(orders.c.settled_at.is_(None))))

    def woken(self) -> list[str]:
        """The orders that were woken."""
        with self.database.read() as connection:
            return list(connection.execute(sa.select(slots.c.key).where(slots.c.kind == "order")).scalars())

    def settle(self, received_at: Any = NOW) -> None:
        """Everything was carried out."""
        with self.database.begin() as connection:
            for order in connection.execute(sa.select(orders)).all():
                settle_order(connection, order.id, "done", NOW)
            connection.execute(orders.update().values(received_at=received_at))


@pytest.fixture
def front(writer: DeliveryWriter, database: Database) -> Front:
    """The door, in a workspace that is known."""
    known = Workspace("T0MAYFLY0", "A0MAYFLY0")
    return Front(SlackDoor(SECRET, API, writer, lambda: known, lambda: NOW), database)


class TestClicks:
    def test_one_is_kept_as_an_order_and_wakes_it_before_it_is_acknowledged(self, front: Front) -> None:
        answer = front.post(CLICK)
        assert (answer.status, answer.text) == (200, "")
        (order,) = front.orders()
        assert (order.origin, order.received_at) == ("slack-click", NOW)
        assert (order.content["action"], order.content["value"], order.content["user"]) == ("extend", "SHOP-42", "U01")
        assert front.woken() == [order.id]

    def test_clicking_again_while_it_waits_is_the_same_order(self, front: Front) -> None:
        again = urlencode({"payload": json.dumps({**PRESSED, "trigger_id": "another"})}).encode()
        assert [front.post(body).status for body in (CLICK, again)] == [200, 200]
        assert len(front.orders()) == len(front.woken()) == 1

    def test_clicking_again_at_once_is_the_same_although_it_was_carried_out(self, front: Front) -> None:
        front.post(CLICK)
        front.settle()
        again = urlencode({"payload": json.dumps({**PRESSED, "trigger_id": "another"})}).encode()
        assert front.post(again).status == 200
        assert front.orders() == []

    def test_clicking_again_later_is_another(self, front: Front) -> None:
        front.post(CLICK)
        front.settle(NOW - timedelta(seconds=10))
        again = urlencode({"payload": json.dumps({**PRESSED, "trigger_id": "another"})}).encode()
        assert front.post(again).status == 200
        assert len(front.orders()) == 1

    def test_the_click_that_was_the_same_cannot_be_sent_once_more_later(self, front: Front) -> None:
        again = urlencode({"payload": json.dumps({**PRESSED, "trigger_id": "another"})}).encode()
        front.post(CLICK)
        front.post(again)
        front.settle(NOW - timedelta(seconds=10))
        assert front.post(again).status == 401
        assert front.orders() == []

    def test_another_kind_is_acknowledged_and_does_nothing(self, front: Front) -> None:
        body = urlencode({"payload": '{"type": "view_closed"}'}).encode()
        assert front.post(body).status == 200
        assert front.orders() == []


class TestCommands:
    def test_one_is_kept_and_answered_to_whoever_typed_it(self, front: Front) -> None:
        answer = front.post(TYPED_FORM, path=COMMANDS)
        assert (answer.status, json.loads(answer.text)["response_type"]) == (200, "ephemeral")
        (order,) = front.orders()
        assert (order.origin, order.content["text"]) == ("slack-command", "extend SHOP-42 2d")
        assert front.woken() == [order.id]

    def test_the_same_command_typed_twice_is_two(self, front: Front) -> None:
        for seconds in (0, 1):
            headers = head_of(TYPED_FORM, **sign(TYPED_FORM, seconds))
            assert front.post(TYPED_FORM, headers, COMMANDS).status == 200
        assert len(front.orders()) == 2

    def test_the_check_of_the_certificate_asks_nothing(self, front: Front) -> None:
        assert front.post(b"ssl_check=1&token=x", path=COMMANDS).status == 200
        assert front.orders() == []


class TestWhoIsLetIn:
    @pytest.mark.parametrize("seconds", [-301, 301])
    def test_an_old_or_early_signature_is_refused(self, front: Front, seconds: int) -> None:
        assert front.post(CLICK, head_of(CLICK, **sign(CLICK, seconds))).status == 401

    @pytest.mark.parametrize(
        "changed",
        [
            sign(CLICK, secret="another"),
            sign(CLICK + b"x"),
            {"x-slack-signature": ""},
            {"x-slack-signature": "v0=" + "ü" * 64},
            {"x-slack-request-timestamp": "soon"},
            {"x-slack-request-timestamp": "9" * 400},
        ],
        ids=["another secret", "another body", "none", "no hex", "no number", "too large a number"],
    )
    def test_a_signature_that_is_not_slacks_is_refused(self, front: Front, changed: dict[str, str]) -> None:
        assert front.post(CLICK, head_of(CLICK, **changed)).status == 401
        assert front.orders() == []

    def test_each_signed_request_is_taken_once(self, front: Front) -> None:
        assert front.post(TYPED_FORM, path=COMMANDS).status == 200
        assert front.post(TYPED_FORM, path=COMMANDS).status == 401
        front.settle()
        assert front.post(TYPED_FORM, path=COMMANDS).status == 401
        assert front.orders() == []
        assert front.door.tally.repeated == 2

    def test_many_at_once_of_the_same_are_one(self, front: Front) -> None:
        async def together() -> list[int]:
            posts = (front.post_async(TYPED_FORM, None, COMMANDS) for _ in range(20))
            return sorted(answer.status for answer in await asyncio.gather(*posts))

        assert asyncio.run(together()) == [200] + [401] * 19
        assert len(front.orders()) == 1

    @pytest.mark.parametrize(
        "changed",
        [
            {"team": {"id": "T0OTHER"}},
            {"api_app_id": "A0OTHER"},
            {"user": {"id": "U01", "team_id": "T0OTHER"}},
        ],
        ids=["another workspace", "another app", "a guest from another workspace"],
    )
    def test_another_workspace_or_app_is_refused(self, front: Front, changed: dict[str, Any]) -> None:
        assert front.post(urlencode({"payload": json.dumps({**PRESSED, **changed})}).encode()).status == 403
        assert front.orders() == []

    def test_a_command_of_another_workspace_is_refused(self, front: Front) -> None:
        assert front.post(urlencode({**TYPED, "team_id": "T0OTHER"}).encode(), path=COMMANDS).status == 403

    def test_a_workspace_that_is_not_known_yet_is_not_checked_and_that_is_said(
        self, writer: DeliveryWriter, database: Database, log_lines: Lines
    ) -> None:
        front = Front(SlackDoor(SECRET, API, writer, Workspace, lambda: NOW), database)
        assert front.post(CLICK).status == 200
        assert any("not known yet" in line["event"] and line["team"] == "T0MAYFLY0" for line in log_lines)

    @pytest.mark.parametrize("path", [INTERACTIONS, COMMANDS])
    def test_without_a_secret_the_door_is_shut(self, writer: DeliveryWriter, database: Database, path: str) -> None:
        front = Front(SlackDoor(None, API, writer, Workspace, lambda: NOW), database)
        assert front.post(CLICK, path=path).status == 404
        empty = hmac.new(b"", f"v0:{int(NOW.timestamp())}:".encode() + CLICK, hashlib.sha256).hexdigest()
        assert front.post(CLICK, head_of(CLICK, x_slack_signature=f"v0={empty}"), path).status == 404


class TestWhatIsSent:
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"payload=",
            b"payload=%FF",
            b"payload=[]",
            b"payload={}",
            b"payload=1&payload=2",
            b"x=1",
            b"\xff",
            b"a" * 9,
        ],
    )
    def test_what_is_signed_and_makes_no_sense_is_refused(self, front: Front, body: bytes) -> None:
        for path in (INTERACTIONS, COMMANDS):
            assert front.post(body, path=path).status == 400

    def test_an_address_that_is_not_slacks_is_refused(self, front: Front) -> None:
        away = {**TYPED, "response_url": "http://169.254.169.254/latest/meta-data/"}
        assert front.post(urlencode(away).encode(), path=COMMANDS).status == 400
        assert front.orders() == []

    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD"])
    def test_only_post_is_answered(self, front: Front, method: str) -> None:
        assert front.post(CLICK, method=method).status == 405

    def test_only_a_form_is_taken(self, front: Front) -> None:
        assert front.post(CLICK, head_of(CLICK, content_type="application/json")).status == 415
        assert front.post(CLICK, head_of(CLICK, content_encoding="gzip")).status == 415

    @pytest.mark.parametrize("name", ["x-slack-signature", "X-Slack-Request-Timestamp", "content-type"])
    def test_a_header_given_twice_is_refused(self, front: Front, name: str) -> None:
        assert front.post(CLICK, [*head_of(CLICK), (name.encode(), b"x")]).status == 400

    def test_a_large_body_is_refused_by_its_length_and_by_count(self, front: Front) -> None:
        large = b"payload=" + b"x" * 1024 * 1024
        assert front.post(large).status == 413
        assert front.post(large, [pair for pair in head_of(large) if pair[0] != b"content-length"]).status == 413

    def test_a_slow_body_is_not_waited_for(self, writer: DeliveryWriter, database: Database) -> None:
        hasty = SlackDoor(SECRET, API, writer, Workspace, lambda: NOW, Bounds(1000, 0.05, 1000))
        answer = asyncio.run(Front(hasty, database).post_async(b"payload", None, INTERACTIONS, stalls=True))
        assert answer.status == 408

    @given(body=st.binary(max_size=200), path=st.sampled_from([INTERACTIONS, COMMANDS]))
    @settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_any_signed_bytes(self, front: Front, body: bytes, path: str) -> None:
        assert front.post(body, path=path).status == 400

    @given(
        changed=st.dictionaries(
            st.sampled_from([*PRESSED]),
            st.none() | st.integers() | st.text(max_size=20) | st.lists(st.text(max_size=3), max_size=2),
        )
    )
    @settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_any_signed_interaction(self, front: Front, changed: dict[str, Any]) -> None:
        body = urlencode({"payload": json.dumps({**PRESSED, **changed})}).encode()
        assert front.post(body).status in {200, 400, 401, 403}

    @given(
        headers=st.lists(
            st.tuples(
                st.sampled_from([name for name, _ in head_of(CLICK)]) | st.binary(max_size=20),
                st.sampled_from([value for _, value in head_of(CLICK)]) | st.binary(max_size=80),
            ),
            max_size=8,
        )
    )
    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_any_headers(self, front: Front, headers: Headers) -> None:
        assert front.post(CLICK, headers).status in {200, 400, 401, 413, 415}


class TestTheStoreIsAway:
    def test_a_locked_database_is_told_within_three_seconds(self, database: Database, wakes: Wakes) -> None:
        writer = DeliveryWriter(database, wakes)
        writer.start()
        front = Front(SlackDoor(SECRET, API, writer, Workspace, lambda: NOW), database)
        with Database(database.url).begin():
            assert front.post(CLICK).status == 503
        writer.stop()
        assert front.orders() == []
