"""Idle: no signal of use of any resource of the stack was seen in the window, whatever people do with its pull request.

Unknown never counts as unused: a stack whose signals could not all be read is undecided. Not flagged: a stack that was
deployed within the window, since a deployment is use and no signal could cover the window; one on which CloudFormation
is at work; and a stack of strangers about which nothing can be told.
"""

from datetime import timedelta

from app.core.finding import Case, Judgement, Rule, gather_evidence, tell_last_use
from app.core.fleet import Verdict
from app.core.span import format_span

GRACE = timedelta(days=7)
OVER = "It is used again."


def judge(case: Case) -> Judgement | None:
    """Whether anything in the stack was used."""
    usage = case.stack.usage
    if not _is_judged(case) or (usage.verdict is Verdict.USED and not usage.is_own_schedule):
        return None
    if usage.verdict is Verdict.UNKNOWN:
        return _undecided(case)
    evidence = gather_evidence(case)
    if usage.is_own_schedule:
        reason = f"Nothing but its own schedule has run it for {format_span(case.window)}."
    else:
        reason = f"Nothing in it was used for {format_span(case.window)}; {tell_last_use(evidence)}."
    return Judgement(Rule.IDLE, usage.verdict, reason, evidence, may_act=True)


def _is_judged(case: Case) -> bool:
    """Whether the stack is at rest and old enough for its silence to mean something."""
    stack = case.stack
    moments = [moment for moment in (stack.created_at, stack.updated_at, case.deployed_at) if moment]
    is_young = bool(moments) and max(moments) > case.now - case.window
    is_at_rest = (stack.status.is_serving or stack.status.is_undoing) and not stack.status.is_in_progress
    return is_at_rest and not is_young


def _undecided(case: Case) -> Judgement | None:
    if not case.bears_our_mark:
        return None
    doubt = case.stack.usage.why_unknown or "Its signals of use could not be read."
    return Judgement(Rule.IDLE, Verdict.UNKNOWN, "Whether it is used cannot be told.", doubt=doubt)
