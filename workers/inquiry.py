"""The inquiry: why an operation failed, asked of CloudFormation once, as soon as the operation begins to be taken back.

First what CloudFormation refused before it made anything, then the events of the stack and of those nested in it. What
may not be asked, or is not known to the service, is noted in the log and is never taken for the cause.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

import structlog

from app.core.cause import (
    Cause,
    Failure,
    OperationEvent,
    StackEvent,
    find_causes,
    find_nested,
    find_refusals,
    fingerprint_of,
    operation_events,
    tell_failures,
)
from app.core.errors import PermanentError
from app.core.stack import ObservedStack, StackRecord
from app.store.database import Database
from app.store.preparations import find_preparation
from workers.ports import Cloud

MOST_EVENTS = 500
"""How far back events are read for a cause."""
MOST_NESTED = 10
DEEPEST = 5

Places = Callable[[StackRecord], Mapping[str, str]]
"""Where the resources of a stack's template stand, as `app.core.blueprint.Blueprint.places` has it."""

log = structlog.get_logger()


def places_in(database: Database) -> Places:
    """The places that were noted when the commit was prepared; none once another commit was."""

    def places(record: StackRecord) -> Mapping[str, str]:
        with database.read() as connection:
            preparation = find_preparation(connection, record.environment, record.commit or "")
        blueprint = preparation.blueprints.get(record.stack) if preparation else None
        return blueprint.places if blueprint else {}

    return places


@dataclass(frozen=True)
class Inquiry:
    """Finds causes."""

    cloud: Cloud
    places: Places

    def cause_of(self, record: StackRecord, observed: ObservedStack | None) -> Cause | None:
        """Why the operation of a record failed; None where nobody says."""
        failures = self._refusals(record) or self._failures(record)
        if not failures and observed is not None and observed.status_reason:
            failures = [Failure("", "", observed.status_reason)]
        if not failures:
            return None
        verb = (record.operation or "").rstrip("e")
        text = f"{record.name} could not be {verb}ed. {tell_failures(failures, self.places(record))}"
        return Cause(text, fingerprint_of(failures))

    def recent_events(self, record: StackRecord, stack_id: str | None = None) -> Iterator[StackEvent]:
        """The events, the newest first; none where CloudFormation does not show them (any more)."""
        name = stack_id or record.id or record.name
        try:
            yield from islice(self.cloud.events(record.account, record.region, name), MOST_EVENTS)
        except PermanentError as refused:
            log.warning("events could not be read", stack=name, error=str(refused))

    def _refusals(self, record: StackRecord) -> list[Failure]:
        if record.operation not in ("create", "update") or record.id is None:
            return []
        try:
            events = self.cloud.failed_events(record.account, record.region, record.id)
        except PermanentError as refused:
            log.info("operation events could not be read", stack=record.name, error=str(refused))
            return []
        return [_refusal(event) for event in find_refusals(events, record.token)]

    def _failures(self, record: StackRecord) -> list[Failure]:
        events = operation_events(self.recent_events(record), record.operation or "", record.token)
        found = list(self._within(record, events, record.id or "", "", 0))
        first_of: dict[str, Failure] = {}
        for failure in sorted(found, key=_moment):
            first_of.setdefault(failure.path, failure)
        return list(first_of.values())

    def _within(
        self, record: StackRecord, events: Sequence[StackEvent], stack_id: str, path: str, depth: int
    ) -> Iterator[Failure]:
        """The failures of one stack and of those nested in it, each with the way to it."""
        for event in find_causes(events):
            yield Failure(f"{path}{event.logical_id}", event.type, event.reason, event.at, event.properties)
        since = events[0].at if events else None
        for nested in find_nested(events, stack_id)[:MOST_NESTED] if depth < DEEPEST else ():
            inner = [event for event in self.recent_events(record, nested.physical_id) if _is_since(event, since)]
            way = f"{path}{nested.logical_id}/"
            yield from self._within(record, inner[::-1], nested.physical_id, way, depth + 1)


def _moment(failure: Failure) -> datetime:
    return failure.at or datetime.max.replace(tzinfo=UTC)


def _is_since(event: StackEvent, since: datetime | None) -> bool:
    return since is None or event.at >= since


def _refusal(event: OperationEvent) -> Failure:
    """A validation names its place in the template by a path: `/Resources/Bucket/Properties/BucketName`."""
    steps = event.path.strip("/").split("/")
    logical_id = steps[1] if len(steps) > 1 and steps[0] == "Resources" else event.logical_id
    below = f" (at {'.'.join(steps[3:])})" if len(steps) > 3 else ""
    return Failure(logical_id, event.type, f"{event.reason.rstrip('.')}{below}.")
