"""The thread that keeps deliveries: what is answered for is on disk, and one bad delivery harms no other."""

import asyncio
import threading
from collections.abc import Set
from typing import Any

import pytest
import sqlalchemy as sa

from app.store.arrivals import Kept
from app.store.database import Connection, Database
from app.store.inbox import Delivery, stored_ids
from app.store.tables import wakes as slots
from app.store.wake import Kind, Wakes
from app.web.writer import DeliveryWriter
from tests.contract.records import a_delivery


def _keep_all(writer: DeliveryWriter, deliveries: list[Delivery]) -> list[Kept]:
    async def together() -> list[Kept]:
        return list(await asyncio.gather(*(writer.keep(delivery) for delivery in deliveries)))

    return asyncio.run(together())


def _ids(database: Database) -> list[str]:
    with database.read() as connection:
        return list(stored_ids(connection))


class TestKeeping:
    def test_many_at_once_are_all_kept_and_wake_each_source_once(
        self, database: Database, writer: DeliveryWriter
    ) -> None:
        deliveries = [a_delivery(number, source=f"acme/shop#{number % 5}") for number in range(300)]
        assert _keep_all(writer, deliveries) == [Kept.STORED] * 300
        assert len(_ids(database)) == 300
        with database.read() as connection:
            rows = connection.execute(sa.select(slots.c.key, slots.c.sequence)).all()
        assert sorted(tuple(row) for row in rows) == [(f"acme/shop#{number}", 1) for number in range(5)]

    def test_the_same_id_twice_in_one_batch_is_kept_once(self, database: Database, writer: DeliveryWriter) -> None:
        kept = _keep_all(writer, [a_delivery(1, body=b"{}"), a_delivery(1, body=b"[]")])
        assert kept == [Kept.STORED, Kept.CONFLICTING]
        assert len(_ids(database)) == 1

    def test_a_stop_keeps_what_was_handed_in_and_leaves_no_thread(self, database: Database, wakes: Wakes) -> None:
        writer = DeliveryWriter(database, wakes)
        writer.start()
        assert _keep_all(writer, [a_delivery(number) for number in range(10)]) == [Kept.STORED] * 10
        writer.stop()
        assert "delivery-writer" not in [thread.name for thread in threading.enumerate()]


class Refusing(Wakes):
    """Refuses one source, as a database would refuse a value."""

    def wake_all(self, connection: Connection, keys: Set[tuple[Kind, str]]) -> None:
        """Wake, unless the one is among them."""
        if (Kind.SOURCE, "acme/shop#13") in keys:
            raise ValueError("this one cannot be stored")
        super().wake_all(connection, keys)


class TestOneBadDelivery:
    @pytest.fixture
    def picky(self, database: Database) -> Any:
        """A writer whose database refuses one source."""
        wakes = Refusing(database)
        writer = DeliveryWriter(database, wakes)
        writer.start()
        yield writer
        writer.stop()
        wakes.close()

    def test_it_is_refused_whole_and_the_others_are_kept(self, database: Database, picky: DeliveryWriter) -> None:
        kept = _keep_all(picky, [a_delivery(number, source=f"acme/shop#{number}") for number in range(10, 20)])
        assert kept == [Kept.NOT_STORED if number == 13 else Kept.STORED for number in range(10, 20)]
        assert a_delivery(13).id not in _ids(database)
