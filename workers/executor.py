"""The executor: carries out what a plan asks for, one act at a time, and writes down each before and after.

Before a call the record names the operation, its payload and its token. A process that dies between call and answer
leaves that note behind, and whoever goes on repeats the call with the same token, which CloudFormation recognises.
"""

import uuid
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
from app.core.environment import Environment
from app.core.errors import PermanentError
from app.core.stack import StackRecord, StackStatus
from app.store.database import Connection, Database
from app.store.environments import save_leftovers, save_stack, stacks_of
from app.store.preparations import save_preparation
from app.store.wake import Kind, Wakes
from workers.observer import Observer
from workers.ports import Cloud, Preparer

log = structlog.get_logger()


@dataclass(frozen=True)
class Executor:
    """Does what a plan says, for one environment at a time."""

    database: Database
    wakes: Wakes
    cloud: Cloud
    preparer: Preparer
    observer: Observer
    clock: Callable[[], datetime]

    def do(self, environment: Environment, action: Action) -> None:
        """Carry out one action. Raises TransientError where it should be tried again."""
        match action:
            case Prepare():
                self._prepare(environment)
            case Verify():
                self._verify(environment)
            case Create():
                self._create(environment, action)
            case Update():
                self._update(action)
            case Delete():
                self._delete(action.record)
            case CancelUpdate() | ContinueRollback() | Rollback():
                self._nudge(action)
            case _:
                assert_never(action)

    def _prepare(self, environment: Environment) -> None:
        preparation = self.preparer.prepare(environment)
        with self.database.begin() as connection:
            save_preparation(connection, environment.name, preparation)

    def _create(self, environment: Environment, action: Create) -> None:
        record = self._record_of(environment, action)
        try:
            answer = self.cloud.create(record.account, record.region, record.name, action.payload, record.token or "")
        except (AwsRefused, PermanentError) as refused:
            self._save_refusal(record, refused, "created")
            return
        if answer.answer is Answer.NAME_TAKEN:
            observed = self.cloud.describe(record.account, record.region, record.name)
            self._save(self.observer.adopt(record, observed))
            return
        self._save(replace(record, id=answer.id, status=StackStatus.CREATE_IN_PROGRESS))

    def _record_of(self, environment: Environment, action: Create) -> StackRecord:
        """The note that a creation is about to be asked for; the one there is, should its answer never have come."""
        target, digest = action.target, action.payload.digest
        with self.database.read() as connection:
            known = {record.stack: record for record in stacks_of(connection, environment.name)}.get(target.stack)
        if known is not None and known.operation == "create" and known.id is None and known.payload == digest:
            return known
        record = StackRecord(environment.name, target.stack, target.name, target.account, target.region)
        record = self._begun(record, "create", digest)
        self._save(record)
        return record

    def _update(self, action: Update) -> None:
        before, digest = action.record, action.payload.digest
        is_repeat = before.operation == "update" and before.payload == digest
        record = before if is_repeat else self._begun(before, "update", digest)
        self._save(record)
        try:
            answer = self.cloud.update(
                record.account, record.region, record.id or "", action.payload, record.token or ""
            )
        except (AwsRefused, PermanentError) as refused:
            self._save_refusal(record, refused, "updated")
            return
        self._save(self._after_update(record, answer, is_repeat=is_repeat))

    def _after_update(self, record: StackRecord, answer: Started, *, is_repeat: bool) -> StackRecord:
        match answer.answer:
            case Answer.UNCHANGED:
                return replace(record, applied=record.payload, failed=None, cause=None, status=_settled(record.status))
            case Answer.MISSING:
                return replace(record, status=StackStatus.DELETE_COMPLETE, applied=None)
            case Answer.BUSY if not is_repeat:
                return replace(record, operation="foreign", status=StackStatus.UPDATE_IN_PROGRESS)
        return replace(record, status=StackStatus.UPDATE_IN_PROGRESS)

    def _delete(self, before: StackRecord) -> None:
        record = self._begun(before, "delete", before.payload)
        self._save(record)
        answer = self.cloud.delete(record.account, record.region, record.id or "", record.token or "")
        if answer.answer is Answer.BUSY:
            observed = self.cloud.describe(record.account, record.region, record.id or "")
            status = observed.status if observed else StackStatus.DELETE_COMPLETE
            self._save(replace(record, status=status))
        else:
            self._save(replace(record, status=StackStatus.DELETE_IN_PROGRESS, retry_at=None))

    def _nudge(self, action: CancelUpdate | ContinueRollback | Rollback) -> None:
        """Have CloudFormation roll back, which a later look will find done."""
        operation, call = self._nudges()[type(action)]
        record = self._begun(action.record, operation, action.record.payload)
        self._save(record)
        call(record.account, record.region, record.id or "", record.token or "")
        status = record.status if operation == "cancel" else StackStatus.UPDATE_ROLLBACK_IN_PROGRESS
        self._save(replace(record, status=status))

    def _nudges(self) -> dict[type[Action], tuple[str, Callable[[str, str, str, str], None]]]:
        return {
            CancelUpdate: ("cancel", self.cloud.cancel_update),
            ContinueRollback: ("continue", self.cloud.continue_rollback),
            Rollback: ("rollback", self.cloud.roll_back),
        }

    def _verify(self, environment: Environment) -> None:
        with self.database.read() as connection:
            records = stacks_of(connection, environment.name)
        leftovers = [left for record in records if record.id for left in self._leftovers_of(record, record.id)]
        with self.database.begin() as connection:
            save_leftovers(connection, environment.name, leftovers)

    def _leftovers_of(self, record: StackRecord, stack_id: str) -> list[str]:
        """What CloudFormation itself says it did not delete; a deleted stack is asked about by its id."""
        try:
            resources = self.cloud.resources(record.account, record.region, stack_id)
        except PermanentError:
            return []
        skipped = [resource for resource in resources if resource.status == "DELETE_SKIPPED"]
        return [f"{resource.type} {resource.physical_id}" for resource in skipped]

    def _begun(self, record: StackRecord, operation: str, payload: str | None) -> StackRecord:
        return replace(
            record, operation=operation, payload=payload, token=f"mayfly-{uuid.uuid4()}", started_at=self.clock()
        )

    def _save_refusal(self, record: StackRecord, refused: Exception, participle: str) -> None:
        cause = f"{record.name} could not be {participle}. {refused}"
        self._save(replace(record, failed=record.payload, cause=cause))

    def _save(self, record: StackRecord) -> None:
        """Keep a record; where CloudFormation is at work on it, have its place watched."""
        with self.database.begin() as connection:
            save_stack(connection, record)
            if record.status.is_in_progress:
                self._watch(connection, record)

    def _watch(self, connection: Connection, record: StackRecord) -> None:
        self.wakes.wake(connection, Kind.WATCH, f"{record.account}/{record.region}")


def _settled(status: StackStatus) -> StackStatus:
    """Nothing to update means that the stack stands, also after a rollback."""
    return StackStatus.UPDATE_COMPLETE if status.is_undoing else status
