"""What the signals of a stack add up to: a named case for each row of the table."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.core.fleet import Evidence, Usage, Verdict
from app.core.usage import (
    DEPLOYED,
    Reading,
    Window,
    is_explained,
    is_settled,
    judge_loose,
    judge_stack,
    last_use,
    most_per_day,
)

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
WINDOW = Window(NOW, timedelta(days=14))
OLD = NOW - timedelta(days=60)


def day(ago: int) -> datetime:
    return datetime(2026, 11, 24, tzinfo=UTC) - timedelta(days=ago)


def a_reading(ago: int | None = None, value: float = 3, **changes: Any) -> Reading:
    used = {} if ago is None else {"last_used_at": day(ago), "value": value}
    return Reading(**{"signal": "Lambda Invocations", "resource": "checkout", **used, **changes})


def verdict(*readings: Reading, **changes: Any) -> Verdict:
    return judge_stack(readings, WINDOW, **{"created_at": OLD, **changes}).verdict


class TestTheVerdictOnAStack:
    def test_deployed_in_the_window_is_used(self) -> None:
        usage = judge_stack([a_reading()], WINDOW, OLD, updated_at=NOW - timedelta(days=2))
        assert usage.verdict is Verdict.USED
        assert usage.evidence[0] == Evidence(DEPLOYED, "stack", NOW - timedelta(days=2))

    def test_created_in_the_window_is_used(self) -> None:
        assert verdict(a_reading(), created_at=NOW - timedelta(days=13)) is Verdict.USED

    def test_a_use_in_the_window_is_used(self) -> None:
        assert verdict(a_reading(), a_reading(3)) is Verdict.USED

    def test_a_use_counts_although_another_signal_could_not_be_read(self) -> None:
        assert verdict(a_reading(3), a_reading(fault="CloudWatch: Rate exceeded")) is Verdict.USED

    def test_a_signal_that_could_not_be_read_leaves_it_unknown(self) -> None:
        usage = judge_stack([a_reading(), a_reading(fault="CloudWatch: Rate exceeded")], WINDOW, OLD)
        assert (usage.verdict, usage.why_unknown) == (Verdict.UNKNOWN, "CloudWatch: Rate exceeded")

    def test_a_resource_that_nobody_can_tell_about_leaves_it_unknown(self) -> None:
        assert verdict(a_reading(), unread=["AWS::EMR::Cluster has no signal."]) is Verdict.UNKNOWN

    def test_a_stack_without_any_signal_is_unknown(self) -> None:
        assert verdict() is Verdict.UNKNOWN

    def test_a_stack_of_unknown_age_is_unknown(self) -> None:
        assert verdict(a_reading(), created_at=None) is Verdict.UNKNOWN

    def test_only_its_own_schedule_is_unused_and_says_so(self) -> None:
        usage = judge_stack([a_reading(0, is_scheduled=True), a_reading()], WINDOW, OLD)
        assert (usage.verdict, usage.is_own_schedule) == (Verdict.UNUSED, True)

    def test_a_use_beside_its_own_schedule_is_a_use(self) -> None:
        usage = judge_stack([a_reading(0, is_scheduled=True), a_reading(1)], WINDOW, OLD)
        assert (usage.verdict, usage.is_own_schedule) == (Verdict.USED, False)

    def test_no_use_at_all_is_unused(self) -> None:
        assert verdict(a_reading(), a_reading(25)) is Verdict.UNUSED

    def test_a_quiet_dead_letter_queue_adds_nothing_to_a_stack_in_use(self) -> None:
        assert verdict(a_reading(1), a_reading(resource="orders-dlq", signal="SQS received")) is Verdict.USED


class TestTheEdgeOfTheWindow:
    def test_the_day_that_it_covers_in_part_counts_whole(self) -> None:
        assert verdict(a_reading(14)) is Verdict.USED

    def test_the_day_before_does_not_count(self) -> None:
        assert verdict(a_reading(15)) is Verdict.UNUSED


class TestEvidence:
    def test_the_newest_use_comes_first_then_the_greatest(self) -> None:
        usage = judge_stack([a_reading(), a_reading(9, 100), a_reading(2, 1), a_reading(2, 12)], WINDOW, OLD)
        assert [(each.last_used_at, each.value) for each in usage.evidence] == [
            (day(2), 12),
            (day(2), 1),
            (day(9), 100),
            (None, None),
        ]

    def test_an_idle_stack_tells_of_its_last_use_before_the_window(self) -> None:
        usage = judge_stack([a_reading(), a_reading(25, 12)], WINDOW, OLD)
        assert usage.evidence[0] == Evidence("Lambda Invocations", "checkout", day(25), 12)


class TestALooseResource:
    def test_its_birth_in_the_window_is_no_use_but_leaves_it_unknown(self) -> None:
        assert judge_loose([a_reading()], WINDOW, NOW - timedelta(days=1)).verdict is Verdict.UNKNOWN

    def test_without_use_over_the_window_it_is_unused(self) -> None:
        assert judge_loose([a_reading()], WINDOW, OLD).verdict is Verdict.UNUSED


class TestWhatIsRemembered:
    def test_a_use_in_the_window_need_not_be_asked_about_again(self) -> None:
        assert is_settled(Evidence("s", "r", day(14)), WINDOW)

    @pytest.mark.parametrize(
        "known", [None, Evidence("s", "r", day(15)), Evidence("s", "r")], ids=["-", "old", "never"]
    )
    def test_anything_else_is_asked_about(self, known: Evidence | None) -> None:
        assert not is_settled(known, WINDOW)

    def test_a_deployment_is_not_remembered_as_use(self) -> None:
        usage = judge_stack([a_reading(3)], WINDOW, NOW - timedelta(days=2))
        assert last_use(usage) == Evidence("Lambda Invocations", "checkout", day(3), 3)
        assert last_use(judge_stack([], WINDOW, NOW)) is None

    def test_what_is_not_used_leaves_nothing_to_remember(self) -> None:
        assert last_use(Usage(Verdict.UNUSED, (Evidence("s", "r", day(25), 1),))) is None


@pytest.mark.parametrize(
    ("expression", "runs"),
    [
        ("rate(5 minutes)", 288),
        ("rate(1 minute)", 1440),
        ("rate(7 minutes)", 206),
        ("rate(2 hours)", 12),
        ("rate(3 days)", 1),
        ("cron(0 8 * * ? *)", 1),
        ("cron(0/15 8-17 ? * MON-FRI *)", 40),
        ("cron(5,35 * * * ? *)", 48),
        ("cron(*/10 0 * * ? *)", 6),
        ("at(2026-11-24T08:00:00)", 1),
        ("rate(0 minutes)", None),
        ("cron(0 L * * ? *)", None),
        ("every full moon", None),
    ],
)
def test_a_schedule_says_how_often_it_runs_at_most(expression: str, runs: int | None) -> None:
    assert most_per_day(expression) == runs


class TestWhatASchedulesExplains:
    def test_no_more_than_it_runs(self) -> None:
        assert is_explained({day(1): 288, day(2): 280}, [288])

    def test_one_invocation_more_is_a_use(self) -> None:
        assert not is_explained({day(1): 289}, [288])

    def test_schedules_add_up(self) -> None:
        assert is_explained({day(1): 289}, [288, 1])

    def test_without_a_schedule_nothing_is(self) -> None:
        assert not is_explained({day(1): 1}, [])

    def test_a_schedule_that_cannot_be_read_explains_nothing(self) -> None:
        assert not is_explained({day(1): 1}, [288, None])
