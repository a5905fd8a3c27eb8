"""The speaker: has a text stand in a place, at the pace of its room, and says when to try again where it failed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.errors import PermanentError, TransientError
from app.core.patience import pause_after
from app.store.database import Database
from workers.pace import Pace
from workers.ports import Place
from workers.telling import Failure, NotYet, Telling

MOST_REFUSALS = 5
"""How often a place that refuses is tried again before there is something else to tell."""


@dataclass(frozen=True)
class Speaker:
    """Tells each place by itself: one that fails holds up no other."""

    database: Database
    clock: Callable[[], datetime]
    pace: Pace

    def tell(self, name: str, place: Place) -> timedelta | None:
        """Tell one place about `name`; None once it knows, else how long to wait before the next try."""
        telling = Telling(self.database, self.clock)
        root = telling.told(name, place.under).reference if place.under else None
        told = telling.told(name, place.name)
        stands = told.reference is not None or told.trying_since is not None
        if (place.under and root is None) or not (place.is_needed or stands):
            return None
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
