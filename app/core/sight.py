"""Sight: whether a pass asks CloudFormation about a stack, or knows enough.

Each question is a call, and a fleet of stacks makes many, so reads are to grow with what moves and not with what is
there. The shared watch, the events and resync say what moved; two slow looks make up for what none of them said.

    the record                        | what was heard                       | then
    ----------------------------------+--------------------------------------+-------------------------------------
    gone, or an update without answer | anything                             | no look: the plan asks again
    alive                             | nothing                              | no look
      in progress, IN_FLIGHT unseen   | nothing                              | describe
    alive                             | the status that is recorded          | no look
    alive                             | the whole of it, since the last act  | believe it
    finishing an update or rollback   | the status that this always ends in  | believe it: nothing else can follow
    being deleted by us               | DELETE_COMPLETE                      | believe it
    alive                             | anything else                        | describe

A stack at rest that nobody has looked at for AT_REST is looked at before a pass believes that there is nothing to do
(`is_overdue`); where there is something to do, CloudFormation's answer to that tells as much. Before a deletion it is
looked at in any case, since nothing else would tell that somebody keeps it.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import Enum

from app.core.stack import ENDS, ObservedStack, StackRecord, StackStatus
from app.core.tagging import keep_tags
from app.core.tiding import Tiding

IN_FLIGHT = timedelta(minutes=2)
"""How long an operation is left to the shared watch before a pass looks for itself."""
AT_REST = timedelta(minutes=5)
"""How long what was last seen of a stack at rest is good enough."""
BEFORE_REMOVAL = timedelta(seconds=0)
"""How long it is good enough where the stack is to be deleted: its tags may have been set by hand, to keep it."""

_NEVER = datetime.min.replace(tzinfo=UTC)


class Look(Enum):
    """How a pass learns how a stack stands."""

    NONE = "no look"
    HEARD = "believe what was heard"
    DESCRIBE = "describe"


def how_to_look(record: StackRecord, tiding: Tiding | None, now: datetime) -> Look:
    """The last column of the table, for a record that has an id."""
    if record.status.is_gone or record.is_unanswered:
        return Look.NONE
    if tiding is None:
        is_forgotten = record.status.is_in_progress and now - _last_known(record) > IN_FLIGHT
        return Look.DESCRIBE if is_forgotten else Look.NONE
    if tiding.observed is None and tiding.status is record.status:
        return Look.NONE
    return Look.HEARD if _is_enough(record, tiding) else Look.DESCRIBE


def _is_enough(record: StackRecord, tiding: Tiding) -> bool:
    if tiding.observed is not None:
        return record.started_at is None or tiding.heard_at > record.started_at
    if tiding.status is StackStatus.DELETE_COMPLETE:
        return record.operation == "delete"
    return ENDS.get(record.status) is tiding.status


def observed_by(record: StackRecord, tiding: Tiding) -> ObservedStack:
    """The stack as what was heard describes it; outputs and the rest are as they were."""
    if tiding.observed is not None:
        return tiding.observed
    return ObservedStack(
        tiding.stack_id,
        record.name,
        tiding.status,
        tags=keep_tags(record.kept_until),
        outputs=record.outputs,
        updated_at=record.updated_at,
    )


def is_overdue(record: StackRecord, now: datetime, within: timedelta = AT_REST) -> bool:
    """Whether nobody has looked at a stack at rest for so long that the record is not to be believed by itself."""
    is_at_rest = record.is_alive and not record.status.is_in_progress and not record.is_unanswered
    return is_at_rest and now - _last_known(record) >= within


def seen(record: StackRecord, now: datetime) -> StackRecord:
    """The record of a stack that was looked at."""
    return replace(record, seen_at=now)


def _last_known(record: StackRecord) -> datetime:
    return max(record.seen_at or _NEVER, record.started_at or _NEVER)
