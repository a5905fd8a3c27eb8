"""The notifier: tells people what an environment's records say, in each place once, and edits it from then on.

The announcement is made from the records at the moment of telling, so several changes in a row become one edit, and a
place that was out of reach is told the last state when it is back. Places are told independently: one that fails is
tried again and holds up neither the others nor any deployment.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from app.core.announcement import Announcement, announce
from app.core.errors import MayflyError, PermanentError, TransientError
from app.core.patience import pause_after
from app.store.database import Database
from app.store.environments import find_environment, stacks_of
from app.store.outbox import Told, find_told, save_told
from app.store.sources import sources_of
from workers.ports import Directory, Place, Text

MOST_REFUSALS = 5
"""How often a place that refuses is tried again before the next change of the environment."""

log = structlog.get_logger()


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
        with self.database.read() as connection:
            told = find_told(connection, announcement.environment, place.name)
        text = place.tell(announcement)
        if told.digest == text.digest:
            return None
        try:
            told = self._write(told, text)
        except MayflyError as fault:
            return self._note_fault(told, fault)
        except Exception as fault:
            log.exception("a surprise in telling", place=told.place)
            return self._note_fault(told, fault)
        self._save(replace(told, digest=text.digest, trying_since=None, attempts=0, last_error=None))
        log.info("told", place=place.name, phase=announcement.phase.value)
        return None

    def _write(self, told: Told, text: Text) -> Told:
        """Edit what stands there; where nothing does, post it, after a look for what a crash may have left unnoted."""
        reference = told.reference
        if reference is None and told.trying_since is not None:
            reference = text.find(told.trying_since)
        if reference is not None and text.edit(reference):
            return replace(told, reference=reference)
        trying = replace(told, reference=None, trying_since=told.trying_since or self.clock())
        self._save(trying)
        return replace(trying, reference=text.post())

    def _note_fault(self, told: Told, fault: Exception) -> timedelta | None:
        with self.database.read() as connection:
            current = find_told(connection, told.environment, told.place)
        attempts = current.attempts + 1
        self._save(replace(current, attempts=attempts, last_error=str(fault)[:500]))
        log.warning("could not tell", place=told.place, reason=str(fault), attempts=attempts)
        if isinstance(fault, PermanentError) and attempts % MOST_REFUSALS == 0:
            return None
        wished = fault.retry_after if isinstance(fault, TransientError) else None
        return wished or pause_after(attempts)

    def _save(self, told: Told) -> None:
        with self.database.begin() as connection:
            save_told(connection, told)
