"""Sight: when a pass asks CloudFormation, and when it knows enough."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from app.core.sight import AT_REST, IN_FLIGHT, Look, how_to_look, is_overdue, observed_by
from app.core.stack import StackStatus
from app.core.tiding import Tiding
from tests.builders import NOW, a_record, an_observed_stack

S = StackStatus
LATER = NOW + timedelta(seconds=5)


def heard(status: StackStatus = S.UNKNOWN, at: datetime = LATER, **more: Any) -> Tiding:
    return Tiding("arn", at, status, **more)


ROWS: dict[str, tuple[dict[str, Any], Tiding | None, Look]] = {
    "gone": ({"status": S.DELETE_COMPLETE}, heard(), Look.NONE),
    "an update without answer": ({"operation": "update", "payload": "p"}, heard(), Look.NONE),
    "at rest, nothing heard": ({}, None, Look.NONE),
    "under way, nothing heard": ({"status": S.CREATE_IN_PROGRESS, "started_at": NOW}, None, Look.NONE),
    "under way, unseen for long": (
        {"status": S.CREATE_IN_PROGRESS, "started_at": NOW - IN_FLIGHT - timedelta(seconds=9)},
        None,
        Look.DESCRIBE,
    ),
    "under way for long, seen of late": (
        {"status": S.CREATE_IN_PROGRESS, "started_at": NOW - timedelta(hours=1), "seen_at": NOW},
        None,
        Look.NONE,
    ),
    "the recorded status": ({"status": S.UPDATE_IN_PROGRESS}, heard(S.UPDATE_IN_PROGRESS), Look.NONE),
    "it moved": ({"status": S.UPDATE_IN_PROGRESS}, heard(), Look.DESCRIBE),
    "another status": ({"status": S.CREATE_IN_PROGRESS}, heard(S.CREATE_COMPLETE), Look.DESCRIBE),
    "moved by hand": ({}, heard(S.DELETE_IN_PROGRESS), Look.DESCRIBE),
    "all of it": (
        {"status": S.CREATE_IN_PROGRESS, "started_at": NOW},
        heard(S.CREATE_COMPLETE, observed=an_observed_stack()),
        Look.HEARD,
    ),
    "all of it, from before the last act": (
        {"status": S.UPDATE_IN_PROGRESS, "started_at": LATER},
        heard(S.CREATE_COMPLETE, NOW, observed=an_observed_stack()),
        Look.DESCRIBE,
    ),
    "the end of an update's cleanup": (
        {"status": S.UPDATE_COMPLETE_CLEANUP_IN_PROGRESS},
        heard(S.UPDATE_COMPLETE),
        Look.HEARD,
    ),
    "the end of a rollback's cleanup": (
        {"status": S.UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS},
        heard(S.UPDATE_ROLLBACK_COMPLETE),
        Look.HEARD,
    ),
    "the end of our deletion": (
        {"status": S.DELETE_IN_PROGRESS, "operation": "delete"},
        heard(S.DELETE_COMPLETE),
        Look.HEARD,
    ),
    "the end of a creation that failed": (
        {"status": S.DELETE_IN_PROGRESS, "operation": "create"},
        heard(S.DELETE_COMPLETE),
        Look.DESCRIBE,
    ),
}


@pytest.mark.parametrize("row", ROWS)
def test_each_row_of_the_table(row: str) -> None:
    changes, tiding, look = ROWS[row]
    assert how_to_look(a_record(**changes), tiding, LATER) is look


@pytest.mark.parametrize(
    ("changes", "overdue"),
    [
        ({"seen_at": NOW}, False),
        ({"seen_at": NOW - AT_REST}, True),
        ({}, True),
        ({"started_at": NOW}, False),
        ({"status": S.UPDATE_IN_PROGRESS}, False),
        ({"status": S.DELETE_COMPLETE}, False),
        ({"operation": "update", "payload": "p"}, False),
        ({"id": None, "status": S.UNKNOWN}, False),
    ],
)
def test_a_stack_at_rest_is_believed_for_a_while(changes: dict[str, Any], overdue: bool) -> None:
    assert is_overdue(a_record(**changes), LATER) is overdue


def test_what_was_heard_leaves_the_rest_as_it_was() -> None:
    record = a_record(outputs={"Url": "x"}, updated_at=NOW)
    observed = observed_by(record, heard(S.UPDATE_COMPLETE))
    assert (observed.status, observed.outputs, observed.updated_at) == (S.UPDATE_COMPLETE, {"Url": "x"}, NOW)
