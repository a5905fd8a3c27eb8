"""A round's findings: a named test for each row of the table."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from app.core.docket import GONE, HIDDEN, Docket
from app.core.finding import Finding, Judgement, Reply, ReplyKind, Rule, State, describe_stack
from app.core.fleet import Verdict
from app.core.reaping import Mode, Opinion, Policy
from tests.builders import NOW, REGION, a_case, a_finding

SUBJECT = describe_stack(a_case())
IDLE = Judgement(Rule.IDLE, Verdict.UNUSED, "Nothing in it was used for 14d.", may_act=True)
ORPHANED = Judgement(Rule.ORPHANED, Verdict.UNUSED, "Pull request acme/shop#57 is closed.", may_act=True)
IN_DOUBT = replace(ORPHANED, verdict=Verdict.UNKNOWN, doubt="GitHub gives no clear word.")
POLICY = Policy(Mode.MARK, dict.fromkeys(Rule, timedelta(days=1)))


def settle(opinions: Sequence[Opinion], before: Sequence[Finding] = (), **changes: Any) -> list[Finding]:
    values: dict[str, Any] = {
        "replies": {},
        "whole": frozenset({("default", REGION)}),
        "over": dict.fromkeys(Rule, "It is not true any more."),
        "policy": POLICY,
        "now": NOW,
    }
    return Docket(before, **{**values, **changes}).settle(opinions)


def opinion(*judgements: Judgement) -> Opinion:
    return Opinion(SUBJECT, judgements, is_ours=True)


def test_the_rule_that_speaks_makes_a_finding() -> None:
    (found,) = settle([opinion(IDLE, ORPHANED)])
    assert (found.rule, found.state, found.reason) == (Rule.ORPHANED, State.SEEN, ORPHANED.reason)


def test_it_goes_on_from_the_finding_before() -> None:
    (found,) = settle([opinion(IDLE)], [a_finding(Rule.IDLE, State.SEEN)])
    assert (found.state, found.due_at) == (State.FLAGGED, NOW + timedelta(days=1))


def test_a_rule_in_doubt_freezes_its_finding_and_hides_no_other() -> None:
    before = a_finding(Rule.ORPHANED, State.FLAGGED)
    orphaned, idle = settle([opinion(IN_DOUBT, IDLE)], [before])
    assert (orphaned.rule, orphaned.state, orphaned.verdict) == (Rule.ORPHANED, State.FLAGGED, Verdict.UNKNOWN)
    assert (idle.rule, idle.state) == (Rule.IDLE, State.SEEN)


def test_a_doubt_alone_is_told_as_one() -> None:
    (found,) = settle([opinion(IN_DOUBT)])
    assert (found.state, found.note) == (State.UNDECIDED, "GitHub gives no clear word.")


def test_a_finding_gives_way_to_a_rule_that_speaks_first() -> None:
    idle, orphaned = sorted(settle([opinion(IDLE, ORPHANED)], [a_finding(Rule.IDLE)]), key=lambda each: each.rule)
    assert (idle.state, idle.note) == (State.CLEARED, "It is told as orphaned now.")
    assert orphaned.state is State.SEEN


def test_what_is_not_true_any_more_clears_with_the_reason() -> None:
    (found,) = settle([opinion()], [a_finding(Rule.IDLE)])
    assert (found.state, found.note, found.cleared_at) == (State.CLEARED, "It is not true any more.", NOW)


def test_what_is_not_there_any_more_is_gone() -> None:
    (found,) = settle([], [a_finding(Rule.IDLE, State.DELETING)])
    assert (found.state, found.note) == (State.CLEARED, GONE)


def test_what_could_not_be_looked_at_stays_as_it_was() -> None:
    before = a_finding(Rule.IDLE, State.WARNED)
    (found,) = settle([], [before], whole=frozenset())
    assert (found.state, found.verdict, found.note) == (State.WARNED, Verdict.UNKNOWN, HIDDEN)


def test_what_cleared_before_is_no_concern_of_this_round() -> None:
    assert settle([], [a_finding(Rule.IDLE, State.CLEARED)]) == []


def test_what_people_said_holds_for_every_rule() -> None:
    said = Reply(ReplyKind.NOT_OURS, SUBJECT.key, "ann", NOW)
    (found,) = settle([opinion(ORPHANED)], replies={SUBJECT.key: [said]})
    assert (found.state, found.note) == (State.KEPT, "ann says that it is not ours.")
