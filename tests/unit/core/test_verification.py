"""What the looks after a deletion make of an environment, and when the next one is due: a case for each row."""

from datetime import timedelta
from typing import Any

import pytest

from app.core.environment import Phase
from app.core.verification import LATE_LOGS, SOON, STANDING, Verification, begin_look, tell_leftovers
from tests.builders import NOW

MINUTE = timedelta(minutes=1)


def seen(minutes: float = 0, **changes: Any) -> Verification:
    return Verification(NOW, NOW + minutes * MINUTE, **changes)


@pytest.mark.parametrize(
    ("verification", "phase", "next_at"),
    [
        (seen(pending=("a queue",)), Phase.VERIFYING, NOW + SOON),
        (seen(1, pending=("a queue",), leftovers=("a table",)), Phase.VERIFYING, NOW + MINUTE + SOON),
        (seen(leftovers=("a table",)), Phase.LEAKED, NOW + LATE_LOGS),
        (seen(15, leftovers=("a table",), is_second_done=True), Phase.LEAKED, NOW + LATE_LOGS + STANDING),
        (seen(), Phase.GONE, NOW + LATE_LOGS),
        (seen(15, is_second_done=True), Phase.GONE, None),
    ],
    ids=["something answers", "and something stays", "stays", "stays for long", "nothing", "nothing came back"],
)
def test_each_row(verification: Verification, phase: Phase, next_at: object) -> None:
    assert (verification.phase, verification.next_at) == (phase, next_at)


@pytest.mark.parametrize(("minutes", "patient"), [(0, True), (4.9, True), (5, False)])
def test_services_may_take_their_time_to_forget(minutes: float, patient: bool) -> None:
    assert seen(minutes).is_patient is patient


class TestAFurtherLook:
    def test_the_first_knows_nothing(self) -> None:
        assert begin_look(None, NOW) == Verification(NOW, NOW)

    def test_keeps_when_the_first_was_and_forgets_what_it_found(self) -> None:
        again = begin_look(seen(pending=("a queue",), leftovers=("a table",)), NOW + MINUTE)
        assert again == Verification(NOW, NOW + MINUTE)

    @pytest.mark.parametrize(("age", "done"), [(LATE_LOGS - MINUTE, False), (LATE_LOGS, True)])
    def test_after_a_quarter_of_an_hour_is_the_one_for_late_logs(self, age: timedelta, done: bool) -> None:
        assert begin_look(seen(), NOW + age).is_second_done is done


def test_what_is_left_is_told_up_to_five() -> None:
    assert tell_leftovers(("a", "b")) == "Left behind: a, b."
    assert tell_leftovers(tuple("abcdefg")) == "Left behind: a, b, c, d, e and 2 more."
