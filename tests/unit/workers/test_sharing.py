"""One ticket in two repositories: apart unless the server allows them one environment."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.environment import Phase
from app.core.source import Source
from app.store.decisions import list_decisions
from tests.builders import a_source
from tests.unit.workers.stage import ONE, Stage, opened_database


@pytest.fixture
def shared(tmp_path: Path) -> Iterator[Stage]:
    """A server that allows it, and an environment of the first repository that is ready."""
    with opened_database(tmp_path) as database:
        stage = Stage(database, shared_tickets=True)
        stage.push("v1", ONE)
        stage.calm()
        yield stage
        stage.close()


def push_elsewhere(stage: Stage, commit: str = "e" * 40, file: str = ONE, repository: str = "acme/api") -> Source:
    """A pull request of another repository names the same ticket."""
    stage.pulls.files[commit, ".mayfly.yml"] = file.encode()
    stage.preparer.versions.setdefault(commit, "v1")
    source = stage.show(a_source(5, repository=repository, commit=commit, branch="SHOP-57-api"))
    stage.calm()
    return source


def stacks(stage: Stage) -> list[str]:
    return sorted(stack.name for stack in stage.cloud.stacks if stack.is_alive)


def test_each_contributes_its_stacks(shared: Stage) -> None:
    push_elsewhere(shared)
    assert (shared.phase(), stacks(shared)) == (Phase.READY, ["SHOP-57", "SHOP-57-api"])


def test_without_leave_they_are_apart(ready: Stage) -> None:
    push_elsewhere(ready)
    assert ready.environment("SHOP-57-api").repository == "acme/api"
    assert [target.name for target in ready.environment().desired.targets] == ["SHOP-57"]


def test_it_lives_as_long_as_any_of_them_is_open(shared: Stage) -> None:
    other = push_elsewhere(shared)
    shared.set_open(False)
    shared.calm()
    assert (shared.phase(), len(stacks(shared))) == (Phase.READY, 2)
    shared.show(replace(other, is_open=False))
    shared.calm()
    assert (shared.phase(), stacks(shared)) == (Phase.GONE, [])


def test_a_push_moves_its_own_stacks_alone(shared: Stage) -> None:
    other = push_elsewhere(shared)
    before = shared.stack("SHOP-57-api").token
    source = shared.push("v2", ONE)
    shared.calm()
    assert shared.stack("SHOP-57-api").token == before
    environment = shared.environment()
    assert (environment.phase, environment.deployed_commit) == (Phase.READY, source.commit)
    commits = {target.repository: target.commit for target in environment.desired.targets}
    assert commits == {"acme/shop": source.commit, "acme/api": other.commit}


def test_a_mere_look_at_one_of_them_changes_nothing(shared: Stage) -> None:
    other = push_elsewhere(shared)
    before = shared.environment()
    for source in (shared.pulls.sources["acme/shop#57"], other):
        shared.take(source)
    assert shared.environment().desired == before.desired


def test_filters_gate_the_joining(shared: Stage) -> None:
    push_elsewhere(shared, file="triggers: {labels: [preview]}\n" + ONE)
    assert stacks(shared) == ["SHOP-57"]


def test_a_fork_does_not_join_on_its_own(shared: Stage) -> None:
    source = a_source(6, repository="acme/api", commit="f" * 40, branch="SHOP-57-evil", fork=True)
    shared.pulls.files["b" * 40, ".mayfly.yml"] = ONE.encode()
    shared.show(source)
    shared.calm()
    assert stacks(shared) == ["SHOP-57"]
    with shared.database.read() as connection:
        assert "comes from a fork" in list_decisions(connection, ["acme/api#6"])[-1].reason


def test_a_second_pull_request_of_one_repository_stays_apart(shared: Stage) -> None:
    shared.push("v1", ONE, number=60)
    assert shared.environment("SHOP-57-pr60").pull_request == 60


def test_a_name_that_a_stack_of_another_environment_has_is_not_taken(stage: Stage) -> None:
    stage.push("v1", "stacks: {api: {template: t}, web: {template: t}}")
    stage.calm()
    push_elsewhere(stage)
    assert stacks(stage)[:2] == ["SHOP-57-api", "SHOP-57-web"]
    assert stage.environment("SHOP-57-api-api").repository == "acme/api"
