"""The inbox keeps each delivery once, whatever comes again under its id."""

from typing import Any

import pytest
import sqlalchemy as sa
import zstandard
from msgspec.structs import replace

from app.store.arrivals import Kept, keep_arrivals
from app.store.census import take_census
from app.store.database import Database
from app.store.inbox import (
    FETCHED,
    IGNORED,
    QUARANTINED,
    Delivery,
    count_by_state,
    find_delivery,
    last_number,
    mark_handled,
    store_deliveries,
    stored_ids,
)
from app.store.orders import Order, Origin, settle_order
from app.store.retention import forget_bodies, forget_deliveries
from app.store.tables import deliveries, doubles
from app.store.tables import wakes as slots
from app.store.wake import Wakes
from tests.contract.records import NOW, a_delivery

FORGED = b'{"forged": true}'
ORDER = Order("comment:1", Origin.COMMENT, NOW, {"line": "/mayfly destroy"})


class Inbox:
    """Arrivals in a store of their own."""

    def __init__(self, database: Database, wakes: Wakes) -> None:
        self.database, self.wakes = database, wakes

    def keep(self, *items: Delivery | Order) -> list[Kept]:
        with self.database.begin() as connection:
            return keep_arrivals(connection, self.wakes, items)

    def woken(self) -> list[str]:
        with self.database.read() as connection:
            return list(connection.execute(sa.select(slots.c.queued).order_by(slots.c.kind, slots.c.key)).scalars())

    def rows(self, table: sa.Table) -> list[sa.Row[tuple[object, ...]]]:
        with self.database.read() as connection:
            return list(connection.execute(sa.select(table)))


@pytest.fixture
def inbox(database: Database, wakes: Wakes) -> Inbox:
    """An empty one, on each database."""
    return Inbox(database, wakes)


class TestInbox:
    def test_a_delivery_is_kept_whole(self, inbox: Inbox) -> None:
        delivery = a_delivery(body=b'{"big": "' + b"x" * 100_000 + b'"}')
        assert inbox.keep(delivery) == [Kept.STORED]
        (row,) = inbox.rows(deliveries)
        assert zstandard.ZstdDecompressor().decompress(row.body) == delivery.body
        assert len(row.body) < 1_000
        assert (row.id, row.event, row.action, row.repository) == (delivery.id, "pull_request", "opened", "acme/shop")
        assert (row.pull_request, row.source, row.received_at, row.secret) == (57, "acme/shop#57", NOW, 1)
        assert (row.state, row.attempts, row.last_error) == ("received", 0, None)
        with inbox.database.read() as connection:
            found = find_delivery(connection, delivery.id)
        assert found is not None
        assert (found.body, found.received_at, found.was_for_us) == (delivery.body, NOW, True)

    def test_the_same_id_again_changes_nothing(self, inbox: Inbox) -> None:
        assert inbox.keep(a_delivery(), a_delivery()) == [Kept.STORED, Kept.REPEATED]
        assert inbox.keep(a_delivery(), a_delivery(2)) == [Kept.REPEATED, Kept.STORED]
        assert [row.id for row in inbox.rows(deliveries)] == [a_delivery().id, a_delivery(2).id]

    def test_each_key_is_woken_once_and_what_is_not_for_us_wakes_nobody(self, inbox: Inbox) -> None:
        others = [a_delivery(3, state=QUARANTINED, source=None), a_delivery(4, state=IGNORED, source="acme/bus#1")]
        inbox.keep(a_delivery(1), a_delivery(2), *others)
        assert inbox.woken() == ["source|1|acme/shop#57"]

    def test_a_pass_marks_what_came_before_it_began(self, database: Database) -> None:
        with database.begin() as connection:
            others = [a_delivery(3, state=QUARANTINED), a_delivery(4, state=IGNORED, source=None)]
            store_deliveries(connection, [a_delivery(1), a_delivery(2, source="acme/shop#58"), *others])
            began = last_number(connection)
            store_deliveries(connection, [a_delivery(5)])
            mark_handled(connection, "acme/shop#57", began)
            assert count_by_state(connection) == {"handled": 1, "received": 2, "quarantined": 1, "ignored": 1}

    def test_an_empty_inbox_has_no_number(self, database: Database) -> None:
        with database.begin() as connection:
            store_deliveries(connection, [])
            assert last_number(connection) == 0
            assert count_by_state(connection) == {}
            assert stored_ids(connection) == []
            assert find_delivery(connection, "unknown") is None


