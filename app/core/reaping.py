"""Reaping: what becomes of a judgement over the days, from the first sight to the deletion.

| before             | now                                                       | state     |
|--------------------|-----------------------------------------------------------|-----------|
| nothing            | what the rule needs to know could not be read             | undecided |
| undecided          | the same                                                  | undecided |
| seen or later      | it could not be read                                      | as before |
| nothing, undecided | judged                                                    | seen      |
| seen               | judged again less than AGAIN later                        | seen      |
| seen               | judged again AGAIN later or more                          | flagged   |
| flagged            | no due date: mode `report`, or a rule that never deletes  | flagged   |
| flagged            | the final notice's time has not come                      | flagged   |
| flagged            | it has                                                    | warned    |
| warned             | due, and the notice stood long enough                     | due       |
| due                | acted upon                                                | deleting  |
| deleting           | still there RETRY later                                   | due       |
| any                | somebody or something keeps it                            | kept      |
| kept               | nobody does any more                                      | seen      |
| any                | its rule has nothing to say any more, or it is gone       | cleared   |

A due date is set once, when people are first told of it, and only people move it. Every state is decided from a fresh
look, so what is due was checked a moment before; a finding that stopped being true clears itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from app.core.finding import Finding, Judgement, Reply, ReplyKind, Rule, State, Subject, finding_id
from app.core.fleet import Verdict

AGAIN = timedelta(hours=1)
"""Two rounds that far apart must agree before anybody is told."""
NOTICE = timedelta(hours=24)
"""The longest that a final notice precedes what it announces; half the grace where that is shorter."""
RETRY = timedelta(hours=6)
"""What is still there so long after it was acted upon is due again."""
FEWEST = 10
SHARE = 0.2
"""The breaker: a round acts on at most this share of what it looked at, or the fewest, whichever is more."""
MOST_ACTS = 5
"""The pace: so many in one round, the rest in the next; API Gateway, for one, deletes one API in 30 seconds
(https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html)."""


class Mode(StrEnum):
    """What the reaper may do: tell, set due dates, or act upon them."""

    REPORT = "report"
    MARK = "mark"
    DESTROY = "destroy"


@dataclass(frozen=True)
class Policy:
    """What the operator allows. `graces` is for each rule how long people have."""

    mode: Mode
    graces: Mapping[Rule, timedelta]


@dataclass(frozen=True)
class Opinion:
    """What all rules together say of one subject in a round. `kept` is why it is never deleted, `is_ours` whether a
    rule may delete it at all.
    """

    subject: Subject
    judgements: tuple[Judgement, ...] = ()
    kept: str | None = None
    is_ours: bool = False

    @property
    def leading(self) -> Judgement | None:
        """The judgement that speaks for the subject: the first that is certain, else the first of all."""
        order = list(Rule)
        ranked = sorted(self.judgements, key=lambda each: (each.doubt is not None, order.index(each.rule)))
        return ranked[0] if ranked else None


@dataclass(frozen=True)
class Replies:
    """What people said of one subject, as far as it holds now."""

    kept: str | None = None
    extended_until: datetime | None = None
    delete: Reply | None = None


def weigh(replies: Iterable[Reply], now: datetime) -> Replies:
    """What holds of all that was said; the last word of each kind counts."""
    last = {reply.kind: reply for reply in sorted(replies, key=lambda reply: reply.at)}
    holding = {kind: reply for kind, reply in last.items() if reply.until is None or reply.until > now}
    extended = last.get(ReplyKind.EXTEND)
    return Replies(
        kept=next((_tell_reply(holding[kind]) for kind in _KEEPING if kind in holding), None),
        extended_until=extended.until if extended else None,
        delete=last.get(ReplyKind.DELETE),
    )


_KEEPING = (ReplyKind.NOT_OURS, ReplyKind.KEEP, ReplyKind.IGNORE)
_SAID = {ReplyKind.NOT_OURS: "says that it is not ours", ReplyKind.KEEP: "keeps it", ReplyKind.IGNORE: "ignores it"}


def _tell_reply(reply: Reply) -> str:
    until = f" until {reply.until:%Y-%m-%d %H:%M} UTC" if reply.until else ""
    because = f": {reply.reason}" if reply.reason else ""
    return f"{reply.actor} {_SAID[reply.kind]}{until}{because}."


def advance(
    opinion: Opinion, judgement: Judgement, before: Finding | None, replies: Replies, policy: Policy, now: datetime
) -> Finding:
    """The finding as it stands after this round, by the table above."""
    if judgement.doubt is not None:
        return _freeze(opinion, judgement, before, now)
    known = before if before and before.state not in (State.UNDECIDED, State.CLEARED) else None
    current = _refresh(opinion, judgement, known, now)
    kept = opinion.kept or replies.kept
    if kept is not None:
        return replace(current, state=State.KEPT, note=kept)
    if known is None or known.state is State.KEPT:
        return replace(current, state=State.SEEN, first_seen_at=now, flagged_at=None, warned_at=None, due_at=None)
    return _step(current, known, replies, policy, now, _grace_of(judgement, policy))


def _freeze(opinion: Opinion, judgement: Judgement, before: Finding | None, now: datetime) -> Finding:
    """Not knowing moves nothing: an older finding stays as it was, with the doubt beside it."""
    if before is None or before.state in (State.UNDECIDED, State.CLEARED):
        first_seen_at = before.first_seen_at if before and before.state is State.UNDECIDED else now
        fresh = replace(_refresh(opinion, judgement, None, now), first_seen_at=first_seen_at)
        return replace(fresh, state=State.UNDECIDED, note=judgement.doubt)
    return replace(before, verdict=Verdict.UNKNOWN, note=judgement.doubt)


def _refresh(opinion: Opinion, judgement: Judgement, before: Finding | None, now: datetime) -> Finding:
    """The finding with today's facts and yesterday's dates."""
    fresh = Finding(
        id=finding_id(judgement.rule, opinion.subject.key),
        subject=opinion.subject,
        rule=judgement.rule,
        verdict=judgement.verdict,
        state=State.SEEN,
        reason=judgement.reason,
        first_seen_at=now,
        last_seen_at=now,
        evidence=judgement.evidence,
        may_act=judgement.may_act and opinion.is_ours and judgement.verdict is Verdict.UNUSED,
    )
    if before is None:
        return fresh
    kept = {name: getattr(before, name) for name in _DATES}
    return replace(fresh, state=before.state, **kept)


_DATES = ("first_seen_at", "flagged_at", "due_at", "warned_at", "acted_at")


def _step(
    current: Finding, known: Finding, replies: Replies, policy: Policy, now: datetime, grace: timedelta
) -> Finding:
    """One step on the way from seen to due."""
    if known.flagged_at is None and now - known.first_seen_at < AGAIN:
        return replace(current, state=State.SEEN)
    flagged = replace(current, state=State.FLAGGED, flagged_at=known.flagged_at or now)
    if policy.mode is Mode.REPORT or not flagged.may_act:
        return flagged
    due_at = max(filter(None, (known.due_at or now + grace, replies.extended_until)))
    flagged = replace(flagged, due_at=due_at)
    is_under_way = known.state is State.DELETING and known.acted_at is not None
    if is_under_way and now - (known.acted_at or now) < RETRY:
        return replace(flagged, state=State.DELETING)
    notice = notice_of(grace)
    if now < due_at - notice:
        return replace(flagged, warned_at=None)
    warned = replace(flagged, state=State.WARNED, warned_at=known.warned_at or now)
    if now >= due_at and warned.warned_at is not None and now - warned.warned_at >= notice:
        return replace(warned, state=State.DUE)
    return warned


def notice_of(grace: timedelta) -> timedelta:
    """How long the final notice stands at least."""
    return min(NOTICE, grace / 2)


def _grace_of(judgement: Judgement, policy: Policy) -> timedelta:
    return policy.graces[judgement.rule] if judgement.grace is None else judgement.grace


def clear(before: Finding, reason: str, now: datetime) -> Finding:
    """The finding, which is not true any more."""
    return replace(before, state=State.CLEARED, note=reason, cleared_at=now)


@dataclass(frozen=True)
class Acts:
    """What a round does with what is due: `now`, and what it holds back and why."""

    now: tuple[Finding, ...] = ()
    held: tuple[Finding, ...] = ()
    why_held: str | None = None
    is_broken: bool = False


def choose_acts(
    findings: Sequence[Finding], looked_at: int, policy: Policy, *, is_working_time: bool, is_confirmed: bool = False
) -> Acts:
    """Those of the due findings that are acted upon in this round, the most expensive first."""
    due = sorted((each for each in findings if each.state is State.DUE and each.may_act), key=by_cost)
    if not due or policy.mode is not Mode.DESTROY:
        return Acts(held=tuple(due), why_held="The mode is not `destroy`." if due else None)
    fresh = [each for each in due if each.acted_at is None]
    if len(fresh) > most_at_once(looked_at) and not is_confirmed:
        told = f"{len(fresh)} became due at once, more than {most_at_once(looked_at)} of {looked_at} looked at; "
        return Acts(held=tuple(due), why_held=f"{told}nothing is deleted before somebody confirms.", is_broken=True)
    if not is_working_time:
        return Acts(held=tuple(due), why_held="They wait for working hours.")
    rest = due[MOST_ACTS:]
    return Acts(tuple(due[:MOST_ACTS]), tuple(rest), "One after the other; they are next." if rest else None)


def by_cost(finding: Finding) -> tuple[float, datetime, str]:
    """The most expensive first, then the oldest."""
    return (-(finding.subject.cost_per_month or 0.0), finding.first_seen_at, finding.id)


def most_at_once(looked_at: int) -> int:
    """How many deletions may become due in one round."""
    return max(FEWEST, int(looked_at * SHARE))


def next_moment(findings: Iterable[Finding], policy: Policy) -> datetime | None:
    """When a final notice is to be given or something becomes due, at the earliest."""
    moments = [
        each.due_at - (notice_of(policy.graces[each.rule]) if each.state is State.FLAGGED else timedelta(0))
        for each in findings
        if each.due_at is not None and each.state in (State.FLAGGED, State.WARNED)
    ]
    return min(moments, default=None)
