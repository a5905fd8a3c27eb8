"""The pace: a short burst, then one a second, first come first served, and nobody during a pause."""

from datetime import timedelta

from tests.builders import NOW
from workers.pace import BURST, SPACE, Pace

SECOND = timedelta(seconds=1)


def test_a_burst_is_borne_and_then_one_a_second() -> None:
    pace = Pace()
    waits = [pace.wait("#previews", str(number), NOW) for number in range(BURST + 3)]
    assert waits == [0 * SPACE] * BURST + [SPACE, 2 * SPACE, 3 * SPACE]


def test_a_turn_is_kept_for_who_comes_back() -> None:
    pace = Pace()
    for number in range(BURST):
        pace.wait("#previews", str(number), NOW)
    assert pace.wait("#previews", "early", NOW) == SECOND
    assert pace.wait("#previews", "late", NOW) == 2 * SECOND
    assert pace.wait("#previews", "early", NOW) == SECOND
    assert pace.wait("#previews", "late", NOW + SECOND) == SECOND
    assert pace.wait("#previews", "early", NOW + SECOND) == timedelta(0)
    assert pace.wait("#previews", "late", NOW + 2 * SECOND) == timedelta(0)


def test_silence_makes_room_for_a_burst_again() -> None:
    pace = Pace()
    for number in range(BURST):
        pace.wait("#previews", str(number), NOW)
    later = NOW + timedelta(minutes=1)
    assert [pace.wait("#previews", str(number), later) for number in range(BURST)] == [timedelta(0)] * BURST


def test_rooms_do_not_hold_each_other_up() -> None:
    pace = Pace()
    for number in range(BURST + 1):
        pace.wait("#previews", str(number), NOW)
    assert pace.wait("#general", "one", NOW) == timedelta(0)


def test_a_pause_holds_for_those_who_wait_and_those_who_come() -> None:
    pace = Pace()
    for number in range(BURST):
        pace.wait("#previews", str(number), NOW)
    pace.wait("#previews", "first", NOW)
    pace.wait("#previews", "second", NOW)
    pace.hold("#previews", NOW + 30 * SECOND)
    assert pace.wait("#previews", "first", NOW) == 30 * SECOND
    assert pace.wait("#previews", "second", NOW) == 31 * SECOND
    assert pace.wait("#previews", "newcomer", NOW) == 32 * SECOND


def test_after_a_pause_in_an_idle_room_the_next_one_speaks_at_its_end() -> None:
    pace = Pace()
    pace.hold("#previews", NOW + 30 * SECOND)
    assert [pace.wait("#previews", who, NOW) for who in ("one", "two")] == [30 * SECOND, 31 * SECOND]
