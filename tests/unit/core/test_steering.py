"""What a mark changes about an environment: one case per cell of the table."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.core.environment import Ending, Environment, Phase
from app.core.lifetime import Lifetime, expires_at
from app.core.mark import Mark, MarkKind
from app.core.steering import Facts, Verdict, apply, hold, name_actor, notes, why_stays_away
from tests.builders import NOW, a_desired, an_environment

DAY = timedelta(days=1)
LATER = NOW + timedelta(hours=5)
OPEN, ALONE = Facts(("acme/shop#57",)), Facts()
TAGGED = Facts(("acme/shop#57",), NOW + 30 * DAY)
STANDS = an_environment(phase=Phase.READY)
CLOSED = "Pull request acme/shop#57 was closed."


def a_mark(kind: str, **changes: Any) -> Mark:
    return Mark(**{"kind": MarkKind(kind), "subject": "SHOP-42", "actor": "ann", "at": LATER, **changes})


def going(ending: Ending, phase: Phase = Phase.DELETING, why: str = CLOSED) -> Environment:
    return an_environment(phase=phase, desired=a_desired(is_wanted=False, ending=ending, why_gone=why))


def judge(kind: str, environment: Environment = STANDS, facts: Facts = OPEN, **changes: Any) -> Verdict:
    return apply(environment, facts, a_mark(kind, **changes), LATER, Lifetime())


class TestDeploy:
    @pytest.mark.parametrize("kind", ["deploy", "retry"])
    def test_what_stands_is_deployed_afresh(self, kind: str) -> None:
        verdict = judge(kind)
        assert (verdict.is_refused, verdict.is_fresh_start, verdict.environment.desired.is_wanted) == (
            False,
            True,
            True,
        )

    @pytest.mark.parametrize("phase", [Phase.DELETING, Phase.GONE, Phase.LEAKED], ids=str)
    @pytest.mark.parametrize("ending", [Ending.DESTROYED, Ending.EXPIRED, Ending.CLOSED], ids=str)
    def test_what_is_gone_is_recalled_while_a_source_is_open(self, ending: Ending, phase: Phase) -> None:
        verdict = judge("deploy", going(ending, phase))
        assert (verdict.is_recalled, verdict.environment.desired.ending) == (True, Ending.RECALLED)

    def test_without_an_open_source_there_is_nothing_to_deploy(self) -> None:
        assert judge("deploy", going(Ending.CLOSED), ALONE).is_refused

    def test_a_retry_of_what_is_to_go_tries_to_let_it_go(self) -> None:
        verdict = judge("retry", going(Ending.CLOSED, Phase.LEAKED))
        assert (verdict.is_refused, verdict.is_fresh_start, verdict.is_recalled) == (False, True, False)

    def test_a_retry_of_what_is_gone_is_refused(self) -> None:
        assert judge("retry", going(Ending.CLOSED, Phase.GONE)).is_refused


class TestDestroy:
    def test_what_stands_goes_for_good_whoever_kept_it(self) -> None:
        kept = replace(STANDS, keep_until=NOW + 9 * DAY, keep_reason="ann keeps it")
        after = judge("destroy", kept, reason="no longer needed").environment
        assert (after.desired.is_wanted, after.desired.ending, after.keep_until) == (False, Ending.DESTROYED, None)
        assert after.desired.why_gone == "ann destroyed it: no longer needed."

    def test_a_closing_becomes_a_destruction(self) -> None:
        assert judge("destroy", going(Ending.CLOSED)).environment.desired.ending is Ending.DESTROYED

    def test_what_expired_stays_away_from_then_on(self) -> None:
        after = judge("destroy", going(Ending.EXPIRED, Phase.GONE)).environment
        assert after.desired.ending is Ending.DESTROYED

    @pytest.mark.parametrize(
        ("environment", "facts"),
        [(going(Ending.DESTROYED), OPEN), (going(Ending.CLOSED, Phase.GONE), ALONE)],
        ids=["destroyed", "gone"],
    )
    def test_what_is_destroyed_or_gone_already_is_refused(self, environment: Environment, facts: Facts) -> None:
        assert judge("destroy", environment, facts).is_refused

    @pytest.mark.parametrize("facts", [OPEN, TAGGED], ids=["kept", "tagged"])
    def test_a_rule_leaves_alone_what_is_kept(self, facts: Facts) -> None:
        kept = replace(STANDS, keep_until=NOW + 9 * DAY) if facts is OPEN else STANDS
        assert judge("destroy", kept, facts, actor="rule:idle").is_refused

    def test_what_a_rule_destroys_comes_back_with_the_next_push(self) -> None:
        after = judge("destroy", actor="rule:idle", reason="Nobody used it.").environment
        assert after.desired.ending is Ending.EXPIRED
        assert after.desired.why_gone == "The rule idle destroyed it: Nobody used it."

    def test_a_secret_in_the_reason_is_not_repeated(self) -> None:
        assert "AKIA" not in judge("destroy", reason="key AKIAABCDEFGHIJKLMNOP").reason


class TestExtend:
    def test_moves_the_end(self) -> None:
        after = judge("extend", span=2 * DAY).environment
        assert expires_at(after, Lifetime()) == NOW + 5 * DAY

    def test_does_not_pass_the_greatest_age_and_says_so(self) -> None:
        verdict = judge("extend", span=90 * DAY)
        assert verdict.environment.extended_until == NOW + 14 * DAY
        assert verdict.reason == "ann extended it until 2026-03-16 10:00 UTC, its greatest age."

    @pytest.mark.parametrize(
        "environment",
        [
            replace(STANDS, extended_until=NOW + 14 * DAY),
            replace(STANDS, keep_until=NOW + 20 * DAY),
            going(Ending.CLOSED),
        ],
        ids=["oldest", "kept longer", "going"],
    )
    def test_is_refused_where_it_changes_nothing(self, environment: Environment) -> None:
        verdict = judge("extend", environment, span=DAY)
        assert (verdict.is_refused, verdict.environment) == (True, environment)


class TestKeep:
    def test_holds_past_the_greatest_age_and_says_who_and_why(self) -> None:
        after = judge("keep", until=NOW + 60 * DAY, reason="demo on Friday").environment
        assert expires_at(after, Lifetime()) == NOW + 60 * DAY
        assert notes(after, OPEN, LATER) == "ann keeps it until 2026-05-01 10:00 UTC: demo on Friday."

    @pytest.mark.parametrize("until", [None, NOW, NOW + 400 * DAY], ids=["never", "past", "too long"])
    def test_wants_a_date_that_comes_within_a_year(self, until: datetime | None) -> None:
        assert judge("keep", until=until).is_refused

    def test_is_refused_for_what_is_going(self) -> None:
        assert judge("keep", going(Ending.CLOSED), until=NOW + DAY).is_refused

    def test_unkeep_ends_it(self) -> None:
        after = judge("unkeep", replace(STANDS, keep_until=NOW + 9 * DAY, keep_reason="x")).environment
        assert (after.keep_until, after.keep_reason) == (None, None)

    @pytest.mark.parametrize(("facts", "word"), [(OPEN, "not kept"), (TAGGED, "tag")], ids=["not kept", "by tag"])
    def test_unkeep_is_refused_without_one(self, facts: Facts, word: str) -> None:
        verdict = judge("unkeep", STANDS, facts)
        assert (verdict.is_refused, word in verdict.reason) == (True, True)


def test_approving_is_for_pull_requests() -> None:
    assert judge("approve", commit="c" * 40).is_refused


@pytest.mark.parametrize(
    ("kind", "more", "is_activity"),
    [
        ("deploy", {}, True),
        ("extend", {"span": DAY}, True),
        ("keep", {"until": NOW + DAY}, True),
        ("extend", {"span": -DAY}, False),
        ("deploy", {"actor": "rule:idle"}, False),
    ],
    ids=["deploy", "extend", "keep", "refused", "rule"],
)
def test_what_people_ask_for_is_activity(kind: str, more: dict[str, Any], is_activity: bool) -> None:
    assert (judge(kind, **more).environment.last_activity_at == LATER) is is_activity


@pytest.mark.parametrize(
    ("actor", "name"),
    [("ann", "ann"), ("cli", "Somebody at the command line"), ("rule:idle", "The rule idle")],
    ids=["person", "cli", "rule"],
)
def test_everybody_has_a_name(actor: str, name: str) -> None:
    assert name_actor(a_mark("deploy", actor=actor)) == name


class TestReturn:
    @pytest.mark.parametrize(
        ("ending", "was_open", "is_pushed", "is_back"),
        [
            (Ending.CLOSED, True, False, True),
            (Ending.RECALLED, True, False, True),
            (Ending.DESTROYED, True, False, False),
            (Ending.DESTROYED, True, True, False),
            (Ending.DESTROYED, False, False, True),
            (Ending.EXPIRED, True, False, False),
            (Ending.EXPIRED, True, True, True),
            (Ending.EXPIRED, False, False, True),
        ],
        ids=[
            "closed",
            "recalled",
            "destroyed, looked at",
            "destroyed, pushed",
            "destroyed, reopened",
            "expired, looked at",
            "expired, pushed",
            "expired, reopened",
        ],
    )
    def test_what_brings_an_environment_back(
        self, ending: Ending, was_open: bool, is_pushed: bool, is_back: bool
    ) -> None:
        why = why_stays_away(going(ending), was_open=was_open, is_pushed=is_pushed)
        assert (why is None) is is_back


class TestHold:
    def test_a_keep_holds_what_is_let_go(self) -> None:
        kept = replace(going(Ending.CLOSED, Phase.READY), keep_until=NOW + DAY, keep_reason="ann keeps it.")
        held = hold(kept, ALONE, LATER)
        assert held.desired.is_wanted
        assert notes(held, ALONE, LATER) == f"{CLOSED} ann keeps it."
        assert not hold(held, ALONE, NOW + DAY).desired.is_wanted

    def test_a_tag_holds_it_too(self) -> None:
        held = hold(going(Ending.CLOSED, Phase.READY), TAGGED, LATER)
        assert notes(held, TAGGED, LATER) == f"{CLOSED} A tag on its stack keeps it."

    @pytest.mark.parametrize(
        ("ending", "phase"),
        [(Ending.DESTROYED, Phase.READY), (Ending.EXPIRED, Phase.READY), (Ending.CLOSED, Phase.DELETING)],
        ids=["destroyed", "expired", "begun"],
    )
    def test_nothing_holds_what_was_destroyed_or_has_begun_to_go(self, ending: Ending, phase: Phase) -> None:
        assert not hold(going(ending, phase), TAGGED, LATER).desired.is_wanted

    def test_what_nobody_let_go_is_left_as_it_is(self) -> None:
        assert hold(STANDS, TAGGED, LATER) == STANDS
