"""When an environment goes by itself, and what is said before."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.core.lifetime import (
    Lifetime,
    add_business_time,
    expires_at,
    next_moment,
    parse_until,
    parse_workdays,
    warning,
    why_expired,
)
from tests.builders import NOW, a_desired, an_environment

BERLIN = ZoneInfo("Europe/Berlin")
WEEKDAYS = frozenset(range(5))
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LIFETIME = Lifetime()
MONDAY = NOW


def on(day: int, hour: int = 0, minute: int = 0, month: int = 3) -> datetime:
    """A moment of March 2026, whose 2nd is a Monday."""
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


class TestBusinessTime:
    @pytest.mark.parametrize(
        ("since", "span", "end"),
        [
            (on(6, 17), 3 * DAY, on(11, 17)),
            (on(2, 10), 3 * DAY, on(5, 10)),
            (on(7, 12), 3 * DAY, on(12)),
            (on(8, 23), HOUR, on(9, 1)),
            (on(6, 23), 2 * HOUR, on(9, 1)),
            (on(2, 10), 10 * DAY, on(16, 10)),
            (on(6, 0), DAY, on(7, 0)),
        ],
        ids=[
            "friday to wednesday",
            "within a week",
            "from a saturday",
            "a sunday",
            "an hour",
            "two weeks",
            "whole day",
        ],
    )
    def test_only_hours_of_workdays_count(self, since: datetime, span: timedelta, end: datetime) -> None:
        assert add_business_time(since, span, WEEKDAYS, UTC) == end

    def test_many_weeks_are_as_quick_as_few(self) -> None:
        assert add_business_time(on(2), 5 * 1000 * DAY, WEEKDAYS, UTC) == on(2) + 7000 * DAY - 2 * DAY

    def test_days_begin_where_the_people_are(self) -> None:
        friday_late = datetime(2026, 3, 6, 23, 30, tzinfo=UTC)  # Saturday in Berlin
        assert add_business_time(friday_late, DAY, WEEKDAYS, BERLIN) == datetime(2026, 3, 9, 23, 0, tzinfo=UTC)

    def test_the_hour_on_the_wall_stays_when_the_clock_is_changed(self) -> None:
        friday = datetime(2026, 3, 27, 16, 0, tzinfo=UTC)  # 17:00 in Berlin, two days before summer time
        assert add_business_time(friday, 3 * DAY, WEEKDAYS, BERLIN).astimezone(BERLIN).hour == 17

    def test_every_day_may_be_a_workday(self) -> None:
        assert add_business_time(on(6, 17), 3 * DAY, frozenset(range(7)), UTC) == on(9, 17)


@pytest.mark.parametrize(
    ("text", "days"),
    [("mon-fri", {0, 1, 2, 3, 4}), ("sun-thu", {6, 0, 1, 2, 3}), ("Mon, wed", {0, 2}), ("sat", {5})],
    ids=["week", "over the end", "list", "one"],
)
def test_workdays_are_read(text: str, days: set[int]) -> None:
    assert parse_workdays(text) == days


@pytest.mark.parametrize(
    "text", ["", "monday", "mon-", "mon-xyz", "1-5"], ids=["empty", "long", "open", "odd", "digits"]
)
def test_what_names_no_days_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write them like mon-fri"):
        parse_workdays(text)


class TestEnd:
    @pytest.mark.parametrize(
        ("changes", "end"),
        [
            ({}, MONDAY + 3 * DAY),
            ({"last_activity_at": MONDAY + DAY}, MONDAY + 4 * DAY),
            ({"extended_until": MONDAY + 6 * DAY}, MONDAY + 6 * DAY),
            ({"extended_until": MONDAY + 2 * DAY}, MONDAY + 3 * DAY),
            ({"extended_until": MONDAY + 30 * DAY}, MONDAY + 14 * DAY),
            ({"last_activity_at": MONDAY + 13 * DAY}, MONDAY + 14 * DAY),
            ({"keep_until": MONDAY + 30 * DAY}, MONDAY + 30 * DAY),
            ({"keep_until": MONDAY + DAY}, MONDAY + 3 * DAY),
        ],
        ids=["idle", "activity", "extended", "not shortened", "extended too far", "oldest", "kept", "short keep"],
    )
    def test_the_end_is_the_first_of_idle_and_age_and_never_before_a_keep(
        self, changes: dict[str, Any], end: datetime
    ) -> None:
        assert expires_at(an_environment(**changes), LIFETIME) == end

    @pytest.mark.parametrize(
        ("desired", "end"),
        [({"idle": "1d"}, DAY), ({"idle": "9d"}, 3 * DAY), ({"longest": "2d"}, 2 * DAY), ({"longest": "90d"}, 3 * DAY)],
        ids=["shorter idle", "longer idle", "shorter age", "longer age"],
    )
    def test_a_repository_can_shorten_and_not_lengthen(self, desired: dict[str, str], end: timedelta) -> None:
        assert expires_at(an_environment(desired=a_desired(**desired)), LIFETIME) == MONDAY + end

    @pytest.mark.parametrize(
        ("changes", "why"),
        [
            ({}, "Nobody worked with it since 2026-03-02 10:00 UTC, for 3d of workdays."),
            ({"extended_until": MONDAY + 6 * DAY}, "It was extended until 2026-03-08 10:00 UTC."),
            ({"last_activity_at": MONDAY + 13 * DAY}, "It reached its greatest age, 14d."),
            ({"keep_until": MONDAY + 30 * DAY}, "It was kept until 2026-04-01 10:00 UTC."),
        ],
        ids=["idle", "extended", "oldest", "kept"],
    )
    def test_the_reason_names_what_ended_it(self, changes: dict[str, Any], why: str) -> None:
        assert why_expired(an_environment(**changes), LIFETIME) == why


class TestWarnings:
    @pytest.mark.parametrize(
        ("before_end", "span"),
        [(25 * HOUR, None), (24 * HOUR, 24 * HOUR), (3 * HOUR, 24 * HOUR), (2 * HOUR, 2 * HOUR), (HOUR, 2 * HOUR)],
        ids=["early", "a day", "hours", "two hours", "an hour"],
    )
    def test_the_nearest_that_is_due_is_told(self, before_end: timedelta, span: timedelta | None) -> None:
        notice = warning(an_environment(), LIFETIME, MONDAY + 3 * DAY - before_end)
        assert (notice.span if notice else None) == span

    def test_after_the_end_there_is_nothing_to_warn_of(self) -> None:
        assert warning(an_environment(), LIFETIME, MONDAY + 3 * DAY) is None

    def test_one_that_would_be_said_at_birth_is_none(self) -> None:
        short = Lifetime(idle=12 * HOUR)
        assert warning(an_environment(), short, MONDAY + HOUR) is None
        assert warning(an_environment(), short, MONDAY + 11 * HOUR) is not None

    def test_it_says_what_helps(self) -> None:
        notice = warning(an_environment(), LIFETIME, MONDAY + 3 * DAY - HOUR)
        assert notice is not None
        assert notice.text == (
            "SHOP-42 goes by itself at 2026-03-05 10:00 UTC, in less than 2h; "
            "a push, `/mayfly extend 1d` or `/mayfly keep` prevents it."
        )

    def test_at_the_greatest_age_only_a_keep_helps(self) -> None:
        old = an_environment(last_activity_at=MONDAY + 13 * DAY)
        notice = warning(old, LIFETIME, MONDAY + 14 * DAY - HOUR)
        assert notice is not None
        assert notice.text.endswith("in less than 2h; `/mayfly keep` holds it.")

    def test_the_next_moment_is_the_next_warning_then_the_end(self) -> None:
        moments = [MONDAY, MONDAY + 2 * DAY, MONDAY + 3 * DAY - 2 * HOUR, MONDAY + 3 * DAY]
        waits = [next_moment(an_environment(), LIFETIME, moment) for moment in moments]
        assert waits == [2 * DAY, 22 * HOUR, 2 * HOUR, timedelta(0)]


class TestDates:
    @pytest.mark.parametrize(
        ("text", "until"),
        [
            ("2026-03-09", on(9, 23)),
            ("2026-03-09T08:00", on(9, 7)),
            ("2026-03-09T08:00Z", on(9, 8)),
            ("7d", NOW + 7 * DAY),
        ],
        ids=["day", "local time", "utc", "span"],
    )
    def test_a_date_holds_to_the_end_of_its_day_where_the_people_are(self, text: str, until: datetime) -> None:
        assert parse_until(text, NOW, BERLIN) == until

    @pytest.mark.parametrize(
        "text", ["soon", "", "2026-13-01", "9999-12-31"], ids=["word", "empty", "month", "end of time"]
    )
    def test_anything_else_is_refused_with_what_to_write(self, text: str) -> None:
        with pytest.raises(ValueError, match="write it like 2026-12-24"):
            parse_until(text, NOW, UTC)
