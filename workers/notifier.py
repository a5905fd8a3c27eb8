"""The notifier: tells people what an environment's records say, in each place once, and edits it from then on.

The announcement is made from the records at the moment of telling, so several changes in a row become one edit, and a
place that was out of reach is told the last state when it is back. Places are told independently: one that fails is
tried again and holds up neither the others nor any deployment.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from app.core.announcement import Announcement, announce
from app.core.errors import PermanentError, TransientError
from app.core.patience import pause_after
from app.store.database import Database
from app.store.deployments import list_deployments
from app.store.environments import find_environment, stacks_of
from app.store.outbox import list_told
from app.store.preparations import find_preparation
from app.store.sources import sources_of
from workers.pace import Pace
from workers.ports import Directory, Place
from workers.telling import Failure, NotYet, Telling

MOST_REFUSALS = 5
"""How often a place that refuses is tried again before the next change of the environment."""


@dataclass(frozen=True)
class Notifier:
    """One pass per environment."""

    database: Database
    places: Directory
    clock: Callable[[], datetime]
    pace: Pace = field(default_factory=Pace)

    def __call__(self, name: str) -> timedelta | None:
        """Tell each place what it does not know yet; when to try again those that could not be told."""
        with self.database.read() as connection:
            environment = find_environment(connection, name)
            sources = sources_of(connection, name)
            records = stacks_of(connection, name)
            attempts = list_deployments(connection, name)
            told = list_told(connection, name)
            preparation = find_preparation(connection, name, environment.desired.commit) if environment else None
        if environment is None:
            return None
        announcement = announce(environment, sources, records, attempts, preparation)
        pauses = [self._tell(place, announcement) for place in self.places.of(announcement, told)]
        return min((pause for pause in pauses if pause is not None), default=None)

    def _tell(self, place: Place, announcement: Announcement) -> timedelta | None:
        """Tell one place; None once it knows, else how long to wait before the next try."""
        name = announcement.environment
        telling = Telling(self.database, self.clock)
        root = telling.told(name, place.under).reference if place.under else None
        told = telling.told(name, place.name)
        stands = told.reference is not None or told.trying_since is not None
        if (place.under and root is None) or not (place.is_needed or stands):
            return None
        with structlog.contextvars.bound_contextvars(phase=announcement.phase.value):
            failure = telling.tell(name, place.name, place.tell(root), lambda: self._turn(place, name))
        return self._pause(place, failure) if failure else None

    def _turn(self, place: Place, name: str) -> timedelta:
        """How long until the place may be spoken to."""
        if place.room is None:
            return timedelta(0)
        return self.pace.wait(place.room, f"{name} {place.name}", self.clock())

    def _pause(self, place: Place, failure: Failure) -> timedelta | None:
        """When to try again; a place that asks for a pause gets it from everybody in the room."""
        fault = failure.fault
        if isinstance(fault, NotYet):
            return fault.retry_after
        if isinstance(fault, TransientError) and fault.retry_after and place.room is not None:
            self.pace.hold(place.room, self.clock() + fault.retry_after)
        return _pause_after(failure)


def _pause_after(failure: Failure) -> timedelta | None:
    fault = failure.fault
    if isinstance(fault, PermanentError) and failure.attempts % MOST_REFUSALS == 0:
        return None
    wished = fault.retry_after if isinstance(fault, TransientError) else None
    return wished or pause_after(failure.attempts)
