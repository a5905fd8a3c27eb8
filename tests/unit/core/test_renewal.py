"""Renewal: which failures are worth another try with everything sent again."""

import pytest

from app.core.renewal import afresh, without_artifacts
from app.core.stack import StackRecord, StackStatus
from tests.builders import a_preparation, a_record

CAUSES = [
    "S3 error: The specified key does not exist.",
    "Orders (AWS::Lambda::Function): Error occurred while GetObject. S3 Error Code: NoSuchKey.",
    "Error occurred while GetObject. S3 Error Code: NoSuchBucket.",
]


def a_failed_record(cause: str | None) -> StackRecord:
    return a_record(operation="create", payload="p1", failed="p1", cause=cause)


@pytest.mark.parametrize("cause", CAUSES)
def test_an_object_that_is_not_there_is_sent_again(cause: str) -> None:
    record = a_failed_record(cause)
    assert without_artifacts([a_record("bus"), record], a_preparation()) == [record]


@pytest.mark.parametrize("cause", CAUSES)
def test_once_is_enough(cause: str) -> None:
    assert without_artifacts([a_failed_record(cause)], a_preparation(is_renewed=True)) == []


@pytest.mark.parametrize("cause", [None, "Queue: already exists", "The role does not exist"])
def test_any_other_failure_stays_one(cause: str | None) -> None:
    assert without_artifacts([a_failed_record(cause)], a_preparation()) == []


def test_a_failure_of_an_earlier_payload_is_over() -> None:
    record = a_record(operation="update", payload="p2", failed="p1", cause=CAUSES[0])
    assert without_artifacts([record], a_preparation()) == []


def test_without_a_preparation_there_is_nothing_to_send() -> None:
    assert without_artifacts([a_failed_record(CAUSES[0])], None) == []


@pytest.mark.parametrize(
    ("status", "operation"),
    [
        (StackStatus.DELETE_IN_PROGRESS, "delete"),
        (StackStatus.UPDATE_ROLLBACK_IN_PROGRESS, "rollback"),
        (StackStatus.ABSENT, "create"),
    ],
)
def test_what_is_still_being_taken_back_is_no_failure_any_more(status: StackStatus, operation: str) -> None:
    again = afresh(a_record(status=status, operation="create", payload="p1", failed="p1", cause=CAUSES[0]))
    assert (again.failed, again.cause, again.operation, again.status) == (None, None, operation, status)
