"""Pace: how soon the shared watch looks again, and when events may be left to tell."""

from datetime import timedelta
from typing import Any

import pytest

from app.core.pace import DEAF, LONGEST, QUICKEST, SLOWEST, Hearing, Running, is_reliable, pace, took
from app.core.stack import StackStatus
from tests.builders import NOW, a_record

S = StackStatus


def running(age: float, expected: float | None = None) -> Running:
    return Running(NOW - timedelta(seconds=age), None if expected is None else timedelta(seconds=expected))


@pytest.mark.parametrize(
    ("operations", "seconds"),
    [
        ([], 1),
        ([running(10)], 1),
        ([running(100)], 2),
        ([running(3600)], 3),
        ([running(3600), running(5)], 1),
        ([running(0, 10)], 8),
        ([running(5, 10)], 3),
        ([running(7.9, 10)], 1),
        ([running(9, 10)], 1),
        ([running(12.9, 10)], 1),
        ([running(13.1, 10)], 3),
        ([running(0, 600)], 15),
        ([running(0, 600), running(0, 10)], 8),
        ([running(0, 0.2)], 1),
    ],
)
def test_how_soon_to_look_again(operations: list[Running], seconds: float) -> None:
    assert pace(operations, NOW).total_seconds() == pytest.approx(seconds)
    assert QUICKEST <= pace(operations, NOW) <= max(LONGEST, SLOWEST)


@pytest.mark.parametrize(
    ("before", "after", "seconds"),
    [
        ({"operation": "create", "payload": "p"}, {"applied": "p"}, 30),
        ({"operation": "update", "payload": "p", "applied": "o"}, {"applied": "p"}, 30),
        ({"operation": "update", "payload": "p", "applied": "o"}, {"applied": "o"}, None),
        ({"operation": "update", "payload": "p", "applied": "p"}, {"applied": "p"}, None),
        ({"operation": "delete"}, {"status": S.DELETE_COMPLETE}, 30),
        ({"operation": "delete"}, {"status": S.DELETE_FAILED}, None),
        ({"operation": "foreign", "payload": "p"}, {"applied": "p"}, None),
        ({"operation": "create", "payload": "p", "status": S.CREATE_COMPLETE}, {"applied": "p"}, None),
    ],
)
def test_only_what_went_well_counts_as_experience(
    before: dict[str, Any], after: dict[str, Any], seconds: float | None
) -> None:
    started = {"status": S.CREATE_IN_PROGRESS, "started_at": NOW - timedelta(seconds=30)}
    told = took(a_record(**{**started, **before}), a_record(**after), NOW)
    assert told == (None if seconds is None else timedelta(seconds=seconds))


EARLIER = NOW - timedelta(minutes=10)
ROWS = {
    "no queue": (Hearing(), False),
    "a queue that never told of one of ours": (Hearing(NOW), False),
    "a queue that tells": (Hearing(NOW, EARLIER), True),
    "a queue that does not answer": (Hearing(NOW - DEAF - timedelta(seconds=1), NOW), False),
    "a queue that missed something": (Hearing(NOW, EARLIER, NOW), False),
    "a queue that tells again": (Hearing(NOW, NOW, EARLIER), True),
}


@pytest.mark.parametrize("row", ROWS)
def test_when_events_are_left_to_tell(row: str) -> None:
    hearing, expected = ROWS[row]
    assert is_reliable(hearing, NOW) is expected
