"""Waiting for an environment: until it is ready, until there is no hope, or until the time is over."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from app.cli.awaiting import NotReady, Waiter
from app.core.deployment import Deployment, Outcome
from app.core.environment import Phase
from app.store.database import Database
from app.store.deployments import save_deployment
from app.store.environments import save_environment, save_stack
from tests.builders import NOW, a_ready_record, an_environment
from tests.unit.workers.stage import opened_database

OLD, NEW = "b" * 40, "c" * 40


@dataclass
class Wait:
    """An environment and somebody who waits for it; `then` is what becomes of it, look by look."""

    database: Database
    now: float = 0.0
    then: list[tuple[Phase, str, Outcome]] = field(default_factory=list)

    def pause(self, seconds: float) -> None:
        self.now += seconds
        if self.then:
            self.be(*self.then.pop(0))

    def be(self, phase: Phase, commit: str = NEW, outcome: Outcome = Outcome.RUNNING) -> None:
        deployed = commit if phase is Phase.READY else None
        environment = an_environment(phase=phase, reason="No queue today.", deployed_commit=deployed)
        with self.database.begin() as connection:
            save_environment(connection, environment)
            save_stack(connection, a_ready_record(outputs={"Url": "https://shop.example/"}))
            save_deployment(connection, Deployment(commit, "SHOP-42", commit, outcome, NOW))

    def wait(self, commit: str = "") -> dict[str, str]:
        limit = timedelta(minutes=5)
        outputs = Waiter(self.database, "SHOP-42", commit, limit, lambda: self.now, self.pause)()["outputs"]
        return dict(outputs)


@pytest.fixture
def wait(tmp_path: Path) -> Iterator[Wait]:
    with opened_database(tmp_path) as database:
        yield Wait(database)


def test_what_is_ready_is_told_at_once(wait: Wait) -> None:
    wait.be(Phase.READY)
    assert (wait.wait(), wait.now) == ({"Url": "https://shop.example/"}, 0.0)


def test_what_does_not_exist_yet_is_waited_for(wait: Wait) -> None:
    wait.then = [(Phase.QUEUED, NEW, Outcome.RUNNING), (Phase.CREATING, NEW, Outcome.RUNNING)]
    wait.then.append((Phase.READY, NEW, Outcome.SUCCEEDED))
    assert (wait.wait(), wait.now) == ({"Url": "https://shop.example/"}, 3.0)


@pytest.mark.parametrize("phase", [Phase.FAILED, Phase.BLOCKED, Phase.GONE])
def test_where_there_is_no_hope_the_reason_is_told(wait: Wait, phase: Phase) -> None:
    wait.be(phase)
    with pytest.raises(NotReady, match=f"SHOP-42 is {phase.value}: No queue today."):
        wait.wait()


def test_the_commit_before_is_not_taken_for_the_one_that_was_asked_for(wait: Wait) -> None:
    wait.be(Phase.READY, OLD)
    wait.then = [(Phase.READY, NEW, Outcome.SUCCEEDED)]
    wait.wait(NEW[:12])
    assert wait.now == 1.0


def test_nor_its_failure(wait: Wait) -> None:
    wait.be(Phase.FAILED, OLD, Outcome.FAILED)
    with pytest.raises(NotReady, match="after 5m; it is failed"):
        wait.wait(NEW)


@pytest.mark.parametrize("exists", [True, False])
def test_the_time_limit_ends_it(wait: Wait, exists: bool) -> None:
    if exists:
        wait.be(Phase.CREATING)
    with pytest.raises(NotReady, match="it is creating" if exists else "there is no environment"):
        wait.wait()
    assert wait.now == 300.0
