"""Leftover: a resource that outlived its stack, or that a test tool left behind.

| what is known of it                              | told as                                              |
|--------------------------------------------------|------------------------------------------------------|
| the look could not read everything               | undecided: its stack may only have been hidden       |
| it stands in the way of a stack's deletion       | the test tool, or whoever made it, and the stack     |
| the stack that it came from stands               | nothing: that stack may be the one that uses it      |
| the stack that it came from is gone              | that it outlived that stack                          |
| a tool made it and never took it away            | that tool                                            |
| it is used                                       | told of, and never deleted by a rule                 |

A rule deletes only what came from a stack of ours, by its tags, by our records, or because it was noted when we deleted
that stack; whatever was tied to a stack by its name alone waits for a person.
"""

from datetime import timedelta

from app.core.finding import Judgement, LooseCase, Rule
from app.core.fleet import Verdict

GRACE = timedelta(days=3)
OVER = "A stack holds it again."


def judge(case: LooseCase) -> Judgement | None:
    """Whether anything still needs the resource."""
    resource = case.resource
    if case.is_origin_standing and resource.blocks is None:
        return None
    if case.unread:
        doubt = f"Not everything could be read: {' '.join(case.unread)}"
        return Judgement(Rule.LEFTOVER, Verdict.UNKNOWN, "Whether a stack holds it cannot be told.", doubt=doubt)
    is_used = resource.usage.verdict is Verdict.USED and resource.blocks is None
    verdict = Verdict.USED if is_used else Verdict.UNUSED
    reason = f"{_tell(case)} It is still used." if is_used else _tell(case)
    return Judgement(Rule.LEFTOVER, verdict, reason, resource.usage.evidence, may_act=case.is_ours)


def _tell(case: LooseCase) -> str:
    resource = case.resource
    maker = f"{resource.maker} made it" if resource.maker else "Nobody is known to have made it"
    if resource.blocks is not None:
        return f"{maker}, and it stands in the way of the deletion of {resource.blocks.split('/')[1]}."
    if resource.stack_name or resource.stack_id:
        why = f": {case.leak}" if case.leak else ""
        return f"It outlived its stack {resource.stack_name or resource.stack_id}{why.removesuffix('.')}."
    return f"{maker} and it belongs to no stack."
