"""Progress of an operation: what a look at CloudFormation changes in our record of a stack.

An operation has succeeded at `UPDATE_COMPLETE_CLEANUP_IN_PROGRESS` already: what follows only removes what the update
replaced. It has failed as soon as CloudFormation begins to take it back. A stack that is found missing was deleted by
somebody; it is then simply not there, and a wanted one is created again. `operation` is what we last asked for: create,
update, delete, cancel, continue, skip or rollback, or `foreign` where somebody else was at work on the stack; after
such work nobody knows what stands, so nothing counts as applied until an update says so.
"""

from dataclasses import replace
from datetime import datetime

from app.core.stack import ENDS, ObservedStack, StackRecord, StackStatus
from app.core.teardown import next_retry

VANISHED = "It disappeared while it was being created."


def has_failed(record: StackRecord, status: StackStatus) -> bool:
    """Whether `status` says that the operation of `record` failed, so that its cause is worth asking for.

    A creation that failed is deleted at once, as was asked with it: it shows as a deletion that nobody ordered. What
    happens to a stack after its operation went well is no failure of that operation.
    """
    if record.operation == "delete":
        return status is StackStatus.DELETE_FAILED and record.status is not StackStatus.DELETE_FAILED
    if record.payload is not None and record.payload == record.applied:
        return False
    if record.operation == "create":
        return status.is_undoing or status.startswith("DELETE_")
    return record.operation == "update" and status.is_undoing


def absorb(record: StackRecord, observed: ObservedStack | None, cause: str | None, now: datetime) -> StackRecord:
    """The record after a look: `observed` is None where no such stack exists, `cause` is why the operation failed."""
    if observed is None:
        vanished = record.operation == "create" and record.status is StackStatus.CREATE_IN_PROGRESS
        gone = absorb_absence(record)
        return replace(gone, failed=record.payload, cause=cause or VANISHED) if vanished else gone
    seen = replace(record, id=observed.id, status=observed.status)
    if not observed.status.is_in_progress or observed.status in ENDS:
        seen = replace(seen, updated_at=observed.updated_at)
    if has_failed(record, observed.status):
        return _absorb_failure(seen, cause, now)
    if observed.status is StackStatus.DELETE_COMPLETE:
        return absorb_absence(seen)
    if _was_moved_by_others(record, observed.status):
        seen = replace(seen, operation="foreign", started_at=now)
    if not observed.status.is_serving or (observed.status is record.status and not record.status.is_in_progress):
        return seen
    if seen.operation in ("create", "update") and observed.status.startswith(seen.operation.upper()):
        return absorb_success(seen, observed)
    return replace(seen, operation="foreign", applied=None)


def _was_moved_by_others(record: StackRecord, status: StackStatus) -> bool:
    """A stack at rest moves only where somebody asks for it; a deletion may be ours, its answer lost."""
    is_at_rest = not record.status.is_in_progress and status is not record.status
    return is_at_rest and not (record.operation == "delete" and status.startswith("DELETE_"))


def absorb_success(seen: StackRecord, observed: ObservedStack) -> StackRecord:
    """The record of a stack that stands as we asked for it."""
    well = replace(seen, applied=seen.payload, failed=None, cause=None, outputs=observed.outputs, attempts=0)
    return replace(well, fingerprint=None, failed_since=None)


def absorb_absence(record: StackRecord) -> StackRecord:
    """The record of a stack that exists no more; the id stays, by it the deleted stack can still be asked about."""
    return replace(record, status=StackStatus.DELETE_COMPLETE, applied=None, outputs={}, cause=None, retry_at=None)


def _absorb_failure(seen: StackRecord, cause: str | None, now: datetime) -> StackRecord:
    cause = cause or seen.cause
    if seen.operation == "delete":
        attempts = seen.attempts + 1
        return replace(seen, cause=cause, attempts=attempts, retry_at=next_retry(attempts, now))
    failed = replace(seen, failed=seen.payload, cause=cause, tagged=None)
    return replace(failed, applied=None, outputs={}) if seen.operation == "create" else failed
