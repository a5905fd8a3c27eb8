"""The follower: one call for all stacks of a place, and only what moved is woken."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import cast

import pytest
import sqlalchemy as sa

from app.core.pace import QUICKEST, WITH_EVENTS
from app.core.stack import ObservedStack, StackRecord, StackStatus
from app.core.tiding import Tiding
from app.store.database import Database
from app.store.durations import save_duration
from app.store.environments import save_environment, save_stack
from app.store.hearing import note_asked, note_heard
from app.store.schema import migrate
from app.store.tables import environments, hearing, stacks, tidings, wakes
from app.store.tidings import hear, tidings_of
from app.store.wake import Kind, Wakes
from tests.builders import NOW, REGION, a_record, a_stack_id, an_environment, an_observed_stack
from workers.follower import Follower
from workers.ports import Cloud

PLACE = f"default/{REGION}"


@dataclass
class Sky:
    """As much of CloudFormation as is followed: the stacks that it works on, and how often it was asked."""

    working: dict[str, StackStatus] = field(default_factory=dict)
    standing: dict[str, StackStatus] = field(default_factory=dict)
    asked: int = 0
    asked_together: list[int] = field(default_factory=list)
    meanwhile: Callable[[], None] = lambda: None

    def in_progress(self, account: str, region: str) -> dict[str, StackStatus]:
        assert f"{account}/{region}" == PLACE
        self.asked += 1
        self.meanwhile()
        return self.working

    def describe_together(
        self, account: str, region: str, ids: Sequence[str], most_calls: int
    ) -> dict[str, ObservedStack | None]:
        assert f"{account}/{region}" == PLACE
        self.asked_together.append(most_calls)
        found = {each: an_observed_stack(status, id=each) for each, status in self.standing.items()}
        return {each: found.get(each) for each in ids}


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
        self.records: dict[str, StackRecord] = {}
        self.follower = Follower(database, self.wakes, cast("Cloud", self.sky), lambda: NOW)

    def record(self, name: str, recorded: StackStatus, seen: StackStatus | None) -> None:
        record = a_record(
            "main", recorded, environment=name, name=name, started_at=NOW, id=a_stack_id(name), operation="create"
        )
        self.records[name] = record
        with self.database.begin() as connection:
            save_stack(connection, record)
        if seen is not None:
            self.sky.working[record.id or ""] = seen

    def heard(self) -> dict[str, StackStatus]:
        with self.database.read() as connection:
            found = tidings_of(connection, [record.id or "" for record in self.records.values()])
        return {record.name: found[record.id].status for record in self.records.values() if record.id in found}

    def woken(self) -> set[str]:
        with self.database.read() as connection:
            query = sa.select(wakes.c.key).where(wakes.c.kind == Kind.ENVIRONMENT, wakes.c.queued.is_not(None))
            return set(connection.execute(query).scalars())


@pytest.fixture
def watch(database: Database) -> Iterator[Watch]:
    with database.begin() as connection:
        connection.execute(stacks.delete())
        for table in (wakes, tidings, hearing, environments):
            connection.execute(table.delete())
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


def test_the_watch_sleeps_towards_the_end_that_is_expected(watch: Watch) -> None:
    watch.record("KNOWN-1", StackStatus.CREATE_IN_PROGRESS, StackStatus.CREATE_IN_PROGRESS)
    with watch.database.begin() as connection:
        save_environment(connection, an_environment("KNOWN-1"))
        save_duration(connection, watch.records["KNOWN-1"], "create", timedelta(seconds=10))
    assert watch.follower(PLACE) == timedelta(seconds=8)


def test_what_the_list_says_is_kept_for_the_pass(watch: Watch) -> None:
    watch.record("ENDED-1", StackStatus.CREATE_IN_PROGRESS, None)
    watch.record("CLEAN-1", StackStatus.UPDATE_COMPLETE_CLEANUP_IN_PROGRESS, None)
    watch.follower(PLACE)
    assert watch.heard() == {"ENDED-1": StackStatus.UNKNOWN, "CLEAN-1": StackStatus.UPDATE_COMPLETE}


def test_many_that_moved_at_once_are_asked_about_together(watch: Watch) -> None:
    for number in range(4):
        watch.record(f"ENDED-{number}", StackStatus.CREATE_IN_PROGRESS, None)
        watch.sky.standing[watch.records[f"ENDED-{number}"].id or ""] = StackStatus.CREATE_COMPLETE
    watch.record("DELETED-1", StackStatus.DELETE_IN_PROGRESS, None)
    watch.follower(PLACE)
    assert watch.sky.asked_together == [2]
    assert watch.heard() == {
        **{f"ENDED-{number}": StackStatus.CREATE_COMPLETE for number in range(4)},
        "DELETED-1": StackStatus.DELETE_COMPLETE,
    }
    watch.follower(PLACE)
    assert watch.sky.asked_together == [2]


def test_a_record_that_changed_meanwhile_is_not_doubted(watch: Watch) -> None:
    watch.record("ENDED-1", StackStatus.CREATE_IN_PROGRESS, None)
    watch.sky.meanwhile = lambda: watch.record("ENDED-1", StackStatus.CREATE_COMPLETE, None)
    watch.follower(PLACE)
    assert (watch.woken(), watch.heard()) == (set(), {})


def test_reliable_events_let_the_watch_rest(watch: Watch) -> None:
    watch.record("STILL-1", StackStatus.CREATE_IN_PROGRESS, StackStatus.CREATE_IN_PROGRESS)
    with watch.database.begin() as connection:
        note_asked(connection, NOW)
        note_heard(connection, PLACE, NOW - timedelta(minutes=1))
    assert watch.follower(PLACE) == WITH_EVENTS
    watch.record("ENDED-1", StackStatus.CREATE_IN_PROGRESS, None)
    assert watch.follower(PLACE) == QUICKEST


def test_what_events_told_already_does_not_shake_the_trust_in_them(watch: Watch) -> None:
    watch.record("ENDED-1", StackStatus.CREATE_IN_PROGRESS, None)
    with watch.database.begin() as connection:
        note_asked(connection, NOW)
        note_heard(connection, PLACE, NOW)
        hear(connection, Tiding(watch.records["ENDED-1"].id or "", NOW, StackStatus.CREATE_COMPLETE))
    assert watch.follower(PLACE) == WITH_EVENTS
    assert watch.heard() == {"ENDED-1": StackStatus.CREATE_COMPLETE}
