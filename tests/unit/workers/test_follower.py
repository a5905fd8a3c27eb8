"""The follower: one call for all stacks of a place, and only what moved is woken."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import cast

import pytest
import sqlalchemy as sa

from app.core.stack import StackStatus
from app.store.database import Database
from app.store.environments import save_stack
from app.store.schema import migrate
from app.store.tables import stacks, wakes
from app.store.wake import Kind, Wakes
from tests.builders import NOW, REGION, a_record
from workers.follower import QUICKEST, SLOWEST, Follower, pace
from workers.ports import Cloud

PLACE = f"default/{REGION}"


@dataclass
class Sky:
    """As much of CloudFormation as is followed: the stacks that it works on, and how often it was asked."""

    working: dict[str, StackStatus] = field(default_factory=dict)
    asked: int = 0

    def in_progress(self, account: str, region: str) -> dict[str, StackStatus]:
        assert f"{account}/{region}" == PLACE
        self.asked += 1
        return self.working


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('store') / 'mayfly.db'}")
    migrate(database)
    yield database
    database.close()


class Watch:
    """A follower over a sky, and the records that it follows."""

    def __init__(self, database: Database) -> None:
        self.database, self.sky, self.wakes = database, Sky(), Wakes(database)
        self.follower = Follower(database, self.wakes, cast("Cloud", self.sky), lambda: NOW)

    def record(self, name: str, recorded: StackStatus, seen: StackStatus | None) -> None:
        record = a_record("main", recorded, environment=name, name=name, started_at=NOW)
        with self.database.begin() as connection:
            save_stack(connection, record)
        if seen is not None:
            self.sky.working[record.id or ""] = seen

    def woken(self) -> set[str]:
        with self.database.read() as connection:
            query = sa.select(wakes.c.key).where(wakes.c.kind == Kind.ENVIRONMENT, wakes.c.queued.is_not(None))
            return set(connection.execute(query).scalars())


@pytest.fixture
def watch(database: Database) -> Iterator[Watch]:
    with database.begin() as connection:
        connection.execute(stacks.delete())
        connection.execute(wakes.delete())
    watch = Watch(database)
    yield watch
    watch.wakes.close()


def test_with_nothing_under_way_nobody_is_asked_and_the_watch_ends(watch: Watch) -> None:
    watch.record("READY-1", StackStatus.CREATE_COMPLETE, None)
    assert watch.follower(PLACE) is None
    assert watch.sky.asked == 0


def test_what_stands_still_is_not_woken(watch: Watch) -> None:
    watch.record("STILL-1", StackStatus.CREATE_IN_PROGRESS, StackStatus.CREATE_IN_PROGRESS)
    assert watch.follower(PLACE) == QUICKEST
    assert watch.woken() == set()


def test_what_ended_or_turned_is_woken_by_one_call_for_all(watch: Watch) -> None:
    watch.record("ENDED-1", StackStatus.CREATE_IN_PROGRESS, None)
    watch.record("TURNED-1", StackStatus.UPDATE_IN_PROGRESS, StackStatus.UPDATE_ROLLBACK_IN_PROGRESS)
    watch.record("STILL-1", StackStatus.DELETE_IN_PROGRESS, StackStatus.DELETE_IN_PROGRESS)
    watch.follower(PLACE)
    assert (watch.woken(), watch.sky.asked) == ({"ENDED-1", "TURNED-1"}, 1)


@pytest.mark.parametrize(
    ("ages", "expected"),
    [((), QUICKEST), ((10,), QUICKEST), ((100,), timedelta(seconds=2)), ((3_600,), SLOWEST), ((3_600, 5), QUICKEST)],
)
def test_the_watch_is_as_quick_as_the_youngest_operation_is_short(ages: tuple[int, ...], expected: timedelta) -> None:
    records = [a_record(started_at=NOW - timedelta(seconds=age)) for age in ages]
    assert pace(records, NOW) == expected
