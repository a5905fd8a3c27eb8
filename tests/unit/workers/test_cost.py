"""What an environment costs a month is written down whenever it comes to stand, and forgotten with it."""

import pytest

from app.core.environment import Phase
from app.core.stack import Resource
from tests.unit.workers.stage import ONE, Stage


def deploy(stage: Stage, *types: str, version: str = "v1") -> None:
    """A push whose stack comes to stand with resources of these types."""
    stage.push(version, ONE)
    stage.reconcile()
    while stage.phase() is not Phase.READY or stage.cloud.moving():
        stage.reconcile()
        for stack in stage.cloud.moving():
            stack.resources = tuple(Resource(f"R{number}", each, f"r{number}") for number, each in enumerate(types))
            stack.goes_on()
        if not stage.cloud.moving():
            stage.reconcile()


def test_a_success_says_what_stands_and_costs(stage: Stage) -> None:
    deploy(stage, "AWS::SQS::Queue", "AWS::SecretsManager::Secret", "AWS::KMS::Key")
    assert stage.environment().cost_per_month == pytest.approx(1.40)


def test_the_next_success_says_it_anew(stage: Stage) -> None:
    deploy(stage, "AWS::KMS::Key")
    deploy(stage, "AWS::SQS::Queue", version="v2")
    assert stage.environment().cost_per_month == 0


def test_a_part_without_a_known_price_makes_it_unknown(stage: Stage) -> None:
    deploy(stage, "AWS::KMS::Key", "AWS::EC2::NatGateway")
    assert stage.environment().cost_per_month is None


def test_what_is_gone_costs_nothing_any_more(stage: Stage) -> None:
    deploy(stage, "AWS::KMS::Key")
    stage.set_open(False)
    stage.calm()
    assert (stage.phase(), stage.environment().cost_per_month) == (Phase.GONE, None)
