"""When a deletion that failed is tried again, and when it is given up."""

from datetime import timedelta

import pytest

from app.core.actions import Delete, Manner
from app.core.stack import StackStatus
from app.core.step import Progress
from app.core.teardown import is_hopeless, next_retry, plan_removal, retry_deletion
from tests.builders import NOW, a_record, a_target, an_item


@pytest.mark.parametrize(("attempts", "minutes"), [(1, 1), (2, 15), (3, 60), (4, 360)])
def test_a_deletion_that_failed_waits_longer_each_time(attempts: int, minutes: int) -> None:
    assert next_retry(attempts, NOW) == NOW + timedelta(minutes=minutes)


@pytest.mark.parametrize("attempts", [0, 5, 6])
def test_there_is_no_next_try_before_the_first_failure_or_after_the_last(attempts: int) -> None:
    assert next_retry(attempts, NOW) is None


def test_the_next_try_is_named_with_what_went_wrong() -> None:
    record = a_record(
        status=StackStatus.DELETE_FAILED, attempts=1, retry_at=NOW + timedelta(minutes=1), cause="Bucket is not empty."
    )
    step = retry_deletion(record, NOW)
    assert step.text == "SHOP-42-api could not be deleted: Bucket is not empty. The next try is at 10:01 UTC."
    assert (step.action, step.not_before) == (None, record.retry_at)


def test_a_try_that_is_due_is_made() -> None:
    record = a_record(status=StackStatus.DELETE_FAILED, attempts=1, retry_at=NOW)
    assert retry_deletion(record, NOW).action == Delete(record)


def test_after_the_last_try_the_stack_counts_as_leaked() -> None:
    step = retry_deletion(a_record(status=StackStatus.DELETE_FAILED, attempts=7, cause="Bucket is not empty."), NOW)
    assert (step.progress, step.action) == (Progress.LEAKED, None)
    assert step.text == "SHOP-42-api could not be deleted after 7 tries: Bucket is not empty."


@pytest.mark.parametrize(
    ("attempts", "manner", "how"),
    [(4, Manner.PLAIN, ""), (5, Manner.RETAIN, " without what failed to go"), (6, Manner.FORCE, " by force")],
)
def test_what_does_not_go_is_left_out_at_the_end_and_then_forced(attempts: int, manner: Manner, how: str) -> None:
    record = a_record(status=StackStatus.DELETE_FAILED, attempts=attempts, cause="Bucket is not empty.")
    step = retry_deletion(record, NOW)
    assert step.action == Delete(record, manner=manner)
    assert step.text == f"Deleting SHOP-42-api again{how}: Bucket is not empty."


@pytest.mark.parametrize(
    ("types", "attempts", "hopeless"),
    [
        (["Custom::Seed"], 2, True),
        (["AWS::CloudFormation::CustomResource", "Custom::Seed"], 3, True),
        (["Custom::Seed"], 1, False),
        (["Custom::Seed", "AWS::S3::Bucket"], 3, False),
        ([], 3, False),
    ],
)
def test_custom_resources_that_gave_no_answer_twice_will_give_none(
    types: list[str], attempts: int, hopeless: bool
) -> None:
    failed = [an_item(type_) for type_ in types]
    assert is_hopeless(a_record(status=StackStatus.DELETE_FAILED, attempts=attempts), failed) is hopeless


def test_a_stack_waits_for_all_that_need_it() -> None:
    targets = a_target("bus"), a_target("api", needs=("bus",)), a_target("web", needs=("bus",))
    steps = plan_removal(targets, [a_record("bus"), a_record("api"), a_record("web")], NOW)
    assert next((step.name, step.text) for step in steps) == (
        "SHOP-42-bus",
        "SHOP-42-bus waits until SHOP-42-api, SHOP-42-web is gone.",
    )


def test_nothing_is_left_to_do_once_all_are_gone() -> None:
    assert plan_removal((a_target(),), [a_record(status=StackStatus.DELETE_COMPLETE)], NOW) == []
