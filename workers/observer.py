"""The observer: brings our records of an environment's stacks up to what CloudFormation says now.

Only what can have changed is asked about: stacks on which CloudFormation was at work, creations whose answer never
reached us, and names that a foreign stack held. A stack of our name is ours only by its tags.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from app.core.cause import StackEvent, operation_events, tell_cause
from app.core.errors import PermanentError
from app.core.guard import is_ours
from app.core.progress import absorb, has_failed
from app.core.stack import ObservedStack, StackRecord, StackStatus
from workers.ports import Cloud

MOST_EVENTS = 500
"""How far back events are read for a cause."""


@dataclass(frozen=True)
class Observer:
    """Looks at one record at a time."""

    cloud: Cloud
    installation: str
    clock: Callable[[], datetime]

    def look(self, record: StackRecord) -> StackRecord:
        """The record as CloudFormation would have it now. Raises TransientError where it does not answer."""
        if record.id is None:
            return self._look_by_name(record)
        if not record.status.is_in_progress:
            return record
        return self._look_by_id(record, record.id)

    def _look_by_name(self, record: StackRecord) -> StackRecord:
        if record.operation != "create":
            return record
        observed = self.cloud.describe(record.account, record.region, record.name)
        return self.adopt(record, observed)

    def adopt(self, record: StackRecord, observed: ObservedStack | None) -> StackRecord:
        """The record of a stack that was found by our name: ours to go on with, foreign, or not there."""
        if observed is None:
            return replace(record, id=None, status=StackStatus.ABSENT)
        if not is_ours(observed.tags, self.installation, record.environment):
            where = f"{record.account}/{record.region}"
            text = f"A stack named {record.name} that is not Mayfly's stands in {where}; it is left alone."
            return replace(record, id=None, status=StackStatus.UNKNOWN, cause=text)
        found = replace(record, id=observed.id, status=observed.status, cause=None)
        return found if observed.status.is_in_progress else self._absorb(found, observed)

    def _look_by_id(self, record: StackRecord, stack_id: str) -> StackRecord:
        observed = self.cloud.describe(record.account, record.region, stack_id)
        return self._absorb(record, observed)

    def _absorb(self, record: StackRecord, observed: ObservedStack | None) -> StackRecord:
        after = absorb(record, observed, self._cause(record, observed), self.clock())
        if after.applied is not None and after.applied != record.applied and after.id is not None:
            return replace(after, resources=self.cloud.resources(after.account, after.region, after.id))
        return after

    def _cause(self, record: StackRecord, observed: ObservedStack | None) -> str | None:
        """Why the operation failed, asked for once: as soon as CloudFormation begins to take it back."""
        if record.id is None or record.operation is None:
            return None
        status = observed.status if observed else StackStatus.DELETE_COMPLETE
        already_known = record.failed is not None and record.failed == record.payload and record.cause is not None
        if not has_failed(record, status) or (already_known and record.operation != "delete"):
            return None
        told = tell_cause(self._events(record), observed.status_reason if observed else "")
        return f"{record.name} could not be {record.operation.rstrip('e')}ed. {told}" if told else None

    def _events(self, record: StackRecord) -> list[StackEvent]:
        try:
            events = self.cloud.events(record.account, record.region, record.id or record.name)
            return operation_events(islice(events, MOST_EVENTS), record.token)
        except PermanentError:
            return []
