"""What a look at CloudFormation changes in the record of a stack."""

from datetime import timedelta
from typing import Any

import pytest

from app.core.progress import VANISHED, absorb, has_failed
from app.core.stack import ObservedStack, StackRecord, StackStatus
from tests.builders import NOW, a_record, an_observed_stack

S = StackStatus


def under(operation: str, status: StackStatus, **changes: Any) -> StackRecord:
    """A record while an operation with payload `new` is under way on a stack that stands as `old`."""
    return a_record(status=status, **{"operation": operation, "payload": "new", "applied": "old", **changes})


def seen(record: StackRecord, status: StackStatus | None, cause: str | None = None, **changes: Any) -> StackRecord:
    observed: ObservedStack | None = an_observed_stack(status, **changes) if status else None
    return absorb(record, observed, cause, NOW)


CREATING = under("create", S.CREATE_IN_PROGRESS, applied=None)
UPDATING = under("update", S.UPDATE_IN_PROGRESS)
DELETING = under("delete", S.DELETE_IN_PROGRESS, applied=None)
READY = under("update", S.UPDATE_COMPLETE, applied="new")


class TestSuccess:
    @pytest.mark.parametrize(
        ("record", "status"),
        [
            (CREATING, S.CREATE_COMPLETE),
            (UPDATING, S.UPDATE_COMPLETE),
            (UPDATING, S.UPDATE_COMPLETE_CLEANUP_IN_PROGRESS),
        ],
    )
    def test_what_was_asked_for_stands(self, record: StackRecord, status: StackStatus) -> None:
        after = seen(record, status, outputs={"Url": "https://new"})
        assert (after.status, after.applied, after.outputs) == (status, "new", {"Url": "https://new"})

    def test_what_failed_before_is_forgotten(self) -> None:
        after = seen(under("update", S.UPDATE_IN_PROGRESS, failed="bad", cause="denied", attempts=2), S.UPDATE_COMPLETE)
        assert (after.failed, after.cause, after.attempts) == (None, None, 0)

    def test_on_the_way_nothing_but_the_status_changes(self) -> None:
        assert seen(UPDATING, S.UPDATE_IN_PROGRESS) == UPDATING

    def test_a_stack_at_rest_stays_as_it_is(self) -> None:
        assert seen(READY, S.UPDATE_COMPLETE) == READY


class TestFailure:
    @pytest.mark.parametrize(
        "status", [S.ROLLBACK_IN_PROGRESS, S.CREATE_FAILED, S.DELETE_IN_PROGRESS, S.DELETE_COMPLETE]
    )
    def test_of_a_creation_is_seen_as_soon_as_it_is_taken_back(self, status: StackStatus) -> None:
        after = seen(CREATING, status, "Queue: denied.")
        assert (after.status, after.failed, after.applied, after.cause) == (status, "new", None, "Queue: denied.")

    @pytest.mark.parametrize("status", [S.UPDATE_ROLLBACK_IN_PROGRESS, S.UPDATE_ROLLBACK_FAILED, S.UPDATE_FAILED])
    def test_of_an_update_leaves_what_stood_before(self, status: StackStatus) -> None:
        after = seen(UPDATING, status, "Queue: denied.")
        assert (after.failed, after.applied, after.cause) == ("new", "old", "Queue: denied.")

    def test_keeps_the_cause_that_was_found_first(self) -> None:
        first = seen(UPDATING, S.UPDATE_ROLLBACK_IN_PROGRESS, "Queue: denied.")
        assert seen(first, S.UPDATE_ROLLBACK_COMPLETE).cause == "Queue: denied."

    def test_of_a_deletion_sets_the_next_try(self) -> None:
        after = seen(DELETING, S.DELETE_FAILED, "Bucket is not empty.")
        assert (after.attempts, after.retry_at) == (1, NOW + timedelta(minutes=1))

    def test_of_a_deletion_counts_once_however_often_it_is_seen(self) -> None:
        failed = seen(DELETING, S.DELETE_FAILED, "Bucket is not empty.")
        assert seen(failed, S.DELETE_FAILED) == failed

    def test_of_the_last_deletion_sets_no_further_try(self) -> None:
        after = seen(under("delete", S.DELETE_IN_PROGRESS, attempts=4), S.DELETE_FAILED)
        assert (after.attempts, after.retry_at) == (5, None)

    def test_after_success_is_none_of_ours(self) -> None:
        assert not has_failed(READY, S.UPDATE_ROLLBACK_COMPLETE)
        assert not has_failed(under("create", S.CREATE_COMPLETE, applied="new"), S.DELETE_IN_PROGRESS)

    @pytest.mark.parametrize("operation", ["cancel", "continue", "rollback", "foreign", "delete"])
    def test_of_what_we_took_back_ourselves_is_none(self, operation: str) -> None:
        after = seen(under(operation, S.UPDATE_ROLLBACK_IN_PROGRESS), S.UPDATE_ROLLBACK_COMPLETE)
        assert (after.failed, after.applied) == (None, "old")


class TestGone:
    @pytest.mark.parametrize("status", [None, S.DELETE_COMPLETE])
    def test_a_deleted_stack_keeps_only_its_id(self, status: StackStatus | None) -> None:
        after = seen(under("delete", S.DELETE_IN_PROGRESS, outputs={"Url": "x"}, retry_at=NOW), status)
        assert (after.status, after.applied, after.outputs, after.retry_at) == (S.DELETE_COMPLETE, None, {}, None)
        assert after.id == DELETING.id

    @pytest.mark.parametrize("status", [None, S.DELETE_COMPLETE])
    def test_a_stack_deleted_by_hand_has_not_failed(self, status: StackStatus | None) -> None:
        after = seen(READY, status)
        assert (after.status, after.failed) == (S.DELETE_COMPLETE, None)

    def test_a_stack_that_disappears_while_it_is_created_has_failed(self) -> None:
        after = seen(CREATING, None)
        assert (after.status, after.failed, after.cause) == (S.DELETE_COMPLETE, "new", VANISHED)


class TestTheWorkOfOthers:
    @pytest.mark.parametrize("status", [S.UPDATE_IN_PROGRESS, S.DELETE_IN_PROGRESS, S.IMPORT_IN_PROGRESS])
    def test_a_stack_at_rest_that_moves_was_moved_by_others(self, status: StackStatus) -> None:
        assert seen(under("create", S.CREATE_COMPLETE, applied="new"), status).operation == "foreign"

    def test_our_own_deletion_whose_answer_was_lost_is_ours(self) -> None:
        assert seen(under("delete", S.CREATE_COMPLETE), S.DELETE_IN_PROGRESS).operation == "delete"

    @pytest.mark.parametrize("operation", ["foreign", "cancel", "delete"])
    def test_afterwards_nobody_knows_what_stands(self, operation: str) -> None:
        assert seen(under(operation, S.UPDATE_IN_PROGRESS), S.UPDATE_COMPLETE).applied is None

    def test_a_creation_does_not_end_as_an_update(self) -> None:
        after = seen(CREATING, S.UPDATE_COMPLETE)
        assert (after.applied, after.operation) == (None, "foreign")

    def test_a_rollback_leaves_what_stood_before(self) -> None:
        assert seen(under("foreign", S.UPDATE_IN_PROGRESS), S.UPDATE_ROLLBACK_COMPLETE).applied == "old"
