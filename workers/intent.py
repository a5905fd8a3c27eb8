"""Intents: the note of an operation, made before it is asked for.

It names the operation, its payload and its token. A process that dies between the call and its answer leaves the note
behind, and whoever goes on repeats the call with the same token, which CloudFormation recognises.
"""

import uuid
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from app.core.actions import Create
from app.core.environment import Environment
from app.core.stack import StackRecord


def begun(
    record: StackRecord, operation: str, payload: str | None, now: datetime, commit: str | None = None
) -> StackRecord:
    """The record of a stack on which an operation is about to be asked for; `commit` is what it brings, if one."""
    record = replace(record, operation=operation, payload=payload, token=f"mayfly-{uuid.uuid4()}", started_at=now)
    return replace(record, commit=commit or record.commit)


def creation_of(
    environment: Environment, action: Create, known: Iterable[StackRecord], now: datetime
) -> tuple[StackRecord, bool]:
    """The note of a creation, and whether it is new; the one there is, should its answer never have come."""
    target, digest = action.target, action.payload.digest
    record = StackRecord(environment.name, target.stack, target.name, target.account, target.region)
    before = next((each for each in known if each.stack == target.stack), None)
    if before is not None and _is_repeat(before, record, digest):
        return before, False
    new = begun(record, "create", digest, now, environment.desired.commit)
    new = replace(new, outline=action.payload.outline, tagged=action.payload.tagged)
    return _heir(new, before) if before else new, True


def _heir(new: StackRecord, before: StackRecord) -> StackRecord:
    """What is remembered of the stack that stood, or failed to stand, in its place."""
    return replace(new, recreated=before.recreated, fingerprint=before.fingerprint, failed_since=before.failed_since)


def _is_repeat(known: StackRecord, asked: StackRecord, payload: str) -> bool:
    """Whether a creation was asked for already, in the same words, and its answer never came."""
    has_no_answer = known.operation == "create" and known.id is None and known.payload == payload
    has_no_answer = has_no_answer and known.token is not None
    return has_no_answer and known.name == asked.name and known.is_at(asked.account, asked.region)
