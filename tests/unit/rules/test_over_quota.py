"""Over quota: beyond a limit, told and never deleted."""

from app.core.fleet import Verdict
from app.rules.over_quota import judge
from tests.builders import a_case

OVER = "ann has 5 environments, 2 more than one person may have."


def test_an_environment_beyond_a_limit_is_told_with_the_limit() -> None:
    judged = judge(a_case(over=OVER))
    assert judged
    assert (judged.reason, judged.verdict, judged.may_act) == (OVER, Verdict.USED, False)


def test_within_the_limits_nothing_is_said() -> None:
    assert judge(a_case()) is None


def test_a_stack_that_is_in_no_record_counts_for_nobody() -> None:
    assert judge(a_case(over=OVER, record=None)) is None
