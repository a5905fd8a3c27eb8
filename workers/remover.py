"""The remover: takes one stack away with all that it holds, a step at a time.

    inventory -> clear -> (unblock what failed) -> DeleteStack ... and once all stacks are deleted: the verifier

The inventory is noted before anything is touched, and only what it lists under the stack's own id is ever emptied,
unprotected or deleted (`app.core.guard.owned`). It is read anew before each try: what CloudFormation deleted already
may bear a name that somebody else has taken since. A process that others took for dead touches nothing more.

Clearing is bounded: a bucket of millions takes many passes, and the stack is deleted in the first that leaves nothing
to clear.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from app.aws.stacks import Answer
from app.core.actions import Delete, Manner
from app.core.environment import Environment
from app.core.errors import PermanentError
from app.core.guard import owned
from app.core.inventory import NESTED, Item
from app.core.stack import StackRecord, StackStatus
from app.core.teardown import is_hopeless
from app.store.database import Connection, Database
from app.store.decisions import Decision, record_decision
from app.store.inventory import save_inventory
from workers.intent import begun
from workers.ports import Cloud, Estate

log = structlog.get_logger()


@dataclass(frozen=True)
class Remover:
    """Deletes stacks. `save` is how a record is written down, `fence` stops a process that was taken for dead."""

    database: Database
    cloud: Cloud
    estate: Estate
    save: Callable[[StackRecord], None]
    fence: Callable[[Connection], None]
    clock: Callable[[], datetime]

    def delete(self, environment: Environment, action: Delete) -> None:
        """One step towards the deletion of a stack. Raises TransientError where AWS does not answer."""
        record = action.record
        items = self._take_stock(environment, record)
        mine = owned(record, items)
        if record.status is not StackStatus.CREATE_IN_PROGRESS and not self._clear(environment, mine):
            return
        failed = [item for item in mine if item.status == "DELETE_FAILED"]
        if record.status is StackStatus.DELETE_FAILED:
            self._unblock(environment, failed, mine)
        self._ask(environment, action, failed)

    def _take_stock(self, environment: Environment, record: StackRecord) -> Sequence[Item]:
        """What the stack holds now, added to what is noted of it."""
        if record.status is StackStatus.REVIEW_IN_PROGRESS:
            return ()
        items = self.estate.inventory(record.account, record.region, record.id or "")
        with self.database.begin() as connection:
            self.fence(connection)
            save_inventory(connection, environment.name, items)
        return items

    def _clear(self, environment: Environment, items: Sequence[Item]) -> bool:
        """Whether nothing is left to clear. What cannot be cleared is noted: CloudFormation may delete it all the
        same, and says why where it does not."""
        is_clear = True
        for item in items:
            try:
                with self.database.begin() as connection:
                    self.fence(connection)
                is_clear = self.estate.clear(item) and is_clear
            except PermanentError as fault:
                self._note(environment, f"{item.logical_id} could not be cleared for its deletion. {fault}")
        return is_clear

    def _unblock(self, environment: Environment, failed: Sequence[Item], items: Sequence[Item]) -> None:
        for item in failed:
            try:
                self.estate.unblock(item)
            except PermanentError as fault:
                self._note(environment, f"What blocks {item.logical_id} could not be removed. {fault}")
        try:
            self.estate.free_networks(failed, items)
        except PermanentError as fault:
            self._note(environment, f"Network interfaces could not be removed. {fault}")

    def _note(self, environment: Environment, reason: str) -> None:
        log.warning("teardown", reason=reason)
        with self.database.begin() as connection:
            record_decision(connection, Decision(environment.name, self.clock(), environment.phase.value, reason))

    def _ask(self, environment: Environment, action: Delete, failed: Sequence[Item]) -> None:
        """DeleteStack. Nothing counts as applied from here on. An environment that is to go forgets what failed in it,
        so that whoever wants it again gets a fresh try."""
        before = action.record
        record = replace(begun(before, "delete", before.payload, self.clock()), applied=None)
        record = replace(record, recreated=action.recreates or before.recreated)
        if not environment.desired.is_wanted:
            record = replace(record, failed=None)
        self.save(record)
        answer = self._delete(record, action.manner, failed)
        if answer is Answer.PROTECTED:
            self.cloud.unprotect(record.account, record.region, record.id or "")
        elif answer is Answer.BUSY:
            observed = self.cloud.describe(record.account, record.region, record.id or "")
            status = observed.status if observed else StackStatus.DELETE_COMPLETE
            self.save(replace(record, operation="foreign", status=status))
        else:
            self.save(replace(record, status=StackStatus.DELETE_IN_PROGRESS, retry_at=None))

    def _delete(self, record: StackRecord, manner: Manner, failed: Sequence[Item]) -> Answer:
        """Delete a stack; without what failed, the nested stacks that failed are asked to go without theirs, too."""
        own = [item for item in failed if item.holder == record.id]
        if manner is Manner.PLAIN and is_hopeless(record, own):
            manner = Manner.RETAIN
        if manner is Manner.PLAIN:
            return self.cloud.delete(record.account, record.region, record.id or "", record.token or "").answer
        for nested in own:
            if nested.type == NESTED:
                inner = [item for item in failed if item.holder == nested.physical_id]
                self._delete_without(record, nested.physical_id, inner, manner)
        return self._delete_without(record, record.id or "", own, manner)

    def _delete_without(self, record: StackRecord, stack_id: str, failed: Sequence[Item], manner: Manner) -> Answer:
        retained = tuple(item.logical_id.rsplit("/", 1)[-1] for item in failed if item.type != NESTED)
        is_forced = manner is Manner.FORCE or not failed
        retain = () if is_forced else retained
        token = f"{record.token}-{stack_id.rsplit('/', 1)[-1]}"[:128] if stack_id != record.id else record.token or ""
        return self.cloud.delete(record.account, record.region, stack_id, token, retain, is_forced=is_forced).answer
