"""Recurrence: the same failure again, with the next commit, recognised as the same.

Whoever pushed in the hope of mending something is told at once that it did not: nothing of the failure has changed.
"""

from dataclasses import replace

from app.core.cause import Cause
from app.core.stack import StackRecord
from app.core.step import short


def note_failure(before: StackRecord, after: StackRecord, cause: Cause | None) -> StackRecord:
    """The record after a failure of its payload: with what it is known by, and since which commit it has been so."""
    if cause is None or after.failed is None or after.failed != after.payload:
        return after
    since = before.failed_since
    if cause.fingerprint != before.fingerprint or since is None:
        return replace(after, fingerprint=cause.fingerprint, failed_since=after.commit)
    if since == after.commit:
        return after
    return replace(after, cause=f"{after.cause} This is the same failure as at commit {short(since)}.")
