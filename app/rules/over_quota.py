"""Over quota: there are more environments than a limit allows, and this is one of those beyond it.

New environments wait in a queue, so this happens where a limit was lowered, or where what leaked still holds a place.
It is told of and never deleted by a rule: somebody may be at work with it. Not flagged: whatever is within the limits,
and environments that wait for their turn.
"""

from datetime import timedelta

from app.core.finding import Case, Judgement, Rule, gather_evidence

GRACE = timedelta(days=7)
OVER = "It is within the limits."


def judge(case: Case) -> Judgement | None:
    """Whether its environment is beyond a limit."""
    if case.over is None or not case.is_ours:
        return None
    return Judgement(Rule.OVER_QUOTA, case.stack.usage.verdict, case.over, gather_evidence(case))
