"""A11: whatever is sent, signed or not, is answered by a status of the contract; nothing crashes the door."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.store.arrivals import Kept
from app.store.database import Database
from app.store.inbox import Delivery
from app.store.orders import Order
from app.store.tables import deliveries
from app.store.wake import Wakes
from app.web.body import Bounds
from app.web.receiver import Receiver
from app.web.writer import DeliveryWriter
from tests.unit.web.door import NOW, OPENED, SECRET, Door, head_of, sign

CONTRACT = {202, 400, 401, 405, 413, 415}
REPOSITORY = b'"repository": {"full_name": "acme/shop"}'

REFUSED = {
    "nothing": b"",
    "no JSON": b"payload=%7B%7D",
    "an array": b"[]",
    "a string": b'"{}"',
    "null": b"null",
    "not a number": b'{"zen": NaN}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "a raw NUL": b'{"a": "\x00"}',
    "half a character": b'{"zen": "\\ud800"}',
    "depth": b'{"zen": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "an open end": b'{"action": "opened"',
    "two objects": b"{}{}",
}
QUARANTINED = {
    "no fields": b"{}",
    "a number that is too large": b'{"action": "opened", "number": ' + b"9" * 5_000 + b", " + REPOSITORY + b"}",
    "a number that is a float": b'{"action": "opened", "number": 57.0, ' + REPOSITORY + b"}",
    "a number below one": b'{"action": "opened", "number": 0, ' + REPOSITORY + b"}",
    "a number that is true": b'{"action": "opened", "number": true, ' + REPOSITORY + b"}",
    "an action that is none": b'{"action": {}, "number": 57, ' + REPOSITORY + b"}",
    "a repository with a NUL": b'{"action": "o", "number": 57, "repository": {"full_name": "a/b\\u0000"}}',
    "a repository above its folder": b'{"action": "o", "number": 57, "repository": {"full_name": "a/.."}}',
    "a repository with a key in it": b'{"action": "o", "number": 57, "repository": {"full_name": "a/b#58"}}',
}


@pytest.fixture
def states(database: Database) -> Any:
    """The states of all deliveries."""

    def of_all() -> list[str]:
        with database.read() as connection:
            return list(connection.execute(sa.select(deliveries.c.state)).scalars())

    return of_all


class TestA11SignedButMalformed:
    @pytest.mark.parametrize("body", REFUSED.values(), ids=REFUSED.keys())
    def test_what_is_no_json_object_is_refused(self, door: Door, states: Any, body: bytes) -> None:
        assert door.deliver(body).status == 400
        assert states() == []

    @pytest.mark.parametrize("body", QUARANTINED.values(), ids=QUARANTINED.keys())
    def test_what_cannot_be_routed_is_kept_aside(self, door: Door, states: Any, body: bytes) -> None:
        assert door.deliver(body).status == 202
        assert states() == ["quarantined"]

    @pytest.mark.parametrize("ref", ["refs/heads/a\\u0000b", "refs/heads/a\\nb", "refs/heads/a b"])
    def test_a_branch_that_git_would_not_take_is_kept_aside(self, door: Door, states: Any, ref: str) -> None:
        assert door.deliver(b'{"ref": "' + ref.encode() + b'", ' + REPOSITORY + b"}", event="push").status == 202
        assert states() == ["quarantined"]

    def test_what_people_write_about_nul_does_no_harm(self, door: Door, states: Any) -> None:
        body = OPENED[:-1] + b', "body": "the byte \\\\u0000 and \\u0000 itself"}'
        assert door.deliver(body).status == 202
        assert states() == ["received"]

    def test_of_a_key_given_twice_one_is_taken(self, door: Door, states: Any) -> None:
        assert door.deliver(OPENED[:-1] + b', "number": 58}').status == 202
        assert states() == ["received"]


class TestFuzz:
    @given(body=st.binary(max_size=200), event=st.sampled_from(["push", "pull_request", "issue_comment", "ping"]))
    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_any_signed_bytes(self, door: Door, body: bytes, event: str) -> None:
        assert door.deliver(body, event=event).status in {202, 400}

    @given(
        content=st.dictionaries(
            st.sampled_from(["action", "number", "repository", "ref", "ref_type", "issue", "full_name"]),
            st.recursive(
                st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
                lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["full_name", "number"]), inner),
                max_leaves=5,
            ),
        ),
        event=st.sampled_from(["push", "create", "pull_request", "issue_comment", "ping"]),
    )
    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_any_signed_object(self, door: Door, content: dict[str, Any], event: str) -> None:
        assert door.deliver(json.dumps(content).encode(), event=event).status in {202, 400}

    @given(
        headers=st.lists(
            st.tuples(
                st.sampled_from([name for name, _ in head_of()] + [b"content-encoding", b"transfer-encoding"])
                | st.binary(max_size=20),
                st.sampled_from([value for _, value in head_of()]) | st.binary(max_size=80),
            ),
            max_size=12,
        ),
        method=st.sampled_from(["POST", "GET", "\x00"]),
    )
    @settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_any_headers(self, door: Door, headers: list[tuple[bytes, bytes]], method: str) -> None:
        assert asyncio.run(door.deliver_async([OPENED], headers, method)).status in CONTRACT


class Faulty(DeliveryWriter):
    """A writer with a fault of ours in it."""

    async def keep(self, item: Delivery | Order) -> Kept:
        """Fail."""
        raise LookupError(f"no room for {item.id}")


class TestFaultsOfOurs:
    def test_the_sender_is_told_to_come_again_and_nothing_else(
        self, database: Database, wakes: Wakes, log_lines: list[dict[str, Any]]
    ) -> None:
        door = Door(Receiver([SECRET], [], Faulty(database, wakes), lambda: NOW))
        answer = door.deliver()
        assert (answer.status, answer.text) == (503, "the delivery could not be kept; send it again later")
        (line,) = log_lines
        assert (line["log_level"], line["status"]) == ("error", 503)
        assert line["delivery"]


class TestSlowSenders:
    @pytest.fixture
    def hasty(self, writer: DeliveryWriter) -> Door:
        """A door that waits for a body no longer than a moment."""
        return Door(Receiver([SECRET], [], writer, lambda: NOW, Bounds(seconds=0.05)))

    def test_a_body_that_does_not_arrive_is_not_waited_for(self, hasty: Door) -> None:
        answer = hasty.deliver_chunks([b"{"], head_of(), stalls=True)
        assert answer.status == 408
        assert (b"connection", b"close") in answer.headers

    def test_its_memory_is_given_back(self, writer: DeliveryWriter) -> None:
        door = Door(Receiver([SECRET], [], writer, lambda: NOW, Bounds(seconds=0.05, budget=len(OPENED) + 10)))
        for _ in range(3):
            assert door.deliver_chunks([b"{"], head_of(), stalls=True).status == 408
            assert door.deliver(signature=sign(b"")).status == 401
            assert door.deliver().status == 202


class TestManyBodies:
    def test_all_together_have_a_budget_which_is_given_back(self, writer: DeliveryWriter) -> None:
        door = Door(Receiver([SECRET], [], writer, lambda: NOW, Bounds(budget=25_000, seconds=0.2)))

        async def three_at_once() -> list[int]:
            stalled = (door.deliver_async([b"x" * 9_000], head_of(b"x" * 10_000), stalls=True) for _ in range(3))
            return sorted(answer.status for answer in await asyncio.gather(*stalled))

        assert asyncio.run(three_at_once()) == [408, 408, 503]
        assert asyncio.run(three_at_once()) == [408, 408, 503]
        assert door.deliver().status == 202


class TestTheStoreIsAway:
    def test_a_locked_database_is_told_within_seconds_and_heals_alone(self, database: Database, wakes: Wakes) -> None:
        writer = DeliveryWriter(database, wakes, patience=timedelta(seconds=0.2))
        writer.start()
        door = Door(Receiver([SECRET], [], writer, lambda: NOW))
        with Database(database.url).begin():
            assert door.deliver().status == 503
        assert door.deliver().status == 202
        writer.stop()

    def test_a_full_queue_is_told_at_once(self, database: Database, wakes: Wakes) -> None:
        writer = DeliveryWriter(database, wakes, longest_queue=1, longest_wait=timedelta(seconds=0.2))
        door = Door(Receiver([SECRET], [], writer, lambda: NOW))

        async def two() -> list[int]:
            answers = (door.deliver_async([OPENED], head_of()) for _ in range(2))
            return [answer.status for answer in await asyncio.gather(*answers)]

        assert asyncio.run(two()) == [503, 503]
        assert writer.length == 1
