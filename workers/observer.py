"""The observer: brings our records of an environment's stacks up to what CloudFormation says now.

A stack is asked about where something moved, as `core.sight` says, and what was heard of it is believed where that is
enough. Creations whose answer never reached us are asked about by name, and so are names that a foreign stack held. An
update whose answer never came is asked for again instead, since no look can tell whether it arrived. A stack of our
name is ours only by its tags.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from app.core.cause import Cause
from app.core.doubt import has_ended, is_doubtful
from app.core.guard import MANAGED_TAG, is_ours
from app.core.progress import absorb, absorb_absence, absorb_success, has_failed
from app.core.recurrence import note_failure
from app.core.sight import Look, how_to_look, observed_by, seen
from app.core.stack import ObservedStack, StackRecord, StackStatus
from app.core.tagging import keep_of
from app.core.tiding import Tiding
from workers.inquiry import Inquiry
from workers.ports import Cloud


@dataclass(frozen=True)
class Observer:
    """Looks at one record at a time."""

    cloud: Cloud
    inquiry: Inquiry
    installation: str
    clock: Callable[[], datetime]

    def look(self, record: StackRecord, tiding: Tiding | None = None) -> StackRecord | None:
        """The record as CloudFormation would have it now; None where a look showed nothing that can be believed yet.

        Raises TransientError where CloudFormation does not answer.
        """
        if record.id is None:
            return self._look_by_name(record)
        match how_to_look(record, tiding, self.clock()):
            case Look.HEARD if tiding is not None:
                observed = observed_by(record, tiding)
                return self._see(record, observed) if tiding.observed else self._absorb(record, observed)
            case Look.DESCRIBE:
                return self._describe(record)
        return record

    def revisit(self, record: StackRecord) -> StackRecord | None:
        """The record of a stack at rest that nobody has looked at for long, with resources that are up to date."""
        after = self._describe(record)
        if after is None or after.outline is None or after.listed is not None:
            return after
        return self._list(after) if after.applied == after.payload and after.applied is not None else after

    def _look_by_name(self, record: StackRecord) -> StackRecord:
        if record.operation != "create":
            return record
        observed = self.cloud.describe(record.account, record.region, record.name)
        return self.adopt(record, observed)

    def adopt(self, record: StackRecord, observed: ObservedStack | None) -> StackRecord:
        """The record of a stack that was found by our name: ours to go on with, foreign, or not there."""
        if observed is None:
            return _without_stack(record)
        if not is_ours(observed.tags, self.installation, record.environment):
            return replace(record, id=None, status=StackStatus.UNKNOWN, cause=self._whose(record, observed))
        found = replace(record, id=observed.id, status=StackStatus.CREATE_IN_PROGRESS, cause=None)
        operation = "create" if self.has_begun(found) else "foreign"
        return self._absorb(replace(found, operation=operation), observed)

    def _whose(self, record: StackRecord, observed: ObservedStack) -> str:
        where = f"{record.account}/{record.region}"
        if observed.tags.get(MANAGED_TAG) == self.installation:
            other = observed.tags.get("mayfly:environment", "?")
            return f"The stack {record.name} in {where} belongs to the environment {other}; it is left alone."
        return f"A stack named {record.name} that is not Mayfly's stands in {where}; it is left alone."

    def has_begun(self, record: StackRecord) -> bool:
        """Whether CloudFormation began the operation of `record`, and no other, as the stack's events tell."""
        return any(event.token == record.token for event in self.inquiry.recent_events(record))

    def confirm(self, record: StackRecord) -> StackRecord:
        """The record of a stack which, as CloudFormation says, stands already as was asked for."""
        observed = self.cloud.describe(record.account, record.region, record.id or record.name)
        if observed is None:
            return absorb_absence(record)
        after = absorb_success(replace(record, status=observed.status), observed)
        return self._with_resources(record, seen(after, self.clock()))

    def _describe(self, record: StackRecord) -> StackRecord | None:
        return self._see(record, self.cloud.describe(record.account, record.region, record.id or record.name))

    def _see(self, record: StackRecord, observed: ObservedStack | None) -> StackRecord | None:
        """A look that seems to be from before our own call is none; the next one comes soon."""
        if is_doubtful(record, observed, self.clock()) and not self._has_ended(record, observed):
            return None
        return self._absorb(record, observed)

    def _has_ended(self, record: StackRecord, observed: ObservedStack | None) -> bool:
        return has_ended(record, observed, self.inquiry.recent_events(record))

    def _absorb(self, record: StackRecord, observed: ObservedStack | None) -> StackRecord:
        now, cause = self.clock(), self._cause(record, observed)
        after = note_failure(record, absorb(record, observed, cause.text if cause else None, now), cause)
        after = seen(after, now)
        return self._with_resources(record, replace(after, kept_until=keep_of(observed.tags) if observed else None))

    def _with_resources(self, record: StackRecord, after: StackRecord) -> StackRecord:
        """Listed anew after each success, unless the template has the same resources as before. An update may have
        replaced some of those all the same: they are listed when the stack is revisited."""
        if after.applied is None or after.applied == record.applied or after.id is None:
            return after
        if after.outline is not None and after.outline == after.listed:
            return replace(after, listed=None)
        return self._list(after)

    def _list(self, record: StackRecord) -> StackRecord:
        resources = self.cloud.resources(record.account, record.region, record.id or record.name)
        return replace(record, resources=resources, listed=record.outline)

    def _cause(self, record: StackRecord, observed: ObservedStack | None) -> Cause | None:
        """Why the operation failed, asked for once: as soon as CloudFormation begins to take it back."""
        if record.id is None or record.operation is None:
            return None
        status = observed.status if observed else StackStatus.DELETE_COMPLETE
        already_known = record.failed is not None and record.failed == record.payload and record.cause is not None
        if not has_failed(record, status) or (already_known and record.operation != "delete"):
            return None
        return self.inquiry.cause_of(record, observed)


def _without_stack(record: StackRecord) -> StackRecord:
    """The record of a stack that was never created. Where a foreign one stood in the way, the way is free."""
    if record.status is StackStatus.UNKNOWN:
        record = replace(record, failed=None, cause=None)
    return replace(record, id=None, status=StackStatus.ABSENT)
