"""Upkeep: a bounded number of portions in a pass, each in a transaction of its own, and what is lost is mended."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.store.database import Connection, Database
from app.store.inbox import store_deliveries, stored_ids
from app.store.retention import DELIVERIES, RULES, Rule
from app.store.tables import wakes as slots
from app.store.wake import Kind, Wakes
from tests.builders import NOW
from tests.contract.records import a_delivery
from tests.unit.workers.stage import opened_database
from workers.upkeep import EVERY, MOST_PORTIONS, ROUND, SOON, Upkeep


@dataclass
class Heap:
    """Old things: a rule takes from it what it may."""

    size: int
    portions: list[int] = field(default_factory=list)

    def forget(self, _connection: Connection, now: datetime, most: int) -> int:
        assert now == NOW
        self.portions.append(min(self.size, most))
        self.size -= self.portions[-1]
        return self.portions[-1]


@dataclass
class Attic:
    """A database, and upkeep with whatever rules."""

    database: Database
    wakes: Wakes

    def keep_up(self, portion: int = 10, **rules: Rule) -> timedelta | None:
        return Upkeep(self.database, self.wakes, lambda: NOW, rules or RULES, portion)(ROUND)


@pytest.fixture
def attic(tmp_path: Path) -> Iterator[Attic]:
    with opened_database(tmp_path) as database:
        wakes = Wakes(database)
        yield Attic(database, wakes)
        wakes.close()


def test_an_empty_house_is_looked_at_again_after_an_hour(attic: Attic) -> None:
    assert attic.keep_up() == EVERY == timedelta(hours=1)


@pytest.mark.parametrize(("size", "portions"), [(0, [0]), (9, [9]), (10, [10, 0]), (25, [10, 10, 5])])
def test_a_rule_goes_on_until_a_portion_is_not_full(attic: Attic, size: int, portions: list[int]) -> None:
    heap = Heap(size)
    assert attic.keep_up(forget=heap.forget) == EVERY
    assert heap.portions == portions


def test_years_of_history_go_in_several_passes_and_hold_up_no_other_rule(attic: Attic) -> None:
    years, little = Heap(10 * MOST_PORTIONS + 5), Heap(5)
    assert attic.keep_up(years=years.forget, little=little.forget) == SOON
    assert (years.size, little.size) == (5, 0)
    assert attic.keep_up(years=years.forget, little=little.forget) == EVERY
    assert years.size == 0


def test_the_real_rules_forget_what_is_old_for_good(attic: Attic) -> None:
    with attic.database.begin() as connection:
        for number in range(25):
            store_deliveries(connection, [a_delivery(number, received_at=NOW - DELIVERIES * 2)])
        store_deliveries(connection, [a_delivery(25, received_at=NOW)])
    assert attic.keep_up() == EVERY
    with attic.database.read() as connection:
        assert stored_ids(connection) == [a_delivery(25).id]


def test_a_portion_that_was_forgotten_stays_so_when_a_later_one_fails(attic: Attic) -> None:
    with attic.database.begin() as connection:
        for number in range(15):
            store_deliveries(connection, [a_delivery(number, received_at=NOW - DELIVERIES * 2)])
    calls: list[int] = []

    def fail_second(connection: Connection, now: datetime, most: int) -> int:
        calls.append(RULES["deliveries"](connection, now, most))
        if len(calls) == 2:
            raise RuntimeError("the power went")
        return calls[-1]

    with pytest.raises(RuntimeError):
        attic.keep_up(forget=fail_second)
    with attic.database.read() as connection:
        assert len(stored_ids(connection)) == 5


def test_a_key_whose_pass_was_lost_is_woken_afresh(attic: Attic) -> None:
    with attic.database.begin() as connection:
        attic.wakes.wake(connection, Kind.SOURCE, "acme/shop#57")
    attic.wakes._client.delete_workflows(["source|1|acme/shop#57"])
    attic.keep_up()
    with attic.database.read() as connection:
        assert connection.execute(sa.select(slots.c.queued)).scalars().all() == ["source|2|acme/shop#57"]


def test_the_slot_of_what_is_no_more_is_forgotten(attic: Attic) -> None:
    with attic.database.begin() as connection:
        row = {"kind": "environment", "key": "SHOP-57", "sequence": 7, "attempts": 0}
        connection.execute(slots.insert().values(row))
    attic.keep_up()
    with attic.database.read() as connection:
        assert connection.execute(sa.select(slots)).all() == []
