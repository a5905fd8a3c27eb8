"""Advance: what one stack needs next to stand as a payload wants it, the left column of the plan's table.

The right column, for a stack that is to go, is `teardown`.
"""

from dataclasses import replace
from datetime import datetime

from app.core import teardown
from app.core.actions import Action, ContinueRollback, Create, Delete, Rollback, Update
from app.core.blueprint import Payload
from app.core.environment import Target
from app.core.lateness import told_if_late
from app.core.stack import StackRecord, StackStatus
from app.core.step import Progress, Step

_UNDECIDED = frozenset(
    {
        StackStatus.REVIEW_IN_PROGRESS,
        StackStatus.CREATE_IN_PROGRESS,
        StackStatus.UPDATE_IN_PROGRESS,
        StackStatus.UPDATE_COMPLETE_CLEANUP_IN_PROGRESS,
        StackStatus.UPDATE_ROLLBACK_FAILED,
        StackStatus.DELETE_FAILED,
        *teardown.UNTOUCHABLE,
    }
)
"""What happens in these comes first, even where the payload is one that failed before."""

_DEAD_ENDS = frozenset(
    {
        StackStatus.CREATE_FAILED,
        StackStatus.ROLLBACK_COMPLETE,
        StackStatus.ROLLBACK_FAILED,
    }
)
"""Nothing can be made of a stack in these: it has to go before it can be created again."""


def step_towards(target: Target, record: StackRecord | None, payload: Payload, now: datetime) -> Step:
    """The left column of the table: what a stack needs next to stand as `payload` wants it."""
    if record is None or _is_of_no_use(target, record):
        return _create(target, payload)
    if not record.is_at(target.account, target.region):
        return teardown.step_away(record, now)
    if record.id is None and record.status is StackStatus.UNKNOWN:
        return Step(target.name, Progress.BLOCKED, record.cause or f"{target.name} is not ours; nothing is touched.")
    if _has_failed(record, payload) and record.status not in _UNDECIDED:
        return _stay_failed(record, now)
    if record.status.is_gone:
        return _create(target, payload)
    return _step_by_status(target, record, payload, now)


def _has_failed(record: StackRecord, payload: Payload) -> bool:
    return payload.digest == record.failed and not record.is_unanswered


def _is_of_no_use(target: Target, record: StackRecord) -> bool:
    """Whether a record says nothing of the stack that is wanted: none was made, or it was made elsewhere and is gone.

    A name that a foreign stack holds is of use: another is tried only where the repository's file asks for another.
    """
    is_same = record.is_at(target.account, target.region) and (record.id is not None or record.name == target.name)
    return not is_same and not record.is_alive


def _step_by_status(target: Target, record: StackRecord, payload: Payload, now: datetime) -> Step:
    status = record.status
    if status in teardown.UNTOUCHABLE:
        return teardown.stay_away(record)
    if status is StackStatus.REVIEW_IN_PROGRESS:
        return _busy(record, _dead_end_text(record), Delete(record))
    if status in _DEAD_ENDS:
        return _delete_first(record, payload)
    match status:
        case StackStatus.UPDATE_FAILED:
            return _step_after_update_failed(record, payload)
        case StackStatus.UPDATE_ROLLBACK_FAILED:
            return _step_after_rollback_failed(record, payload, now)
        case StackStatus.DELETE_FAILED:
            return teardown.retry_deletion(record, now)
        case _ if status.is_in_progress and not status.is_serving:
            return _busy(record, told_if_late(record, _busy_text(record), now))
    return _step_when_serving(target, record, payload)


def _step_after_update_failed(record: StackRecord, payload: Payload) -> Step:
    if record.operation == "rollback":
        return _delete_first(record, payload)
    return _busy(record, f"Rolling {record.name} back before the next update.", Rollback(record))


def _step_after_rollback_failed(record: StackRecord, payload: Payload, now: datetime) -> Step:
    """Also a payload that failed gets its rollback finished, so that what stood before serves again."""
    has_failed = _has_failed(record, payload)
    if record.operation != "skip":
        action = ContinueRollback(record, is_skipping=record.operation == "continue")
        step = _busy(record, f"Finishing the rollback of {record.name}.", action)
        return replace(step, progress=Progress.FAILED, text=_stay_failed(record, now).text) if has_failed else step
    return _stay_failed(record, now) if has_failed else _delete_first(record, payload)


def _step_when_serving(target: Target, record: StackRecord, payload: Payload) -> Step:
    name = record.name
    if record.applied == payload.digest and not record.is_unanswered:
        return Step(name, Progress.READY, f"{name} is ready.")
    if record.status is StackStatus.UPDATE_COMPLETE_CLEANUP_IN_PROGRESS:
        return _busy(record, f"{name} is finishing its last update.")
    return _busy(record, f"Updating {name}.", Update(target, record, payload))


_WHAT_STANDS = {
    StackStatus.UPDATE_ROLLBACK_IN_PROGRESS: " The version before is being restored.",
    StackStatus.UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS: " The version before still serves.",
    StackStatus.UPDATE_ROLLBACK_COMPLETE: " The version before still serves.",
    StackStatus.UPDATE_ROLLBACK_FAILED: " Its rollback failed as well: parts of both versions may stand.",
    StackStatus.UPDATE_FAILED: " Nothing was rolled back: parts of both versions may stand.",
}
"""What people can use meanwhile."""


def _stay_failed(record: StackRecord, now: datetime) -> Step:
    text = record.cause or f"{record.name} failed; its events say why."
    text = f"{text}{_WHAT_STANDS.get(record.status, '')}"
    is_moving = record.status.is_in_progress
    return Step(
        record.name, Progress.FAILED, told_if_late(record, text, now) if is_moving else text, is_moving=is_moving
    )


def _create(target: Target, payload: Payload) -> Step:
    return Step(target.name, Progress.BUSY, f"Creating {target.name}.", Create(target, payload), is_moving=True)


def _busy(record: StackRecord, text: str, action: Action | None = None) -> Step:
    return Step(record.name, Progress.BUSY, text, action, is_moving=True)


def _delete_first(record: StackRecord, payload: Payload) -> Step:
    text = _dead_end_text(record)
    if record.recreated == payload.digest:
        return Step(record.name, Progress.FAILED, f"{text} That was done once for this content; push a change.")
    return _busy(record, text, Delete(record, payload.digest))


def _dead_end_text(record: StackRecord) -> str:
    return f"{record.name} is in {record.status} and has to go before it can be created again."


def _busy_text(record: StackRecord) -> str:
    doing = {"CREATE": "being created", "UPDATE": "being updated", "DELETE": "being deleted"}
    return f"{record.name} is {doing.get(record.status.partition('_')[0], 'being rolled back')}."
