"""Marks and lifetimes in the passes: what is set is settled once, and time does what it says."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.core.environment import Phase
from app.core.lifetime import Lifetime
from app.core.mark import Mark, MarkKind
from app.store.decisions import Decision, list_decisions
from app.store.marks import list_marks, set_mark
from app.store.wake import Wakes
from tests.unit.workers.stage import ONE, Stage, opened_database

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def aging(tmp_path: Path) -> Iterator[Stage]:
    """An environment of one stack that is ready, and has three days of workdays."""
    with opened_database(tmp_path) as database:
        stage = Stage(database, lifetime=Lifetime())
        stage.push("v1", ONE)
        settle(stage)
        assert stage.phase() is Phase.READY
        yield stage
        stage.close()


def settle(stage: Stage) -> None:
    """Whatever is under way goes well, in no time."""
    for _ in range(20):
        stage.reconcile()
        for stack in stage.cloud.moving():
            stack.goes_on()


def mark(stage: Stage, kind: str, **changes: Any) -> None:
    wish = Mark(**{"kind": MarkKind(kind), "subject": stage.name, "actor": "ann", "at": stage.clock.now, **changes})
    wakes = Wakes(stage.database)
    with stage.database.begin() as connection:
        set_mark(connection, wakes, wish)
    wakes.close()
    settle(stage)


def decisions(stage: Stage, *subjects: str) -> list[Decision]:
    with stage.database.read() as connection:
        return list(list_decisions(connection, subjects or [stage.name]))


def reasons(stage: Stage, actor: str = "ann") -> list[str]:
    return [decision.reason for decision in decisions(stage) if decision.actor == actor]


class TestMarks:
    def test_a_mark_is_settled_once_with_its_actor(self, ready: Stage) -> None:
        mark(ready, "extend", span=DAY)
        settle(ready)
        assert len(reasons(ready)) == 1
        with ready.database.read() as connection:
            assert list_marks(connection, ready.name) == []

    def test_a_destroyed_environment_goes_and_a_push_does_not_bring_it_back(self, ready: Stage) -> None:
        mark(ready, "destroy", reason="enough")
        assert ready.phase() is Phase.GONE
        ready.push("v2")
        settle(ready)
        assert ready.phase() is Phase.GONE
        assert [why for why in reasons(ready, "mayfly") if why.startswith("ann destroyed it: enough. A deployment")]

    def test_a_deployment_that_is_asked_for_brings_it_back_at_the_newest_commit(self, ready: Stage) -> None:
        mark(ready, "destroy")
        source = ready.push("v2")
        mark(ready, "deploy")
        ready.take(source)
        settle(ready)
        assert (ready.phase(), ready.environment().deployed_commit) == (Phase.READY, source.commit)

    def test_so_does_reopening_the_pull_request(self, ready: Stage) -> None:
        mark(ready, "destroy")
        ready.set_open(False)
        ready.set_open(True)
        settle(ready)
        assert ready.phase() is Phase.READY

    def test_a_destruction_amid_a_creation_is_carried_out(self, stage: Stage) -> None:
        stage.push("v1", ONE)
        stage.reconcile()
        mark(stage, "destroy")
        assert (stage.phase(), [s for s in stage.cloud.stacks if s.is_alive]) == (Phase.GONE, [])

    def test_what_failed_is_tried_again_when_asked_for(self, stage: Stage) -> None:
        stage.cloud.refusal = "no such thing"
        stage.push("v1", ONE)
        settle(stage)
        assert stage.phase() is Phase.FAILED
        stage.cloud.refusal = None
        settle(stage)
        assert stage.phase() is Phase.FAILED
        mark(stage, "retry")
        assert stage.phase() is Phase.READY

    def test_so_is_a_commit_that_could_not_be_read(self, stage: Stage) -> None:
        source = stage.push("v1", ONE)
        stage.preparer.faults[source.commit] = "no template"
        settle(stage)
        assert stage.phase() is Phase.FAILED
        stage.preparer.faults.clear()
        mark(stage, "deploy")
        assert stage.phase() is Phase.READY

    def test_what_is_refused_is_written_down_as_such(self, ready: Stage) -> None:
        mark(ready, "unkeep")
        assert reasons(ready) == ["Refused to unkeep for ann: SHOP-57 is not kept."]


class TestAge:
    def test_the_end_is_written_down_and_looked_at_in_time(self, aging: Stage) -> None:
        environment = aging.environment()
        assert environment.expires_at == environment.last_activity_at + 3 * DAY
        assert aging.reconcile() is None
        aging.clock.pass_(2 * DAY + HOUR)
        assert aging.reconcile() == 21 * HOUR

    def test_each_warning_is_written_down_once(self, aging: Stage) -> None:
        for _ in range(71):
            aging.clock.pass_(HOUR)
            settle(aging)
        told = [reason for reason in reasons(aging, "mayfly") if "goes by itself" in reason]
        assert [text.partition("in less than ")[2].partition(";")[0] for text in told] == ["1d", "2h"]
        assert aging.environment().warning == told[-1]

    def test_a_round_that_was_missed_tells_the_last_warning_alone(self, aging: Stage) -> None:
        aging.clock.pass_(3 * DAY - HOUR)
        settle(aging)
        assert len([reason for reason in reasons(aging, "mayfly") if "goes by itself" in reason]) == 1

    def test_it_expires_and_the_next_push_brings_it_back(self, aging: Stage) -> None:
        aging.clock.pass_(3 * DAY)
        settle(aging)
        environment = aging.environment()
        assert (environment.phase, environment.expires_at, environment.warning) == (Phase.GONE, None, None)
        assert environment.reason.startswith("Nobody worked with it since 2026-03-02 10:00 UTC")
        aging.take(aging.pulls.sources["acme/shop#57"])
        settle(aging)
        assert aging.phase() is Phase.GONE
        aging.push("v2")
        settle(aging)
        assert (aging.phase(), aging.environment().created_at) == (Phase.READY, aging.clock.now)

    def test_a_push_is_activity(self, aging: Stage) -> None:
        aging.clock.pass_(2 * DAY + HOUR)
        settle(aging)
        assert aging.environment().warning is not None
        aging.push("v2")
        settle(aging)
        environment = aging.environment()
        assert (environment.warning, environment.last_activity_at) == (None, aging.clock.now)

    def test_the_repositorys_file_shortens_it(self, aging: Stage) -> None:
        aging.push("v2", f"{ONE}\nlifetime: {{idle: 1d, max: 90d}}")
        settle(aging)
        assert aging.environment().expires_at == aging.clock.now + DAY

    def test_a_broken_file_changes_nothing_about_it(self, aging: Stage) -> None:
        aging.push("v2", f"{ONE}\nlifetime: {{idle: 1d}}")
        aging.push("v3", "stacks: nonsense")
        settle(aging)
        assert aging.environment().expires_at == aging.clock.now + DAY


class TestKeep:
    def test_a_kept_environment_outlives_its_pull_request_and_goes_at_its_date(self, aging: Stage) -> None:
        until = aging.clock.now + 30 * DAY
        mark(aging, "keep", until=until, reason="demo")
        aging.set_open(False)
        settle(aging)
        assert aging.phase() is Phase.READY
        told = "Pull request acme/shop#57 was closed. ann keeps it until 2026-04-01 10:00 UTC: demo."
        assert aging.environment().reason.endswith(told)
        aging.clock.pass_(30 * DAY)
        settle(aging)
        assert aging.phase() is Phase.GONE
        assert aging.environment().reason.startswith("Pull request acme/shop#57 was closed.")

    def test_it_is_told_while_the_pull_request_is_open_too(self, aging: Stage) -> None:
        mark(aging, "keep", until=aging.clock.now + 30 * DAY, reason="demo")
        assert aging.environment().reason.endswith("is deployed. ann keeps it until 2026-04-01 10:00 UTC: demo.")
        aging.clock.pass_(20 * DAY)
        settle(aging)
        assert aging.phase() is Phase.READY

    def test_an_explicit_destroy_ends_it(self, aging: Stage) -> None:
        mark(aging, "keep", until=aging.clock.now + 30 * DAY, reason="demo")
        aging.set_open(False)
        mark(aging, "destroy")
        assert aging.phase() is Phase.GONE

    def test_unkeep_lets_it_follow_its_pull_request(self, aging: Stage) -> None:
        mark(aging, "keep", until=aging.clock.now + 30 * DAY, reason="demo")
        aging.set_open(False)
        mark(aging, "unkeep")
        assert aging.phase() is Phase.GONE

    def test_reopened_while_it_is_kept_it_goes_on_as_it_was(self, aging: Stage) -> None:
        born = aging.environment().created_at
        mark(aging, "keep", until=aging.clock.now + 30 * DAY, reason="demo")
        aging.set_open(False)
        settle(aging)
        aging.clock.pass_(DAY)
        aging.set_open(True)
        settle(aging)
        assert (aging.environment().desired.why_gone, aging.environment().created_at) == ("", born)

    def test_another_pull_request_does_not_take_its_place(self, aging: Stage) -> None:
        mark(aging, "keep", until=aging.clock.now + 30 * DAY, reason="demo")
        aging.set_open(False)
        aging.push("v9", ONE, number=60)
        assert aging.environment("SHOP-57-pr60").pull_request == 60
        assert aging.environment().pull_request == 57

    @pytest.mark.parametrize("act", ["closing", "expiry"])
    def test_a_tag_on_the_stack_holds_it_until_it_is_taken_off(self, aging: Stage, act: str) -> None:
        aging.stack().stands.tags["mayfly:keep"] = "true"
        if act == "closing":
            aging.set_open(False)
        else:
            aging.clock.pass_(9 * DAY)
        settle(aging)
        assert aging.phase() is Phase.READY
        assert aging.environment().reason.endswith("A tag on its stack keeps it.")
        assert aging.reconcile() == HOUR
        del aging.stack().stands.tags["mayfly:keep"]
        settle(aging)
        assert aging.phase() is Phase.GONE

    def test_a_push_leaves_the_tag_on_the_stack(self, aging: Stage) -> None:
        aging.stack().stands.tags["mayfly:keep-until"] = "2026-05-01"
        settle(aging)
        aging.push("v2")
        settle(aging)
        assert aging.stack().stands.tags["mayfly:keep-until"] == "2026-05-01"
        assert aging.verbs() == []
