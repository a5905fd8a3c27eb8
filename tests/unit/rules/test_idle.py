"""Idle: all signals are silent over the window; not knowing is not silence."""

from datetime import timedelta
from typing import Any

import pytest

from app.core.fleet import Usage, Verdict
from app.core.stack import StackStatus
from app.rules.idle import judge
from tests.builders import NOW, a_case, a_fleet_stack, a_use, unused


def test_a_stack_that_nobody_used_is_idle_and_says_when_it_last_was() -> None:
    judged = judge(a_case(a_fleet_stack(usage=unused(25))))
    assert judged
    assert (judged.verdict, judged.doubt, judged.may_act) == (Verdict.UNUSED, None, True)
    assert judged.reason == ("Nothing in it was used for 14d; last use on 2026-02-05 (orders, Invocations 12).")


def test_a_stack_that_was_never_used_says_so() -> None:
    judged = judge(a_case(a_fleet_stack(usage=Usage(Verdict.UNUSED))))
    assert judged
    assert judged.reason == "Nothing in it was used for 14d; no use of it was seen."


def test_a_used_stack_is_not_idle() -> None:
    assert judge(a_case()) is None


def test_not_knowing_is_undecided_and_never_idle() -> None:
    usage = Usage(Verdict.UNKNOWN, why_unknown="CloudWatch was throttled.")
    judged = judge(a_case(a_fleet_stack(usage=usage)))
    assert judged
    assert (judged.verdict, judged.doubt, judged.may_act) == (Verdict.UNKNOWN, "CloudWatch was throttled.", False)


def test_a_stack_that_only_its_own_schedule_runs_is_told_as_that() -> None:
    judged = judge(a_case(a_fleet_stack(usage=Usage(Verdict.UNUSED, (a_use(0),), is_own_schedule=True))))
    assert judged
    assert judged.reason == "Nothing but its own schedule has run it for 14d."
    assert judged.evidence[-1].signal == "only its own schedule runs it"


@pytest.mark.parametrize(
    "changes",
    [
        {"created_at": NOW - timedelta(days=13)},
        {"updated_at": NOW - timedelta(days=1)},
        {"status": StackStatus.UPDATE_IN_PROGRESS},
        {"status": StackStatus.UPDATE_COMPLETE_CLEANUP_IN_PROGRESS},
        {"status": StackStatus.REVIEW_IN_PROGRESS},
        {"status": StackStatus.UNKNOWN},
    ],
    ids=["younger than the window", "updated in the window", "at work", "clearing up", "never made", "unknown"],
)
@pytest.mark.parametrize("usage", [unused(), Usage()], ids=["unused", "unknown"])
def test_a_silence_that_means_nothing_is_not_flagged(changes: dict[str, Any], usage: Usage) -> None:
    assert judge(a_case(a_fleet_stack(usage=usage, **changes))) is None


def test_a_deployment_within_the_window_is_use() -> None:
    assert judge(a_case(a_fleet_stack(usage=unused()), deployed_at=NOW - timedelta(days=2))) is None


def test_a_strange_stack_is_idle_too_but_not_a_doubt() -> None:
    tags = {"team": "checkout"}
    assert judge(a_case(a_fleet_stack(tags=tags, usage=unused()), record=None, environment=None))
    assert judge(a_case(a_fleet_stack(tags=tags, usage=Usage()), record=None, environment=None)) is None


def test_the_window_is_the_operators() -> None:
    stack = a_fleet_stack(usage=unused(), created_at=NOW - timedelta(days=4))
    judged = judge(a_case(stack, window=timedelta(days=3)))
    assert judged
    assert "used for 3d" in judged.reason
