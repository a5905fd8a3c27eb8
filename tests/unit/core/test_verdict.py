"""One test for each row of the table in `app.core.verdict`."""

from dataclasses import replace

import pytest

from app.core.announcement import Announcement
from app.core.deployment import Outcome
from app.core.environment import Phase
from app.core.verdict import Verdict, judge_commit
from tests.builders import a_source, an_announcement, closed

HERE, HEAD, OLDER = "acme/shop", "c" * 40, "b" * 40


def told(phase: Phase, outcome: Outcome | None = None) -> Announcement:
    """An environment that wants HEAD, the attempt at which stands at `outcome`."""
    outcomes = {} if outcome is None else {HEAD: outcome}
    return an_announcement(phase, wanted=(HERE, HEAD), outcomes=outcomes)


@pytest.mark.parametrize(
    ("phase", "outcome", "verdict"),
    [
        (Phase.READY, Outcome.SUCCEEDED, Verdict.SUCCESS),
        (Phase.BLOCKED, Outcome.FAILED, Verdict.BLOCKED),
        (Phase.FAILED, Outcome.FAILED, Verdict.FAILURE),
        (Phase.QUEUED, Outcome.RUNNING, Verdict.QUEUED),
        (Phase.QUEUED, None, Verdict.QUEUED),
        (Phase.CREATING, Outcome.RUNNING, Verdict.RUNNING),
        (Phase.UPDATING, Outcome.FAILED, Verdict.RUNNING),
    ],
    ids=str,
)
def test_the_wanted_commit(phase: Phase, outcome: Outcome | None, verdict: Verdict) -> None:
    assert judge_commit(told(phase, outcome), HERE, HEAD) is verdict


@pytest.mark.parametrize("phase", [Phase.READY, Phase.FAILED])
@pytest.mark.parametrize("outcome", [None, Outcome.RUNNING], ids=str)
def test_a_commit_that_was_pushed_just_now_is_not_judged_by_the_one_before(
    phase: Phase, outcome: Outcome | None
) -> None:
    assert judge_commit(told(phase, outcome), HERE, HEAD) is Verdict.RUNNING


@pytest.mark.parametrize("outcome", [Outcome.SUCCEEDED, Outcome.FAILED])
def test_of_an_older_commit_that_was_judged_the_word_stands(outcome: Outcome) -> None:
    assert judge_commit(replace(told(Phase.READY), outcomes={OLDER: outcome}), HERE, OLDER) is None


@pytest.mark.parametrize("outcome", [None, Outcome.SUPERSEDED], ids=str)
def test_an_older_commit_that_never_was_is_cancelled(outcome: Outcome | None) -> None:
    outcomes = {} if outcome is None else {OLDER: outcome}
    assert judge_commit(replace(told(Phase.READY), outcomes=outcomes), HERE, OLDER) is Verdict.CANCELLED


def test_an_open_source_whose_environment_was_taken_away_is_told_so() -> None:
    gone = an_announcement(Phase.GONE, wanted=None, outcomes={HEAD: Outcome.SUCCEEDED})
    assert judge_commit(gone, HERE, HEAD) is Verdict.TAKEN_AWAY


def test_of_a_merged_commit_the_success_stands() -> None:
    merged = (closed(a_source()),)
    gone = an_announcement(Phase.GONE, wanted=None, outcomes={HEAD: Outcome.SUCCEEDED}, sources=merged)
    assert judge_commit(gone, HERE, HEAD) is None


def test_the_same_commit_elsewhere_is_another() -> None:
    assert judge_commit(told(Phase.CREATING, Outcome.RUNNING), "acme/till", HEAD) is Verdict.CANCELLED
