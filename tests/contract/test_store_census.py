"""The census counts the same on both databases."""

from dataclasses import replace
from datetime import timedelta

from app.core.environment import Phase
from app.store.census import DEAD_LETTER, Failing, list_failing, take_census
from app.store.database import Database
from app.store.environments import save_environment
from app.store.inbox import QUARANTINED, store_deliveries
from app.store.tables import metadata
from app.store.tables import wakes as slots
from app.store.wake import Kind, Wakes
from tests.contract.records import ENVIRONMENT, NOW, a_delivery


def test_an_empty_store_has_everything_at_nothing(database: Database) -> None:
    with database.read() as connection:
        census = take_census(connection, NOW)
    assert census.rows == {name: int(name == "installation") for name in metadata.tables}
    assert census.deliveries == dict.fromkeys(("received", "handled", "ignored", "quarantined"), 0)
    assert census.environments == {phase.value: 0 for phase in Phase}
    assert census.failing == census.waiting == {kind.value: 0 for kind in Kind}
    assert census.oldest_unhandled == timedelta(0)


def test_everything_is_counted(database: Database, wakes: Wakes) -> None:
    with database.begin() as connection:
        save_environment(connection, replace(ENVIRONMENT, phase=Phase.READY))
        store_deliveries(connection, [a_delivery(1, received_at=NOW - timedelta(hours=1))])
        store_deliveries(connection, [a_delivery(2, received_at=NOW - timedelta(days=1), state=QUARANTINED)])
        wakes.wake(connection, Kind.SOURCE, "acme/shop#57")
        connection.execute(slots.update().values(attempts=DEAD_LETTER))
        census = take_census(connection, NOW)
    assert (census.environments["ready"], census.deliveries["received"], census.deliveries["quarantined"]) == (1, 1, 1)
    assert (census.failing["source"], census.waiting["source"], census.rows["deliveries"]) == (1, 1, 2)
    assert census.oldest_unhandled == timedelta(hours=1)


def test_keys_that_fail_again_and_again_are_named_the_worst_first(database: Database, wakes: Wakes) -> None:
    with database.begin() as connection:
        for key, attempts in (("SHOP-1", DEAD_LETTER - 1), ("SHOP-2", DEAD_LETTER), ("SHOP-3", 40)):
            wakes.wake(connection, Kind.ENVIRONMENT, key)
            values = {"attempts": attempts, "last_error": "AWS does not answer"}
            connection.execute(slots.update().where(slots.c.key == key).values(values))
        assert list_failing(connection) == [
            Failing("environment", "SHOP-3", 40, "AWS does not answer"),
            Failing("environment", "SHOP-2", DEAD_LETTER, "AWS does not answer"),
        ]


def test_a_delivery_from_a_clock_that_runs_ahead_has_waited_for_nothing(database: Database) -> None:
    with database.begin() as connection:
        store_deliveries(connection, [a_delivery(received_at=NOW + timedelta(hours=1))])
        assert take_census(connection, NOW).oldest_unhandled == timedelta(0)
