"""Stuck: CloudFormation cannot go on by itself, and what it stopped at stays until somebody does something.

| status                              | since  | told as                                       | deleted by the rule |
|-------------------------------------|--------|-----------------------------------------------|---------------------|
| REVIEW_IN_PROGRESS                  | 1 h    | a change set that nobody executed             | yes, at once        |
| ROLLBACK_COMPLETE                   | 1 h    | its creation failed, it can only be deleted   | if nobody wants it  |
| CREATE_FAILED                       | 1 h    | its creation failed and was not rolled back   | if nobody wants it  |
| ROLLBACK_FAILED                     | 1 h    | creation and clearing up both failed          | if nobody wants it  |
| UPDATE_ROLLBACK_FAILED              | 1 h    | an update and its rollback both failed        | if nobody wants it  |
| UPDATE_FAILED                       | 1 h    | an update failed and was not rolled back      | if nobody wants it  |
| DELETE_FAILED                       | 1 h    | its deletion failed, and what was in the way  | if nobody wants it  |
| IMPORT_ROLLBACK_FAILED              | 1 h    | an import and its rollback both failed        | never               |
| any other *_IN_PROGRESS             | 2 h    | it has not moved                              | never               |

"Nobody wants it" is an environment that is not wanted any more: what a pull request still needs is mended by its next
push. Not flagged: every status in which the stack serves, and UNKNOWN, of which nothing can be told.
"""

from datetime import timedelta

from app.core.cause import clean
from app.core.finding import Case, Judgement, Rule, gather_evidence
from app.core.fleet import FleetStack, Verdict
from app.core.stack import StackStatus

GRACE = timedelta(hours=24)
OVER = "CloudFormation went on."
REST = timedelta(hours=1)
LONGEST_OPERATION = timedelta(hours=2)
"""A custom resource that never answers is given up after one hour by default, and a deletion is tried again then
(https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-cloudformation-customresource.html)."""

_TOLD = {
    StackStatus.REVIEW_IN_PROGRESS: "A change set was made for it that nobody executed; it holds nothing",
    StackStatus.ROLLBACK_COMPLETE: "Its creation failed; it can only be deleted",
    StackStatus.CREATE_FAILED: "Its creation failed and was not rolled back",
    StackStatus.ROLLBACK_FAILED: "Its creation failed, and so did clearing up after it",
    StackStatus.UPDATE_ROLLBACK_FAILED: "An update failed, and so did its rollback",
    StackStatus.UPDATE_FAILED: "An update failed and was not rolled back",
    StackStatus.DELETE_FAILED: "Its deletion failed",
    StackStatus.IMPORT_ROLLBACK_FAILED: "An import failed, and so did its rollback",
}
_NEVER_DELETED = frozenset({StackStatus.IMPORT_ROLLBACK_FAILED})


def judge(case: Case) -> Judgement | None:
    """Whether the stack has stopped halfway, and at what."""
    stack = case.stack
    told = _TOLD.get(stack.status)
    if told is None and not stack.status.is_in_progress:
        return None
    if stack.since is None or case.now - stack.since < (REST if told else LONGEST_OPERATION):
        return None
    reason = f"{told or _halted(stack)}{_cause(case)}"
    is_empty = stack.status is StackStatus.REVIEW_IN_PROGRESS
    return Judgement(
        Rule.STUCK,
        Verdict.UNUSED,
        reason if reason.endswith(".") else f"{reason}.",
        gather_evidence(case),
        may_act=told is not None and stack.status not in _NEVER_DELETED and (is_empty or _is_unwanted(case)),
        grace=timedelta(0) if is_empty else None,
    )


def _halted(stack: FleetStack) -> str:
    return f"It has been in {stack.status} since {stack.since:%Y-%m-%d %H:%M} UTC"


def _cause(case: Case) -> str:
    """What was in the way: a resource that somebody put there, the cause that we found, CloudFormation's own words."""
    if case.blockers:
        named = ", ".join(f"{each.name}{f' ({each.maker})' if each.maker else ''}" for each in case.blockers)
        return f": {named} stands in the way"
    cause = (case.record.cause if case.record else None) or clean(case.stack.status_reason)
    return f": {cause}" if cause else ""


def _is_unwanted(case: Case) -> bool:
    return case.environment is not None and not case.environment.desired.is_wanted
