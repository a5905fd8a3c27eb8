"""Stuck: every status in which CloudFormation waits for somebody, with its cause."""

from datetime import timedelta
from typing import Any

import pytest

from app.core.environment import Phase
from app.core.finding import Case
from app.core.fleet import FleetStack
from app.core.stack import StackStatus
from app.rules.stuck import judge
from tests.builders import NOW, a_case, a_desired, a_fleet_stack, a_loose_resource, a_record, an_environment

UNWANTED = an_environment(phase=Phase.FAILED, desired=a_desired(is_wanted=False))


def stopped(status: StackStatus, hours: float = 3, **changes: Any) -> FleetStack:
    """A stack that came to a stop `hours` ago."""
    moment = NOW - timedelta(hours=hours)
    return a_fleet_stack(status=status, **{"updated_at": moment, "deleted_at": moment, **changes})


def unwanted(stack: FleetStack, **changes: Any) -> Case:
    return a_case(stack, **{"environment": UNWANTED, **changes})


STOPPED = {
    StackStatus.REVIEW_IN_PROGRESS: "A change set was made for it that nobody executed; it holds nothing.",
    StackStatus.ROLLBACK_COMPLETE: "Its creation failed; it can only be deleted: The role is missing.",
    StackStatus.CREATE_FAILED: "Its creation failed and was not rolled back: The role is missing.",
    StackStatus.ROLLBACK_FAILED: "Its creation failed, and so did clearing up after it: The role is missing.",
    StackStatus.UPDATE_ROLLBACK_FAILED: "An update failed, and so did its rollback: The role is missing.",
    StackStatus.UPDATE_FAILED: "An update failed and was not rolled back: The role is missing.",
    StackStatus.DELETE_FAILED: "Its deletion failed: The role is missing.",
    StackStatus.IMPORT_ROLLBACK_FAILED: "An import failed, and so did its rollback: The role is missing.",
}


@pytest.mark.parametrize("status", STOPPED)
def test_every_status_that_waits_for_somebody_is_told_with_its_cause(status: StackStatus) -> None:
    cause = "" if status is StackStatus.REVIEW_IN_PROGRESS else "The role is missing"
    judged = judge(unwanted(stopped(status, status_reason=cause)))
    assert judged
    assert judged.reason == STOPPED[status]
    assert judged.may_act is (status is not StackStatus.IMPORT_ROLLBACK_FAILED)


@pytest.mark.parametrize("status", [each for each in STOPPED if each is not StackStatus.REVIEW_IN_PROGRESS])
def test_what_a_pull_request_still_needs_is_told_and_not_deleted(status: StackStatus) -> None:
    judged = judge(a_case(stopped(status)))
    assert judged
    assert not judged.may_act


MOVING = [each for each in StackStatus if each.is_in_progress]


@pytest.mark.parametrize("status", MOVING)
def test_an_operation_that_does_not_end_is_told_after_two_hours(status: StackStatus) -> None:
    judged = judge(unwanted(stopped(status, 3)))
    assert judged
    assert judged.reason == f"It has been in {status} since 2026-03-02 07:00 UTC."
    assert not judged.may_act
    assert judge(unwanted(stopped(status, 1.9))) is None


@pytest.mark.parametrize("status", STOPPED)
def test_what_has_just_stopped_is_left_to_others_for_an_hour(status: StackStatus) -> None:
    assert judge(unwanted(stopped(status, 0.9))) is None


@pytest.mark.parametrize("status", [each for each in StackStatus if each not in (*STOPPED, *MOVING)])
def test_every_other_status_is_not_stuck(status: StackStatus) -> None:
    assert judge(unwanted(stopped(status, 300))) is None


def test_a_change_set_that_nobody_executed_may_go_at_once() -> None:
    judged = judge(a_case(stopped(StackStatus.REVIEW_IN_PROGRESS)))
    assert judged
    assert (judged.grace, judged.may_act) == (timedelta(0), True)


def test_a_deletion_whose_beginning_is_not_known_is_not_called_stuck() -> None:
    assert judge(unwanted(stopped(StackStatus.DELETE_IN_PROGRESS, deleted_at=None))) is None


def test_the_cause_that_we_found_is_better_than_the_stacks_own_words() -> None:
    record = a_record(cause="Assets (AWS::S3::Bucket): The bucket you tried to delete is not empty.")
    stack = stopped(StackStatus.DELETE_FAILED, status_reason="The following resource(s) failed to delete: [Assets].")
    judged = judge(unwanted(stack, record=record))
    assert judged
    assert judged.reason == (
        "Its deletion failed: Assets (AWS::S3::Bucket): The bucket you tried to delete is not empty."
    )


def test_the_rule_of_a_test_tool_that_blocks_a_bus_is_named() -> None:
    rule = a_loose_resource("test-SHOP-42-rule", type="AWS::Events::Rule", maker="sls-test-tools")
    judged = judge(unwanted(stopped(StackStatus.DELETE_FAILED), blockers=(rule,)))
    assert judged
    assert judged.reason == "Its deletion failed: test-SHOP-42-rule (sls-test-tools) stands in the way."
