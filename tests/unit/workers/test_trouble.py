"""What stands in the way from outside: told once, tried again, and gone from the reason once it is gone."""

import pytest

from app.aws.client import AwsDenied, AwsUnreachable
from app.core.environment import Phase
from app.core.errors import MayflyError
from app.store.decisions import list_decisions
from tests.unit.workers.stage import ONE, Stage
from workers.reconciler import TRIES_AGAIN


def reasons(stage: Stage) -> list[str]:
    with stage.database.read() as connection:
        return [decision.reason for decision in list_decisions(connection, [stage.name])]


def stand_in_the_way(stage: Stage, monkeypatch: pytest.MonkeyPatch, fault: MayflyError) -> None:
    def refuse(*_: object) -> None:
        raise fault

    monkeypatch.setattr(stage.cloud, "create", refuse)
    for _ in range(3):
        with pytest.raises(type(fault)):
            stage.reconcile()


def test_a_missing_permission_is_told_and_the_same_commit_deploys_once_it_is_given(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.push("v1", ONE)
    stand_in_the_way(stage, monkeypatch, AwsDenied("CloudFormation: not authorized to perform CreateStack"))
    assert stage.phase() is Phase.FAILED
    assert stage.environment().reason == f"CloudFormation: not authorized to perform CreateStack {TRIES_AGAIN}"
    monkeypatch.undo()
    stage.calm()
    assert stage.phase() is Phase.READY


def test_each_further_try_is_no_news(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.push("v1", ONE)
    stand_in_the_way(stage, monkeypatch, AwsUnreachable("CloudFormation did not answer."))
    told = [reason for reason in reasons(stage) if TRIES_AGAIN in reason]
    assert told == [f"CloudFormation did not answer. {TRIES_AGAIN}"]
    assert reasons(stage)[-1] == told[0]
    assert stage.phase() is Phase.CREATING
