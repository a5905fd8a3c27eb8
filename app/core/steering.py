"""Steering: what a mark changes about an environment, or why it changes nothing.

    mark     | stands, or is on its way to it      | is to go                            | is gone
    ---------+-------------------------------------+-------------------------------------+-----------------------------
    deploy   | the commit is read anew, failures   | recalled: its source is looked at,  | as on the left
             |   are forgotten                     |   if one is open; else refused      |
    retry    | like deploy                         | what stands in the way of going is  | refused
             |                                     |   tried again                       |
    destroy  | goes, and stays away until it is    | the same, now for good: no keep     | the same where a source is
             |   deployed or reopened              |   holds it back                     |   open; else refused
    extend   | later end, up to the greatest age   | refused                             | refused
    keep     | until its date, past that age       | refused                             | refused
    unkeep   | the keep ends; refused without one  | refused                             | refused

A rule of the reaper is refused while somebody keeps the environment, and what it destroys comes back with the next
push, as after an expiry. What people ask for is activity; what a rule does is none. Pure: time comes in as `now`.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.core.environment import Ending, Environment, Phase
from app.core.lifetime import Lifetime, at, expires_at, is_kept, latest_end
from app.core.mark import Mark, MarkKind
from app.core.secrecy import mask
from app.core.span import format_span

LONGEST_KEEP = timedelta(days=366)
"""A keep has an end; whoever needs more keeps again, or deploys from a branch of its own."""
LONGEST_REASON = 200
UNDER_WAY = frozenset({Phase.DELETING, Phase.VERIFYING, Phase.GONE, Phase.LEAKED})
"""The phases in which taking an environment away has begun."""


@dataclass(frozen=True)
class Facts:
    """What else counts: the open sources' keys, and until when the stacks' own tags keep them."""

    open_sources: tuple[str, ...] = ()
    kept_until: datetime | None = None


@dataclass(frozen=True)
class Verdict:
    """What follows from a mark: one sentence, and the environment as it is to be from now on.

    `is_fresh_start` says that what failed is to be tried again: failed payloads, the commit's preparation and the
    census are forgotten. `is_recalled` says that the sources are to be looked at.
    """

    reason: str
    environment: Environment
    is_refused: bool = False
    is_fresh_start: bool = False
    is_recalled: bool = False


def apply(environment: Environment, facts: Facts, mark: Mark, now: datetime, lifetime: Lifetime) -> Verdict:
    """What `mark` means for `environment`."""
    verdict = _RULES[mark.kind](environment, facts, mark, now, lifetime)
    if verdict.is_refused or _is_rule(mark) or mark.kind is MarkKind.DESTROY:
        return verdict
    active = max(verdict.environment.last_activity_at, mark.at)
    return replace(verdict, environment=replace(verdict.environment, last_activity_at=active))


def _deploy(before: Environment, facts: Facts, mark: Mark, now: datetime, lifetime: Lifetime) -> Verdict:
    del now, lifetime
    who = name_actor(mark)
    if before.desired.is_wanted:
        return Verdict(f"{who} asked for another deployment.", before, is_fresh_start=True)
    if not facts.open_sources:
        return _refused(before, f"{before.name} has no open pull request or branch; reopen one and it comes back.")
    desired = replace(before.desired, ending=Ending.RECALLED)
    after = replace(before, desired=desired)
    return Verdict(f"{who} asked for it again.", after, is_fresh_start=True, is_recalled=True)


def _retry(before: Environment, facts: Facts, mark: Mark, now: datetime, lifetime: Lifetime) -> Verdict:
    if before.desired.is_wanted:
        return _deploy(before, facts, mark, now, lifetime)
    if before.phase is Phase.GONE:
        return _refused(before, f"{before.name} is gone and nothing is left to retry; deploy brings it back.")
    return Verdict(f"{name_actor(mark)} asked for another try.", before, is_fresh_start=True)


def _destroy(before: Environment, facts: Facts, mark: Mark, now: datetime, lifetime: Lifetime) -> Verdict:
    del lifetime
    desired, is_rule = before.desired, _is_rule(mark)
    held = max(filter(None, (before.keep_until, facts.kept_until)), default=None)
    if is_rule and held is not None and held > now:
        return _refused(before, f"{before.name} is kept; {name_actor(mark)} leaves it alone.")
    if not desired.is_wanted and (is_rule or desired.ending is Ending.DESTROYED):
        return _refused(before, f"{before.name} is destroyed already.")
    if before.phase is Phase.GONE and not desired.is_wanted and not facts.open_sources:
        return _refused(before, f"{before.name} is gone already.")
    why = f"{name_actor(mark)} destroyed it{_because(mark)}."
    ending = Ending.EXPIRED if is_rule else Ending.DESTROYED
    gone = replace(desired, is_wanted=False, why_gone=why, ending=ending, note="")
    return Verdict(why, replace(before, desired=gone, keep_until=None, keep_reason=None), is_fresh_start=True)


def _extend(before: Environment, facts: Facts, mark: Mark, now: datetime, lifetime: Lifetime) -> Verdict:
    del facts
    end, most = expires_at(before, lifetime), latest_end(before, lifetime)
    if not before.desired.is_wanted:
        return _refused_going(before)
    if mark.span is None or mark.span <= timedelta(0):
        return _refused(before, "extend wants a span, such as 2d.")
    if end >= most:
        greatest = format_span(lifetime.of(before).longest)
        what = "is kept" if is_kept(before, now) and end > most else f"reaches its greatest age, {greatest},"
        return _refused(before, f"{before.name} {what} at {at(end)}; only keep holds it longer.")
    later = min(max(end, now) + mark.span, most)
    reason = f"{name_actor(mark)} extended it until {at(later)}{', its greatest age' if later == most else ''}."
    return Verdict(reason, replace(before, extended_until=later))


def _keep(before: Environment, facts: Facts, mark: Mark, now: datetime, lifetime: Lifetime) -> Verdict:
    del facts, lifetime
    if not before.desired.is_wanted:
        return _refused_going(before)
    if mark.until is None or mark.until <= now:
        return _refused(before, "keep wants a date that is still to come.")
    if mark.until - now > LONGEST_KEEP:
        return _refused(before, f"keep holds {LONGEST_KEEP.days} days at most; choose an earlier date.")
    told = f"{name_actor(mark)} keeps it until {at(mark.until)}{_because(mark)}."
    return Verdict(told, replace(before, keep_until=mark.until, keep_reason=told))


def _unkeep(before: Environment, facts: Facts, mark: Mark, now: datetime, lifetime: Lifetime) -> Verdict:
    del lifetime
    if not is_kept(before, now):
        by_tag = facts.kept_until is not None and facts.kept_until > now
        why = "is kept by a tag on its stack; remove mayfly:keep there." if by_tag else "is not kept."
        return _refused(before, f"{before.name} {why}")
    return Verdict(f"{name_actor(mark)} ended the keep.", replace(before, keep_until=None, keep_reason=None))


def _approve(before: Environment, facts: Facts, mark: Mark, now: datetime, lifetime: Lifetime) -> Verdict:
    del facts, now, lifetime, mark
    return _refused(before, "approve is for a fork's pull request, not for an environment.")


_RULES = {
    MarkKind.DEPLOY: _deploy,
    MarkKind.RETRY: _retry,
    MarkKind.DESTROY: _destroy,
    MarkKind.EXTEND: _extend,
    MarkKind.KEEP: _keep,
    MarkKind.UNKEEP: _unkeep,
    MarkKind.APPROVE: _approve,
}


def why_stays_away(environment: Environment, *, was_open: bool, is_pushed: bool) -> str | None:
    """Why a source that is open does not bring its environment back, in one sentence; None where it does.

    `was_open` says that we saw the source open before and nobody reopened it since, `is_pushed` that it has another
    commit than then.
    """
    desired = environment.desired
    if desired.is_wanted or not was_open:
        return None
    if desired.ending is Ending.DESTROYED:
        return f"{desired.why_gone} A deployment that is asked for brings it back, or reopening the pull request."
    if desired.ending is Ending.EXPIRED and not is_pushed:
        return f"{desired.why_gone} The next push brings it back."
    return None


def hold(environment: Environment, facts: Facts, now: datetime) -> Environment:
    """The environment with what a keep means for its going: one that is let go stays while it is kept, one that was
    kept goes. Only an explicit destroy, and what has begun already, is past holding."""
    desired = environment.desired
    until = max(filter(None, (environment.keep_until, facts.kept_until)), default=None)
    is_held = until is not None and until > now
    if desired.is_wanted:
        is_over = bool(desired.why_gone) and not is_held
        return replace(environment, desired=replace(desired, is_wanted=False)) if is_over else environment
    can_be_held = desired.ending is Ending.CLOSED and environment.phase not in UNDER_WAY
    return replace(environment, desired=replace(desired, is_wanted=True)) if is_held and can_be_held else environment


def notes(environment: Environment, facts: Facts, now: datetime) -> str:
    """What people are told beside the state: that it is kept and why, and what waits."""
    desired = environment.desired
    if not desired.is_wanted:
        return ""
    told = [desired.why_gone]
    if is_kept(environment, now):
        told.append(environment.keep_reason or "")
    elif facts.kept_until is not None and facts.kept_until > now:
        told.append("A tag on its stack keeps it.")
    return " ".join(part for part in (*told, desired.note) if part)


def name_actor(mark: Mark) -> str:
    """Who set a mark, as people read it."""
    if mark.actor == "cli":
        return "Somebody at the command line"
    return f"The rule {mark.actor.removeprefix('rule:')}" if _is_rule(mark) else mark.actor


def _is_rule(mark: Mark) -> bool:
    return mark.actor.startswith("rule:")


def _because(mark: Mark) -> str:
    reason = mask("", " ".join((mark.reason or "").split())[:LONGEST_REASON]).rstrip(".")
    return f": {reason}" if reason else ""


def _refused_going(environment: Environment) -> Verdict:
    return _refused(environment, f"{environment.name} is gone or on its way there; deploy brings it back.")


def _refused(environment: Environment, reason: str) -> Verdict:
    return Verdict(reason, environment, is_refused=True)
