"""What a stack's status means to us."""

import pytest

from app.core.stack import StackStatus
from tests.builders import a_record

S = StackStatus


def test_a_status_that_nobody_knows_reads_as_unknown() -> None:
    assert StackStatus("HIBERNATING") is S.UNKNOWN


def test_a_change_set_that_waits_is_no_work_in_progress() -> None:
    assert not S.REVIEW_IN_PROGRESS.is_in_progress
    assert S.UPDATE_COMPLETE_CLEANUP_IN_PROGRESS.is_in_progress
    assert not S.UPDATE_COMPLETE.is_in_progress


def test_which_statuses_serve() -> None:
    serving = {S.CREATE_COMPLETE, S.UPDATE_COMPLETE, S.UPDATE_COMPLETE_CLEANUP_IN_PROGRESS, S.IMPORT_COMPLETE}
    assert {status for status in S if status.is_serving} == serving


def test_which_statuses_undo() -> None:
    assert S.CREATE_FAILED.is_undoing
    assert S.ROLLBACK_IN_PROGRESS.is_undoing
    assert S.UPDATE_ROLLBACK_COMPLETE.is_undoing
    assert not S.DELETE_FAILED.is_undoing


@pytest.mark.parametrize(
    ("changes", "is_alive"),
    [({}, True), ({"id": None}, False), ({"status": S.DELETE_COMPLETE}, False), ({"status": S.UNKNOWN}, True)],
)
def test_a_record_is_alive_where_a_stack_of_ours_stands_behind_it(changes: dict[str, object], is_alive: bool) -> None:
    assert a_record(**changes).is_alive is is_alive  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "is_unanswered"),
    [
        ({}, True),
        ({"applied": "new"}, False),
        ({"failed": "new"}, False),
        ({"operation": "create"}, False),
        ({"status": S.UPDATE_IN_PROGRESS}, False),
        ({"status": S.DELETE_COMPLETE}, False),
    ],
)
def test_an_update_without_an_answer(changes: dict[str, object], is_unanswered: bool) -> None:
    asked = {"operation": "update", "payload": "new", "applied": "old", **changes}
    assert a_record(**asked).is_unanswered is is_unanswered  # type: ignore[arg-type]
