"""Orphaned: judged by GitHub's word at this moment, and by a clear one only."""

from dataclasses import replace

import pytest

from app.core.environment import Phase
from app.core.finding import Word
from app.core.fleet import Verdict
from app.core.source import SourceKey
from app.rules.orphaned import judge
from tests.builders import a_case, a_desired, a_fleet_stack, an_environment

PULL = SourceKey("acme/shop", pull_request=57)
BRANCH = SourceKey("acme/shop", branch="main")
OTHER = SourceKey("acme/api", pull_request=3)


def test_an_open_pull_request_keeps_it_alive() -> None:
    assert judge(a_case()) is None


def test_a_closed_pull_request_orphans_it() -> None:
    judged = judge(a_case(words={PULL: Word.CLOSED}))
    assert judged
    assert (judged.verdict, judged.doubt, judged.may_act) == (Verdict.UNUSED, None, True)
    assert judged.reason == "Pull request acme/shop#57 is closed, and the stack still stands."
    assert [(each.signal, each.resource) for each in judged.evidence] == [
        ("Invocations", "orders"),
        ("pull request closed", "acme/shop#57"),
    ]


def test_a_branch_that_is_gone_orphans_it() -> None:
    judged = judge(a_case(words={BRANCH: Word.CLOSED}))
    assert judged
    assert judged.reason == "Branch acme/shop@main is gone, and the stack still stands."


def test_one_open_source_of_several_keeps_it_alive() -> None:
    assert judge(a_case(words={PULL: Word.CLOSED, OTHER: Word.OPEN})) is None


def test_one_source_without_a_clear_word_is_enough_not_to_know() -> None:
    judged = judge(a_case(words={PULL: Word.CLOSED, OTHER: Word.UNKNOWN}))
    assert judged
    assert (judged.verdict, judged.may_act) == (Verdict.UNKNOWN, False)
    assert judged.doubt == "GitHub gives no clear word about acme/api#3."


def test_no_source_at_all_says_nothing_while_the_environment_is_wanted() -> None:
    assert judge(a_case(words={})) is None


def test_a_stack_that_stands_without_its_environment_is_orphaned() -> None:
    desired = a_desired(is_wanted=False, why_gone="Pull request acme/shop#57 was closed.")
    judged = judge(a_case(words={}, environment=an_environment(phase=Phase.GONE, desired=desired)))
    assert judged
    assert judged.reason == (
        "Its environment is gone and the stack still stands. Pull request acme/shop#57 was closed."
    )


@pytest.mark.parametrize("phase", [Phase.DELETING, Phase.VERIFYING])
def test_what_is_being_deleted_is_not_flagged(phase: Phase) -> None:
    assert judge(a_case(words={PULL: Word.CLOSED}, environment=an_environment(phase=phase))) is None


def test_a_stack_that_is_in_no_record_is_not_ours_to_judge() -> None:
    case = a_case(words={PULL: Word.CLOSED})
    assert judge(replace(case, record=None)) is None


def test_a_stack_without_our_mark_is_not_ours_to_judge() -> None:
    case = a_case(a_fleet_stack(tags={"mayfly:managed": "another"}), words={PULL: Word.CLOSED})
    assert judge(case) is None


def test_a_stack_whose_tags_could_not_be_read_is_not_ours_to_judge() -> None:
    assert judge(a_case(a_fleet_stack(tags=None), words={PULL: Word.CLOSED})) is None
