"""The executor: carries out what a plan asks for, one act at a time, and writes down each before and after.

Before a call the record names the operation, its payload and its token. A process that dies between call and answer
leaves that note behind, and whoever goes on repeats the call with the same token, which CloudFormation recognises.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

import structlog

from app.aws.client import AwsRefused
from app.aws.stacks import Answer, Started
from app.core.actions import (
    Action,
    CancelUpdate,
    ContinueRollback,
    Create,
    Delete,
    Prepare,
    Rollback,
    Update,
    Verify,
)
from app.core.blueprint import Payload
from app.core.cause import Cause, Failure, fingerprint_of
from app.core.environment import Environment
from app.core.pace import QUICKEST
from app.core.progress import absorb_absence
from app.core.recurrence import note_failure
from app.core.stack import StackRecord, StackStatus
from app.core.tagging import keep_tags
from app.store.database import Connection, Database
from app.store.environments import save_stack, stacks_of
from app.store.preparations import find_preparation, save_preparation
from app.store.wake import Kind, Wakes
from workers.intent import begun, creation_of
from workers.observer import Observer
from workers.ports import Cloud, Estate, Preparer
from workers.remover import Remover
from workers.verifier import Verifier

log = structlog.get_logger()


@dataclass(frozen=True)
class Executor:
    """Does what a plan says, for one environment at a time."""

    database: Database
    wakes: Wakes
    cloud: Cloud
    estate: Estate
    preparer: Preparer
    observer: Observer
    clock: Callable[[], datetime]

    def do(self, environment: Environment, action: Action) -> None:
        """Carry out one action. Raises TransientError where it should be tried again."""
        match action:
            case Prepare():
                self._prepare(environment)
            case Verify():
                Verifier(self.database, self.estate, self.clock).verify(environment)
            case Create():
                self._create(environment, action)
            case Update():
                self._update(environment, action)
            case Delete():
                self._remover.delete(environment, action)
            case CancelUpdate():
                self._cancel(action.record)
            case ContinueRollback() | Rollback():
                self._roll_back(action)
            case _:
                assert_never(action)

    @property
    def _remover(self) -> Remover:
        return Remover(self.database, self.cloud, self.estate, self._save, self.wakes.fence, self.clock)

    def _prepare(self, environment: Environment) -> None:
        preparation = self.preparer.prepare(environment)
        with self.database.begin() as connection:
            before = find_preparation(connection, environment.name, preparation.commit)
            is_renewed = before is not None and before.is_renewed
            save_preparation(connection, environment.name, replace(preparation, is_renewed=is_renewed))

    def _create(self, environment: Environment, action: Create) -> None:
        record = self._record_of(environment, action)
        try:
            answer = self.cloud.create(record.account, record.region, record.name, action.payload, record.token or "")
        except AwsRefused as refused:
            self._save_refusal(record, refused, "created")
            return
        if answer.answer is Answer.NAME_TAKEN:
            self._save(self._after_name_taken(record))
            return
        self._save(replace(record, id=answer.id, status=StackStatus.CREATE_IN_PROGRESS))

    def _after_name_taken(self, record: StackRecord) -> StackRecord:
        """Whose the stack is; where there is none after all, the next try is a new request with a token of its own."""
        observed = self.cloud.describe(record.account, record.region, record.name)
        adopted = self.observer.adopt(record, observed)
        return adopted if observed else replace(adopted, token=None)

    def _record_of(self, environment: Environment, action: Create) -> StackRecord:
        """The note that a creation is asked for, written down where it is new."""
        with self.database.read() as connection:
            known = stacks_of(connection, environment.name)
        record, is_new = creation_of(environment, action, known, self.clock())
        if is_new:
            self._save(record)
        return record

    def _update(self, environment: Environment, action: Update) -> None:
        before, digest = action.record, action.payload.digest
        is_repeat = before.operation == "update" and before.payload == digest
        begins = begun(before, "update", digest, self.clock(), environment.desired.commit)
        fresh = replace(begins, outline=action.payload.outline, tagged=action.payload.tagged)
        record = before if is_repeat else fresh
        self._save(record)
        try:
            payload = _keeping(action.payload, before)
            answer = self.cloud.update(record.account, record.region, record.id or "", payload, record.token or "")
        except AwsRefused as refused:
            self._save_refusal(record, refused, "updated")
            return
        self._save(self._after_update(record, answer))

    def _after_update(self, record: StackRecord, answer: Started) -> StackRecord:
        under_way = replace(record, status=StackStatus.UPDATE_IN_PROGRESS)
        match answer.answer:
            case Answer.UNCHANGED:
                return self.observer.confirm(record)
            case Answer.MISSING:
                return absorb_absence(record)
            case Answer.BUSY if not self.observer.has_begun(record):
                return replace(under_way, operation="foreign")
        return under_way

    def _cancel(self, before: StackRecord) -> None:
        """Noted first: an update that is taken back at our wish has not failed."""
        record = begun(before, "cancel", before.payload, self.clock())
        self._save(record)
        self.cloud.cancel_update(record.account, record.region, record.id or "", record.token or "")

    def _roll_back(self, action: ContinueRollback | Rollback) -> None:
        """Noted afterwards: asked for twice it does no harm, and noted but never asked for it would count as tried."""
        before, now = action.record, self.clock()
        if isinstance(action, Rollback):
            record = begun(before, "rollback", before.payload, now)
            self.cloud.roll_back(record.account, record.region, record.id or "", record.token or "")
        else:
            record = begun(before, "skip" if action.is_skipping else "continue", before.payload, now)
            skip = self._what_blocks(record) if action.is_skipping else ()
            self.cloud.continue_rollback(record.account, record.region, record.id or "", record.token or "", skip)
        self._save(replace(record, status=StackStatus.UPDATE_ROLLBACK_IN_PROGRESS))

    def _what_blocks(self, record: StackRecord) -> tuple[str, ...]:
        """The resources that a rollback could not restore; CloudFormation skips those that failed and no others."""
        resources = self.cloud.resources(record.account, record.region, record.id or "")
        return tuple(resource.logical_id for resource in resources if resource.status == "UPDATE_FAILED")

    def _save_refusal(self, record: StackRecord, refused: Exception, participle: str) -> None:
        cause = Cause(f"{record.name} could not be {participle}. {refused}", fingerprint_of([_failure(refused)]))
        after = replace(record, failed=record.payload, cause=cause.text, tagged=None)
        self._save(note_failure(record, after, cause))

    def _save(self, record: StackRecord) -> None:
        """Keep a record; where CloudFormation is at work on it, have its place watched.

        Each operation is noted here before it is asked for, so a process that others took for dead gets no further.
        """
        with self.database.begin() as connection:
            self.wakes.fence(connection)
            save_stack(connection, record)
            if record.status.is_in_progress:
                self._watch(connection, record)

    def _watch(self, connection: Connection, record: StackRecord) -> None:
        self.wakes.wake(connection, Kind.WATCH, f"{record.account}/{record.region}", QUICKEST)


def _keeping(payload: Payload, record: StackRecord) -> Payload:
    """The payload without its tags where the stack bears them: an update that names none leaves them all alone, also
    those by which somebody keeps the stack. Where ours have changed, the ones that keep it are handed on."""
    if payload.tagged == record.tagged:
        return replace(payload, tags={})
    return replace(payload, tags={**payload.tags, **keep_tags(record.kept_until)})


def _failure(refused: Exception) -> Failure:
    """What CloudFormation refused outright, as a failure of nothing in particular."""
    return Failure("", "", str(refused))
