"""From the first sight to the deletion, and back: a named test for each row of the table."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from app.core.finding import Finding, Judgement, Reply, ReplyKind, Rule, State, describe_stack
from app.core.fleet import Verdict
from app.core.reaping import (
    RETRY,
    Mode,
    Opinion,
    Policy,
    Replies,
    advance,
    choose_acts,
    clear,
    most_at_once,
    next_moment,
    notice_of,
    weigh,
)
from tests.builders import NOW, a_case, a_finding

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
IDLE = Judgement(Rule.IDLE, Verdict.UNUSED, "Nothing in it was used for 14d.", may_act=True)
UNKNOWN = Judgement(Rule.IDLE, Verdict.UNKNOWN, "Whether it is used cannot be told.", doubt="CloudWatch was throttled.")
SUBJECT = describe_stack(a_case())
GRACES = {**dict.fromkeys(Rule, DAY), Rule.IDLE: 7 * DAY}


@dataclass
class Days:
    """A finding on its way through the days; `at` is the time since its first sight."""

    mode: Mode = Mode.DESTROY
    judgement: Judgement = IDLE
    opinion: Opinion = field(default_factory=lambda: Opinion(SUBJECT, (IDLE,), is_ours=True))
    finding: Finding | None = None

    def look(
        self, at: timedelta, judgement: Judgement | None = None, replies: Iterable[Reply] = (), kept: str | None = None
    ) -> Finding:
        """One round."""
        now = NOW + at
        opinion = replace(self.opinion, kept=kept)
        policy = Policy(self.mode, GRACES)
        said = judgement or self.judgement
        self.finding = advance(opinion, said, self.finding, weigh(replies, now), policy, now)
        return self.finding


def test_nothing_is_told_of_what_was_seen_once() -> None:
    finding = Days().look(0 * HOUR)
    assert (finding.state, finding.first_seen_at, finding.due_at) == (State.SEEN, NOW, None)


def test_two_rounds_close_together_are_as_one() -> None:
    days = Days()
    days.look(0 * HOUR)
    assert days.look(HOUR - timedelta(seconds=1)).state is State.SEEN


def test_an_hour_later_it_is_flagged_and_gets_its_due_date() -> None:
    days = Days()
    days.look(0 * HOUR)
    finding = days.look(HOUR)
    assert (finding.state, finding.flagged_at, finding.due_at) == (State.FLAGGED, NOW + HOUR, NOW + HOUR + 7 * DAY)


def test_the_due_date_is_set_once() -> None:
    days = Days()
    days.look(0 * HOUR)
    due_at = days.look(HOUR).due_at
    assert days.look(2 * DAY).due_at == due_at
    assert days.look(9 * DAY).due_at == due_at


def test_in_mode_report_nothing_becomes_due() -> None:
    days = Days(mode=Mode.REPORT)
    for at in (0 * DAY, 1 * DAY, 20 * DAY):
        finding = days.look(at)
    assert (finding.state, finding.due_at) == (State.FLAGGED, None)


def test_when_the_mode_is_changed_people_get_the_whole_grace() -> None:
    days = Days(mode=Mode.REPORT)
    days.look(0 * DAY)
    days.look(20 * DAY)
    days.mode = Mode.MARK
    finding = days.look(21 * DAY)
    assert (finding.state, finding.due_at) == (State.FLAGGED, NOW + 28 * DAY)


def test_the_final_notice_comes_a_day_before() -> None:
    days = Days()
    days.look(0 * HOUR)
    days.look(HOUR)
    assert days.look(6 * DAY).state is State.FLAGGED
    finding = days.look(6 * DAY + HOUR)
    assert (finding.state, finding.warned_at) == (State.WARNED, NOW + 6 * DAY + HOUR)


def test_after_the_final_notice_it_is_due() -> None:
    days = Days()
    for at in (0 * HOUR, HOUR, 6 * DAY + HOUR):
        days.look(at)
    assert days.look(7 * DAY).state is State.WARNED
    assert days.look(7 * DAY + HOUR).state is State.DUE


def test_a_final_notice_that_comes_late_still_stands_for_a_day() -> None:
    """The service was down when it was to be given."""
    days = Days()
    days.look(0 * HOUR)
    days.look(HOUR)
    assert days.look(30 * DAY).state is State.WARNED
    assert days.look(31 * DAY - HOUR).state is State.WARNED
    assert days.look(31 * DAY).state is State.DUE


def test_what_holds_nothing_is_due_as_soon_as_it_is_told() -> None:
    days = Days(judgement=replace(IDLE, grace=timedelta(0)))
    days.look(0 * HOUR)
    assert days.look(HOUR).state is State.DUE


def test_what_was_acted_upon_is_being_deleted_and_then_due_again() -> None:
    days = Days()
    for at in (0 * HOUR, HOUR, 6 * DAY + HOUR, 7 * DAY + HOUR):
        finding = days.look(at)
    days.finding = replace(finding, state=State.DELETING, acted_at=NOW + 7 * DAY + HOUR)
    assert days.look(7 * DAY + 2 * HOUR).state is State.DELETING
    assert days.look(7 * DAY + HOUR + RETRY).state is State.DUE


def test_not_knowing_moves_nothing() -> None:
    days = Days()
    days.look(0 * HOUR)
    flagged = days.look(HOUR)
    finding = days.look(30 * DAY, UNKNOWN)
    assert (finding.state, finding.verdict, finding.note) == (State.FLAGGED, Verdict.UNKNOWN, UNKNOWN.doubt)
    assert (finding.due_at, finding.reason) == (flagged.due_at, flagged.reason)
    known_again = days.look(30 * DAY + HOUR)
    assert (known_again.state, known_again.note) == (State.WARNED, None)


def test_what_could_never_be_read_is_undecided_and_counts_for_no_sight() -> None:
    days = Days()
    assert days.look(0 * HOUR, UNKNOWN).state is State.UNDECIDED
    finding = days.look(HOUR, UNKNOWN)
    assert (finding.state, finding.first_seen_at, finding.note) == (State.UNDECIDED, NOW, UNKNOWN.doubt)
    finding = days.look(2 * HOUR)
    assert (finding.state, finding.first_seen_at) == (State.SEEN, NOW + 2 * HOUR)


@pytest.mark.parametrize("at", [HOUR, 6 * DAY + HOUR, 7 * DAY + HOUR], ids=["flagged", "warned", "due"])
def test_what_is_kept_stops_wherever_it_is_and_begins_anew_afterwards(at: timedelta) -> None:
    days = Days()
    days.look(0 * HOUR)
    for moment in (HOUR, 6 * DAY + HOUR, 7 * DAY + HOUR):
        if moment <= at:
            days.look(moment)
    finding = days.look(8 * DAY, kept="Its tag mayfly:keep says so.")
    assert (finding.state, finding.note) == (State.KEPT, "Its tag mayfly:keep says so.")
    finding = days.look(9 * DAY)
    assert (finding.state, finding.due_at, finding.first_seen_at) == (State.SEEN, None, NOW + 9 * DAY)


def test_what_cleared_and_comes_back_begins_anew() -> None:
    days = Days()
    days.look(0 * HOUR)
    days.finding = clear(days.look(HOUR), "It is used again.", NOW + 2 * HOUR)
    assert (days.finding.state, days.finding.note, days.finding.is_open) == (State.CLEARED, "It is used again.", False)
    finding = days.look(3 * DAY)
    assert (finding.state, finding.first_seen_at, finding.due_at) == (State.SEEN, NOW + 3 * DAY, None)


@pytest.mark.parametrize(
    "changes",
    [{"opinion": Opinion(SUBJECT, (IDLE,))}, {"judgement": replace(IDLE, may_act=False)}],
    ids=["not ours", "a rule that never deletes"],
)
def test_what_no_rule_may_delete_never_becomes_due(changes: dict[str, object]) -> None:
    days = Days(**changes)  # type: ignore[arg-type]
    for at in (0 * DAY, DAY, 20 * DAY, 40 * DAY):
        finding = days.look(at)
    assert (finding.state, finding.due_at, finding.may_act) == (State.FLAGGED, None, False)


@pytest.mark.parametrize("verdict", [Verdict.USED, Verdict.UNKNOWN])
def test_what_is_used_or_may_be_is_never_deleted_by_a_rule(verdict: Verdict) -> None:
    days = Days(judgement=replace(IDLE, verdict=verdict))
    days.look(0 * HOUR)
    assert not days.look(HOUR).may_act


def said(kind: ReplyKind, days: float | None = None, **changes: object) -> Reply:
    until = None if days is None else NOW + timedelta(days=days)
    return Reply(**{"kind": kind, "subject": SUBJECT.key, "actor": "ann", "at": NOW, "until": until, **changes})  # type: ignore[arg-type]


def test_only_people_move_the_due_date_and_the_notice_with_it() -> None:
    days = Days()
    for at in (0 * HOUR, HOUR, 6 * DAY + HOUR):
        days.look(at)
    finding = days.look(7 * DAY, replies=[said(ReplyKind.EXTEND, 14)])
    assert (finding.state, finding.due_at, finding.warned_at) == (State.FLAGGED, NOW + 14 * DAY, None)
    assert days.look(13 * DAY).state is State.WARNED
    assert days.look(14 * DAY).state is State.DUE


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (ReplyKind.KEEP, "ann keeps it until 2026-03-09 10:00 UTC: the demo."),
        (ReplyKind.IGNORE, "ann ignores it until 2026-03-09 10:00 UTC: the demo."),
    ],
)
def test_a_keep_holds_until_its_date(kind: ReplyKind, told: str) -> None:
    reply = said(kind, 7, reason="the demo")
    assert weigh([reply], NOW).kept == told
    assert weigh([reply], NOW + 7 * DAY).kept is None


def test_not_ours_holds_for_ever() -> None:
    assert weigh([said(ReplyKind.NOT_OURS)], NOW + 999 * DAY).kept == "ann says that it is not ours."


def test_the_last_word_of_a_kind_counts() -> None:
    replies = [said(ReplyKind.KEEP, 7, at=NOW), said(ReplyKind.KEEP, 1, at=NOW + HOUR)]
    assert weigh(replies, NOW + 2 * DAY) == Replies()


def due(number: int, **changes: Any) -> Finding:
    subject = replace(SUBJECT, key=f"arn:{number}", cost_per_month=float(number))
    return a_finding(state=State.DUE, **{"subject": subject, **changes})


DESTROY = Policy(Mode.DESTROY, GRACES)


def test_the_most_expensive_go_first_and_never_many_at_once() -> None:
    acts = choose_acts([due(number) for number in range(8)], 100, DESTROY, is_working_time=True)
    assert [each.subject.key for each in acts.now] == ["arn:7", "arn:6", "arn:5", "arn:4", "arn:3"]
    assert (len(acts.held), acts.is_broken) == (3, False)


def test_the_breaker_holds_everything_where_too_many_are_due_at_once() -> None:
    findings = [due(number) for number in range(21)]
    acts = choose_acts(findings, 100, DESTROY, is_working_time=True)
    assert (acts.now, len(acts.held), acts.is_broken) == ((), 21, True)
    assert acts.why_held == (
        "21 became due at once, more than 20 of 100 looked at; nothing is deleted before somebody confirms."
    )
    confirmed = choose_acts(findings, 100, DESTROY, is_working_time=True, is_confirmed=True)
    assert (len(confirmed.now), confirmed.is_broken) == (5, False)


@pytest.mark.parametrize(("looked_at", "most"), [(0, 10), (49, 10), (50, 10), (100, 20), (1000, 200)])
def test_the_breaker_is_a_fifth_or_ten(looked_at: int, most: int) -> None:
    assert most_at_once(looked_at) == most
    assert not choose_acts([due(n) for n in range(most)], looked_at, DESTROY, is_working_time=True).is_broken
    assert choose_acts([due(n) for n in range(most + 1)], looked_at, DESTROY, is_working_time=True).is_broken


def test_outside_of_working_hours_nothing_is_deleted() -> None:
    acts = choose_acts([due(1)], 100, DESTROY, is_working_time=False)
    assert (acts.now, acts.why_held) == ((), "They wait for working hours.")


@pytest.mark.parametrize("mode", [Mode.REPORT, Mode.MARK])
def test_only_mode_destroy_deletes(mode: Mode) -> None:
    assert choose_acts([due(1)], 100, Policy(mode, GRACES), is_working_time=True).now == ()


@pytest.mark.parametrize("state", [each for each in State if each is not State.DUE])
def test_only_what_is_due_is_deleted(state: State) -> None:
    assert choose_acts([replace(due(1), state=state)], 9, DESTROY, is_working_time=True).now == ()


def test_what_no_rule_may_delete_is_not_deleted_although_it_is_due() -> None:
    assert choose_acts([due(1, may_act=False)], 100, DESTROY, is_working_time=True).now == ()


def test_the_rule_that_speaks_is_the_first_that_is_certain() -> None:
    orphaned = replace(IDLE, rule=Rule.ORPHANED)
    assert Opinion(SUBJECT, (IDLE, orphaned)).leading is orphaned
    assert Opinion(SUBJECT, (IDLE, replace(orphaned, doubt="GitHub is down."))).leading is IDLE
    assert Opinion(SUBJECT).leading is None


def test_the_next_round_comes_when_a_notice_or_a_deletion_is_due() -> None:
    flagged = a_finding(state=State.FLAGGED, due_at=NOW + 5 * DAY)
    warned = a_finding(state=State.WARNED, due_at=NOW + 5 * DAY)
    assert next_moment([flagged], DESTROY) == NOW + 4 * DAY
    assert next_moment([warned], DESTROY) == NOW + 5 * DAY
    assert next_moment([flagged, warned], DESTROY) == NOW + 4 * DAY
    assert next_moment([a_finding(state=State.SEEN), replace(flagged, state=State.KEPT)], DESTROY) is None


@pytest.mark.parametrize(("grace", "notice"), [(7 * DAY, DAY), (2 * DAY, DAY), (DAY, DAY / 2), (0 * DAY, 0 * DAY)])
def test_a_notice_is_a_day_or_half_the_grace(grace: timedelta, notice: timedelta) -> None:
    assert notice_of(grace) == notice
