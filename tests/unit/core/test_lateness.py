"""When people are told that something takes too long."""

from datetime import timedelta

import pytest

from app.core.lateness import DEADLINE, is_late, told_if_late
from tests.builders import NOW, a_record

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(("age", "late"), [(DEADLINE, False), (DEADLINE + SECOND, True)])
def test_an_operation_is_late_after_the_deadline(age: timedelta, late: bool) -> None:
    assert is_late(a_record(started_at=NOW - age), NOW) is late


def test_what_began_at_nobody_knows_when_is_not_late() -> None:
    assert not is_late(a_record(), NOW)
    assert told_if_late(a_record(), "Waiting.", NOW) == "Waiting."


def test_what_is_told_stays_the_same_while_time_goes_on() -> None:
    record = a_record(started_at=NOW - 2 * DEADLINE)
    assert told_if_late(record, "Waiting.", NOW) == told_if_late(record, "Waiting.", NOW + DEADLINE)
    assert told_if_late(record, "Waiting.", NOW).startswith("Waiting. It has taken since 08:00 UTC on 02 March")
