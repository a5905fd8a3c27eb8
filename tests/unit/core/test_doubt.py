"""Looks that may show the state from before our own call."""

from datetime import timedelta
from typing import Any

import pytest

from app.core.doubt import LONGEST_LAG, has_ended, is_doubtful
from app.core.stack import StackRecord, StackStatus
from tests.builders import NOW, a_record, a_stack_event, an_observed_stack

S = StackStatus
BEFORE = NOW - timedelta(hours=1)


def asked(operation: str, status: StackStatus, **changes: Any) -> StackRecord:
    values = {"operation": operation, "token": "t1", "started_at": NOW, "updated_at": BEFORE, **changes}
    return a_record(status=status, **values)


def doubts(record: StackRecord, status: StackStatus | None, **changes: Any) -> bool:
    observed = an_observed_stack(status, **{"updated_at": BEFORE, **changes}) if status else None
    return is_doubtful(record, observed, NOW + timedelta(seconds=5))


UPDATING = asked("update", S.UPDATE_IN_PROGRESS)
DELETING = asked("delete", S.DELETE_IN_PROGRESS)


@pytest.mark.parametrize(
    "status",
    [S.CREATE_COMPLETE, S.UPDATE_COMPLETE, S.UPDATE_COMPLETE_CLEANUP_IN_PROGRESS, S.UPDATE_ROLLBACK_COMPLETE],
)
def test_an_end_of_an_update_that_left_no_mark_is_doubtful(status: StackStatus) -> None:
    assert doubts(UPDATING, status)
    assert not doubts(UPDATING, status, updated_at=NOW)


@pytest.mark.parametrize("operation", ["continue", "skip", "rollback"])
def test_so_is_that_of_a_rollback_which_was_asked_for(operation: str) -> None:
    assert doubts(asked(operation, S.UPDATE_ROLLBACK_IN_PROGRESS), S.UPDATE_ROLLBACK_FAILED)


def test_what_is_under_way_is_as_it_should_be() -> None:
    assert not doubts(UPDATING, S.UPDATE_IN_PROGRESS)
    assert not doubts(UPDATING, S.UPDATE_ROLLBACK_IN_PROGRESS)


def test_a_stack_that_is_being_deleted_never_stands_again() -> None:
    assert doubts(DELETING, S.CREATE_COMPLETE, updated_at=NOW)
    assert not doubts(DELETING, S.DELETE_IN_PROGRESS)
    assert not doubts(DELETING, S.DELETE_COMPLETE)


def test_a_deletion_that_failed_before_may_be_what_is_still_shown() -> None:
    assert not doubts(DELETING, S.DELETE_FAILED)
    assert doubts(asked("delete", S.DELETE_IN_PROGRESS, attempts=1), S.DELETE_FAILED)


def test_a_stack_that_was_only_just_made_may_not_be_shown_yet() -> None:
    assert doubts(asked("create", S.CREATE_IN_PROGRESS), None)


def test_after_a_while_every_look_is_believed() -> None:
    later = NOW + LONGEST_LAG + timedelta(seconds=1)
    assert not is_doubtful(UPDATING, an_observed_stack(S.UPDATE_COMPLETE, updated_at=BEFORE), later)
    assert not is_doubtful(asked("create", S.CREATE_IN_PROGRESS), None, later)


@pytest.mark.parametrize("operation", ["cancel", "foreign"])
def test_nothing_is_doubted_of_what_ends_whichever_way(operation: str) -> None:
    assert not doubts(asked(operation, S.UPDATE_IN_PROGRESS), S.UPDATE_COMPLETE)


class TestTheEventsThatTell:
    COMPLETE = an_observed_stack(S.UPDATE_COMPLETE)

    def test_the_end_of_our_operation(self) -> None:
        assert has_ended(UPDATING, self.COMPLETE, [a_stack_event("UPDATE_COMPLETE")])

    @pytest.mark.parametrize(
        "event",
        [
            a_stack_event("UPDATE_COMPLETE", token="t0"),
            a_stack_event("UPDATE_IN_PROGRESS"),
            a_stack_event("UPDATE_COMPLETE", logical_id="Nested"),
            a_stack_event("UPDATE_COMPLETE", type="AWS::SQS::Queue"),
        ],
        ids=["of another", "of its beginning", "of a nested stack", "of a resource"],
    )
    def test_those_that_do_not(self, event: Any) -> None:
        assert not has_ended(UPDATING, self.COMPLETE, [event])

    def test_of_a_stack_that_is_not_shown_there_are_none(self) -> None:
        assert not has_ended(UPDATING, None, [a_stack_event("UPDATE_COMPLETE")])
