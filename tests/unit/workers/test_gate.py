"""The limits: who waits in the queue, what frees a place, and how many stacks are created at once."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.admission import Limits
from app.core.environment import Phase
from app.store.admissions import list_queued
from tests.builders import a_source
from tests.unit.workers.stage import ONE, Stage, opened_database


@pytest.fixture
def tight(tmp_path: Path) -> Iterator[Stage]:
    """There is room for one environment of an author."""
    with opened_database(tmp_path) as database:
        stage = Stage(database, limits=Limits(environments=10, per_repository=10, per_author=1))
        yield stage
        stage.close()


def open_second(stage: Stage) -> None:
    """A second pull request, for SHOP-58."""
    stage.preparer.versions["b" * 40] = "v1"
    stage.pulls.files["b" * 40, ".mayfly.yml"] = ONE.encode()
    stage.show(a_source(58, commit="b" * 40, branch="SHOP-58-cart"))


def queued(stage: Stage) -> list[str]:
    with stage.database.read() as connection:
        return list(list_queued(connection))


def test_over_the_limit_an_environment_waits_and_is_told_for_whom(tight: Stage) -> None:
    tight.push("v1", ONE)
    tight.calm()
    open_second(tight)
    tight._reconciler("SHOP-58")
    second = tight.environment("SHOP-58")
    assert second.phase is Phase.QUEUED
    assert second.reason.startswith("Number 1 in the queue: there is 1 environment of ")
    assert "The oldest is SHOP-57" in second.reason
    assert [stack.name for stack in tight.cloud.stacks] == ["SHOP-57"]


def test_a_place_that_becomes_free_is_taken(tight: Stage) -> None:
    tight.push("v1", ONE)
    tight.calm()
    open_second(tight)
    tight._reconciler("SHOP-58")
    tight.set_open(False)
    tight.calm()
    assert tight.phase() is Phase.GONE
    assert queued(tight) == ["SHOP-58"]
    tight._reconciler("SHOP-58")
    assert tight.environment("SHOP-58").phase is Phase.CREATING


def test_one_that_waits_and_is_closed_is_simply_gone(tight: Stage) -> None:
    tight.push("v1", ONE)
    tight.calm()
    open_second(tight)
    tight._reconciler("SHOP-58")
    tight.show(a_source(58, commit="b" * 40, branch="SHOP-58-cart", is_open=False))
    tight._reconciler("SHOP-58")
    assert tight.environment("SHOP-58").phase is Phase.GONE


def test_a_broken_file_takes_no_place(tight: Stage) -> None:
    tight.push("v1", "stacks: [")
    tight.calm()
    assert tight.phase() is Phase.FAILED
    assert tight.environment().admitted_at is None


def test_one_that_is_reopened_while_it_goes_keeps_its_place(tight: Stage) -> None:
    tight.push("v1", ONE)
    tight.calm()
    tight.set_open(False)
    tight.reconcile()
    tight.set_open(True)
    tight.reconcile()
    assert tight.phase() is not Phase.QUEUED


def test_only_so_many_stacks_are_created_at_once(tmp_path: Path) -> None:
    with opened_database(tmp_path) as database:
        stage = Stage(database, concurrent_creates=1)
        stage.push("v1", ONE)
        stage.reconcile()
        open_second(stage)
        again = stage._reconciler("SHOP-58")
        second = stage.environment("SHOP-58")
        assert second.reason == (
            "SHOP-58 waits for its turn: as many stacks as may be are being created in default/eu-west-1."
        )
        assert again is not None
        assert len(stage.cloud.moving()) == 1
        stage.stack().goes_on()
        stage.reconcile()
        stage._reconciler("SHOP-58")
        assert stage.stack("SHOP-58").status == "CREATE_IN_PROGRESS"
        stage.close()
