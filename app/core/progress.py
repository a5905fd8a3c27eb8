"""Progress of an operation: what a look at CloudFormation changes in our record of a stack.

An operation has succeeded at `UPDATE_COMPLETE_CLEANUP_IN_PROGRESS` already: what follows only removes what the update
replaced. It has failed as soon as CloudFormation begins to take it back. A stack that is found missing was deleted by
somebody; it is then simply not there, and a wanted one is created again. `operation` is what we last asked for: create,
update, delete, cancel, continue or rollback, or `foreign` where somebody else is at work on the stack.
"""

from dataclasses import replace
from datetime import datetime

from app.core.stack import ObservedStack, StackRecord, StackStatus
from app.core.teardown import next_retry

VANISHED = "It disappeared while it was being created."


def has_failed(record: StackRecord, status: StackStatus) -> bool:
    """Whether `status` says that the operation of `record` failed, so that its cause is worth asking for.

    A creation that failed is deleted at once, as was asked with it: it shows as a deletion that nobody ordered.
    """
    match record.operation:
        case "delete":
            return status is StackStatus.DELETE_FAILED
        case "create":
            return status.is_undoing or status.startswith("DELETE_")
        case "update":
            return status.is_undoing
    return False


def absorb(record: StackRecord, observed: ObservedStack | None, cause: str | None, now: datetime) -> StackRecord:
    """The record after a look: `observed` is None where no such stack exists, `cause` is why the operation failed."""
    if observed is None:
        vanished = record.operation == "create" and record.status is StackStatus.CREATE_IN_PROGRESS
        gone = absorb_absence(record)
        return replace(gone, failed=record.payload, cause=cause or VANISHED) if vanished else gone
    seen = replace(record, id=observed.id, status=observed.status)
    if has_failed(record, observed.status):
        return _absorb_failure(seen, cause, now)
    if observed.status.is_serving and record.operation in ("create", "update"):
        return replace(seen, applied=record.payload, failed=None, cause=None, outputs=observed.outputs, attempts=0)
    if observed.status is StackStatus.DELETE_COMPLETE:
        return absorb_absence(seen)
    return seen


def absorb_absence(record: StackRecord) -> StackRecord:
    """The record of a stack that exists no more; the id stays, by it the deleted stack can still be asked about."""
    return replace(record, status=StackStatus.DELETE_COMPLETE, applied=None, outputs={}, cause=None, retry_at=None)


def _absorb_failure(seen: StackRecord, cause: str | None, now: datetime) -> StackRecord:
    cause = cause or seen.cause
    if seen.operation == "delete":
        if seen.retry_at is not None and now < seen.retry_at:
            return seen
        attempts = seen.attempts + 1
        return replace(seen, cause=cause, attempts=attempts, retry_at=next_retry(attempts, now))
    failed = replace(seen, failed=seen.payload, cause=cause)
    return replace(failed, applied=None, outputs={}) if seen.operation == "create" else failed
