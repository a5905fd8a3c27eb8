"""Teardown: in which order stacks go, what to do in each status, and when to try again.

A stack goes when those that need it are gone. A deletion that failed is tried again after 1, 15, 60 and 360 minutes,
each time after what blocks it was put out of the way. Should it fail once more, it is tried without exactly what failed
to go (RetainResources), and at last by force (FORCE_DELETE_STACK); both are accepted in DELETE_FAILED alone
(https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeleteStack.html). What outlives its stack is
recorded as leaked, never forgotten.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from app.core.actions import CancelUpdate, Delete, Manner
from app.core.environment import Target
from app.core.inventory import Item
from app.core.lateness import told_if_late
from app.core.stack import StackRecord, StackStatus
from app.core.step import Progress, Step

RETRIES = tuple(timedelta(minutes=minutes) for minutes in (1, 15, 60, 360))
"""How long to wait before each further try of a deletion that failed."""

UNTOUCHABLE = frozenset(
    {
        StackStatus.UNKNOWN,
        StackStatus.IMPORT_IN_PROGRESS,
        StackStatus.IMPORT_ROLLBACK_IN_PROGRESS,
        StackStatus.IMPORT_ROLLBACK_FAILED,
    }
)
"""States that are none of our making, in which a stack is left alone."""

_TO_WAIT_FOR = frozenset(
    {
        StackStatus.DELETE_IN_PROGRESS,
        StackStatus.UPDATE_COMPLETE_CLEANUP_IN_PROGRESS,
        StackStatus.UPDATE_ROLLBACK_IN_PROGRESS,
        StackStatus.UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS,
    }
)


def plan_removal(targets: Sequence[Target], records: Sequence[StackRecord], now: datetime) -> list[Step]:
    """A step for each of our stacks that still exists, those that others need last; empty once all are gone.

    A record without an id never became a stack of ours: a foreign stack holds the name, and stays.
    """
    alive = {record.stack: record for record in records if record.is_alive}
    needed_by: dict[str, list[str]] = {}
    for target in targets:
        for need in target.needs:
            needed_by.setdefault(need, []).append(target.stack)
    steps = []
    for stack, record in alive.items():
        dependents = [alive[name].name for name in needed_by.get(stack, ()) if name in alive]
        if dependents:
            text = f"{record.name} waits until {', '.join(dependents)} is gone."
            steps.append(Step(record.name, Progress.WAITING, text))
        else:
            steps.append(step_away(record, now))
    return steps


def plan_unlisted(
    targets: Sequence[Target], records: Sequence[StackRecord], listed: Sequence[Step], now: datetime
) -> list[Step]:
    """Steps for stacks that the repository's file names no longer: they go once all the others stand."""
    names = {target.stack for target in targets}
    if any(step.progress is not Progress.READY for step in listed):
        return []
    unlisted = [record for record in records if record.stack not in names]
    return plan_removal((), unlisted, now)


def step_away(record: StackRecord, now: datetime) -> Step:
    """The right column of the plan's table: what a stack needs next to be gone."""
    name, status = record.name, record.status
    if status in UNTOUCHABLE:
        return stay_away(record)
    if status is StackStatus.UPDATE_IN_PROGRESS:
        action = None if record.operation == "cancel" else CancelUpdate(record)
        text = f"{name} is being updated; the update is cancelled before it can go."
        return Step(name, Progress.BUSY, told_if_late(record, text, now), action, is_moving=True)
    if status in _TO_WAIT_FOR:
        text = f"{name} is being deleted." if status is StackStatus.DELETE_IN_PROGRESS else f"{name} is in {status}."
        return Step(name, Progress.BUSY, told_if_late(record, text, now), is_moving=True)
    if status is StackStatus.DELETE_FAILED:
        return retry_deletion(record, now)
    return Step(name, Progress.BUSY, f"Deleting {name}.", Delete(record), is_moving=True)


def stay_away(record: StackRecord) -> Step:
    """Leave a stack alone on which somebody else is at work, and say so."""
    text = f"{record.name} is in {record.status}, which is not of our making; nothing is touched."
    return Step(record.name, Progress.BLOCKED, text)


def retry_deletion(record: StackRecord, now: datetime) -> Step:
    """What to do with a deletion that failed: wait for the next try, try it, or give up and say what is left."""
    cause = record.cause or "its events say why"
    manner = manner_of(record.attempts)
    if manner is None:
        text = f"{record.name} could not be deleted after {record.attempts} tries: {cause}"
        return Step(record.name, Progress.LEAKED, text)
    if record.retry_at is not None and now < record.retry_at:
        text = f"{record.name} could not be deleted: {cause} The next try is at {record.retry_at:%H:%M} UTC."
        return Step(record.name, Progress.BUSY, text, not_before=record.retry_at)
    text = f"Deleting {record.name} again{_HOW[manner]}: {cause}"
    return Step(record.name, Progress.BUSY, text, Delete(record, manner=manner), is_moving=True)


_HOW = {Manner.PLAIN: "", Manner.RETAIN: " without what failed to go", Manner.FORCE: " by force"}


def manner_of(attempts: int) -> Manner | None:
    """How to delete a stack after so many failures; None where nothing is left to try."""
    if attempts <= len(RETRIES):
        return Manner.PLAIN
    return {1: Manner.RETAIN, 2: Manner.FORCE}.get(attempts - len(RETRIES))


def is_hopeless(record: StackRecord, failed: Sequence[Item]) -> bool:
    """Whether all that failed to go will fail again: custom resources whose function gave no answer twice. Each try
    costs up to an hour, and the function has often been deleted meanwhile."""
    return bool(failed) and record.attempts > 1 and all(_is_custom(item) for item in failed)


def _is_custom(item: Item) -> bool:
    return item.type.startswith("Custom::") or item.type == "AWS::CloudFormation::CustomResource"


def next_retry(attempts: int, now: datetime) -> datetime | None:
    """When to try the deletion again after `attempts` failures; None where that is at once, or never."""
    return now + RETRIES[attempts - 1] if 1 <= attempts <= len(RETRIES) else None
