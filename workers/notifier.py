"""The notifier: tells people what an environment's records say, in each place once, and edits it from then on.

The announcement is made from the records at the moment of telling, so several changes in a row become one edit, and a
place that was out of reach is told the last state when it is back. Places are told independently: one that fails is
tried again and holds up neither the others nor any deployment.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from app.core.announcement import Announcement, announce
from app.core.errors import PermanentError, TransientError
from app.core.patience import pause_after
from app.store.database import Database
from app.store.environments import find_environment, stacks_of
from app.store.sources import sources_of
from workers.ports import Directory, Place
from workers.telling import Failure, Telling

MOST_REFUSALS = 5
"""How often a place that refuses is tried again before the next change of the environment."""


@dataclass(frozen=True)
class Notifier:
    """One pass per environment."""

    database: Database
    places: Directory
    clock: Callable[[], datetime]

    def __call__(self, name: str) -> timedelta | None:
        """Tell each place what it does not know yet; when to try again those that could not be told."""
        with self.database.read() as connection:
            environment = find_environment(connection, name)
            sources = sources_of(connection, name)
            records = stacks_of(connection, name)
        if environment is None:
            return None
        announcement = announce(environment, sources, records)
        pauses = [self._tell(place, announcement) for place in self.places.of(environment, sources)]
        return min((pause for pause in pauses if pause is not None), default=None)

    def _tell(self, place: Place, announcement: Announcement) -> timedelta | None:
        """Tell one place; None once it knows, else how long to wait before the next try."""
        telling = Telling(self.database, self.clock)
        with structlog.contextvars.bound_contextvars(phase=announcement.phase.value):
            failure = telling.tell(announcement.environment, place.name, place.tell(announcement))
        return _pause_after(failure) if failure else None


def _pause_after(failure: Failure) -> timedelta | None:
    fault = failure.fault
    if isinstance(fault, PermanentError) and failure.attempts % MOST_REFUSALS == 0:
        return None
    wished = fault.retry_after if isinstance(fault, TransientError) else None
    return wished or pause_after(failure.attempts)