class TestAnotherBodyUnderTheSameId:
    def test_the_first_one_stands_and_the_other_is_kept_aside_once(self, inbox: Inbox) -> None:
        assert inbox.keep(a_delivery(), a_delivery(body=FORGED, source="acme/shop#58")) == [
            Kept.STORED,
            Kept.CONFLICTING,
        ]
        assert inbox.keep(a_delivery(body=FORGED)) == [Kept.CONFLICTING]
        (first,), (double,) = inbox.rows(deliveries), inbox.rows(doubles)
        assert (first.source, first.body_sha256) == ("acme/shop#57", a_delivery().imprint.sha256)
        assert zstandard.ZstdDecompressor().decompress(double.body) == FORGED
        assert (double.delivery, double.event, double.received_at, double.secret) == (first.id, "pull_request", NOW, 1)

    def test_it_is_never_acted_on(self, inbox: Inbox) -> None:
        inbox.keep(a_delivery())
        inbox.keep(a_delivery(body=FORGED, source="acme/shop#58", order=ORDER))
        assert inbox.woken() == ["source|1|acme/shop#57"]

    def test_what_was_fetched_from_github_has_other_bytes_and_is_the_same(self, inbox: Inbox) -> None:
        fetched = a_delivery(body=FORGED)
        fetched = replace(fetched, imprint=replace(fetched.imprint, secret=FETCHED))
        assert inbox.keep(fetched, a_delivery()) == [Kept.STORED, Kept.REPEATED]
        assert inbox.keep(a_delivery(2), replace(fetched, id=a_delivery(2).id)) == [Kept.STORED, Kept.REPEATED]
        assert inbox.rows(doubles) == []


class TestOrders:
    def test_one_that_comes_with_a_delivery_is_woken_with_it(self, inbox: Inbox) -> None:
        assert inbox.keep(a_delivery(order=ORDER)) == [Kept.STORED]
        assert inbox.woken() == ["order|1|comment:1", "source|1|acme/shop#57"]

    def test_it_is_given_once_under_whatever_delivery(self, inbox: Inbox) -> None:
        inbox.keep(a_delivery(order=ORDER))
        with inbox.database.begin() as connection:
            settle_order(connection, ORDER.id, "done", NOW)
        assert inbox.keep(a_delivery(2, order=ORDER), ORDER) == [Kept.STORED, Kept.REPEATED]
        assert inbox.woken() == ["order|1|comment:1", "source|1|acme/shop#57"]


class TestTheLongestTable:
    """Deliveries are kept for half a year: nothing that is asked often may walk through them all."""

    def test_what_is_asked_often_is_asked_of_an_index(self, inbox: Inbox) -> None:
        if not inbox.database.is_sqlite:
            pytest.skip("PostgreSQL plans by the numbers that it finds, and an empty table has none")
        asked: list[tuple[str, Any]] = []
        sa.event.listen(inbox.database.engine, "before_cursor_execute", lambda *call: asked.append(call[2:4]))
        with inbox.database.begin() as connection:
            take_census(connection, NOW)
            for rule in (forget_bodies, forget_deliveries):
                rule(connection, NOW, 10)
            mark_handled(connection, "acme/shop#57", 1)
            find_delivery(connection, "unknown")
            questions = [(text, values) for text, values in asked if "deliveries" in text and "UNION" not in text]
            plans = [connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values) for text, values in questions]
            steps = [row.detail for plan in plans for row in plan]
        assert len(questions) == 5
        assert [step for step in steps if step.startswith("SCAN deliveries") and "COVERING INDEX" not in step] == []
