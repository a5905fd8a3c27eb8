"""Expired: what the expiry itself did not take away."""

from datetime import timedelta

import pytest

from app.core.environment import Phase
from app.core.fleet import Verdict
from app.rules.expired import judge
from tests.builders import NOW, a_case, an_environment


def test_a_stack_that_outlived_its_time_is_flagged() -> None:
    judged = judge(a_case(environment=an_environment(expires_at=NOW - timedelta(hours=2))))
    assert judged
    assert (judged.verdict, judged.may_act) == (Verdict.UNUSED, True)
    assert judged.reason == "The time of SHOP-42 ended on 2026-03-02 08:00 UTC."


@pytest.mark.parametrize("minutes", [-59, 0, 60], ids=["just now", "now", "ahead"])
def test_its_deletion_has_an_hour_to_begin(minutes: int) -> None:
    assert judge(a_case(environment=an_environment(expires_at=NOW + timedelta(minutes=minutes)))) is None


def test_an_environment_without_an_end_never_expires() -> None:
    assert judge(a_case()) is None


@pytest.mark.parametrize("phase", [Phase.DELETING, Phase.VERIFYING])
def test_what_is_being_deleted_is_not_flagged(phase: Phase) -> None:
    assert judge(a_case(environment=an_environment(expires_at=NOW - timedelta(days=1), phase=phase))) is None


def test_a_stack_that_is_in_no_record_is_not_flagged() -> None:
    assert judge(a_case(record=None, environment=an_environment(expires_at=NOW - timedelta(days=1)))) is None
