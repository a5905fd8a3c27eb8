"""Doubt: looks at CloudFormation that may still show the state from before our own call.

CloudFormation's reads lag behind its writes (https://github.com/aws/aws-cdk-cli guards against the same): right after
an UpdateStack, DescribeStacks may still say UPDATE_COMPLETE of the update before, and right after a second DeleteStack
DELETE_FAILED of the first. An operation has ended only if the status is one at rest and the end is that of our
operation: LastUpdatedTime has moved, or the stack's events name our token.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from app.core.cause import STACK_TYPE, StackEvent
from app.core.stack import ObservedStack, StackRecord, StackStatus

LONGEST_LAG = timedelta(minutes=2)
"""How long after a call a look may be taken for one from before it; later ones are believed."""

_MARKED_BY_TIME = frozenset({"update", "continue", "skip", "rollback"})


def is_doubtful(record: StackRecord, observed: ObservedStack | None, now: datetime) -> bool:
    """Whether a look says that something ended which we only just asked for, without showing that it is ours."""
    if record.started_at is None or now - record.started_at > LONGEST_LAG or not record.status.is_in_progress:
        return False
    if observed is None:
        return record.operation in ("create", "delete")
    if record.operation == "delete":
        is_older = observed.status is StackStatus.DELETE_FAILED and record.attempts > 0
        return is_older or not observed.status.startswith("DELETE_")
    is_marked = observed.updated_at is not None and observed.updated_at != record.updated_at
    return record.operation in _MARKED_BY_TIME and _is_at_rest(observed.status) and not is_marked


def has_ended(record: StackRecord, observed: ObservedStack | None, events: Iterable[StackEvent]) -> bool:
    """Whether the stack's events say that what a look shows is the end of our own operation."""
    return observed is not None and any(
        event.type == STACK_TYPE
        and event.logical_id == record.name
        and (event.token, event.status) == (record.token, observed.status)
        for event in events
    )


def _is_at_rest(status: StackStatus) -> bool:
    return not status.is_in_progress or status is StackStatus.UPDATE_COMPLETE_CLEANUP_IN_PROGRESS
