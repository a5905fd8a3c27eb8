"""Untracked: a stack that bears our mark and is in no record.

Somebody restored an older database, or copied our tags. It is told of and never deleted by a rule, since a stack that
we have no record of may be anybody's. Not flagged: stacks whose tags could not be read, and those of other
installations.
"""

from datetime import timedelta

from app.core.finding import Case, Judgement, Rule, gather_evidence, tell_last_use

GRACE = timedelta(days=7)
OVER = "It is in our records, or bears our mark no more."


def judge(case: Case) -> Judgement | None:
    """Whether anybody here knows the stack."""
    if not case.bears_our_mark or case.record is not None:
        return None
    evidence = gather_evidence(case)
    tags = case.stack.tags or {}
    named = tags.get("mayfly:environment")
    of_whom = f" It names {named} as its environment." if named else ""
    reason = f"It bears our mark and is in no record.{of_whom} To our knowledge, {tell_last_use(evidence)}."
    return Judgement(Rule.UNTRACKED, case.stack.usage.verdict, reason, evidence)
