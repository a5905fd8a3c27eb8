"""The inbox keeps each delivery once, whatever comes again under its id."""

import hashlib

import sqlalchemy as sa
import zstandard

from app.store.database import Database
from app.store.inbox import (
    IGNORED,
    QUARANTINED,
    body_hash,
    count_by_state,
    last_number,
    mark_handled,
    store_delivery,
    stored_ids,
)
from app.store.tables import deliveries
from tests.contract.records import NOW, a_delivery


class TestInbox:
    def test_a_delivery_is_kept_whole(self, database: Database) -> None:
        delivery = a_delivery(body=b'{"big": "' + b"x" * 100_000 + b'"}')
        with database.begin() as connection:
            assert store_delivery(connection, delivery)
            row = connection.execute(sa.select(deliveries)).one()
        assert zstandard.ZstdDecompressor().decompress(row.body) == delivery.body
        assert len(row.body) < 1_000
        assert (row.id, row.event, row.action, row.repository) == (delivery.id, "pull_request", "opened", "acme/shop")
        assert (row.pull_request, row.source, row.received_at, row.secret) == (57, "acme/shop#57", NOW, 1)
        assert (row.state, row.attempts, row.last_error) == ("received", 0, None)

    def test_the_same_id_again_changes_nothing(self, database: Database) -> None:
        with database.begin() as connection:
            assert store_delivery(connection, a_delivery())
        with database.begin() as connection:
            assert not store_delivery(connection, a_delivery())
            assert stored_ids(connection) == [a_delivery().id]

    def test_another_body_under_the_same_id_does_not_replace_the_first(self, database: Database) -> None:
        with database.begin() as connection:
            store_delivery(connection, a_delivery(body=b"{}"))
            assert not store_delivery(connection, a_delivery(body=b'{"forged": true}'))
            assert body_hash(connection, a_delivery().id) == hashlib.sha256(b"{}").digest()
            assert body_hash(connection, "unknown") is None

    def test_a_pass_marks_what_came_before_it_began(self, database: Database) -> None:
        with database.begin() as connection:
            store_delivery(connection, a_delivery(1))
            store_delivery(connection, a_delivery(2, source="acme/shop#58"))
            store_delivery(connection, a_delivery(3, state=QUARANTINED))
            store_delivery(connection, a_delivery(4, state=IGNORED, source=None))
            began = last_number(connection)
            store_delivery(connection, a_delivery(5))
            mark_handled(connection, "acme/shop#57", began)
            assert count_by_state(connection) == {"handled": 1, "received": 2, "quarantined": 1, "ignored": 1}

    def test_an_empty_inbox_has_no_number(self, database: Database) -> None:
        with database.read() as connection:
            assert last_number(connection) == 0
            assert count_by_state(connection) == {}
