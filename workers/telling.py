"""Telling: has a text stand in a place once, and edits it from then on.

What was told is kept in the outbox. A first post is noted before it is made, so that one whose answer was lost, or
whose process died, is looked up before anything is posted again.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from app.core.errors import MayflyError, TransientError
from app.store.database import Database
from app.store.outbox import Told, find_told, save_told
from workers.ports import Text

log = structlog.get_logger()


Turn = Callable[[], timedelta]


class NotYet(TransientError):
    """It is not this one's turn yet."""


def at_once() -> timedelta:
    """No waiting."""
    return timedelta(0)


@dataclass(frozen=True)
class Failure:
    """A text could not be told: why, and how often in a row."""

    fault: Exception
    attempts: int


@dataclass(frozen=True)
class Telling:
    """Tells texts and keeps what was told."""

    database: Database
    clock: Callable[[], datetime]

    def told(self, subject: str, place: str) -> Told:
        """What stands in a place about a subject."""
        with self.database.read() as connection:
            return find_told(connection, subject, place)

    def tell(self, subject: str, place: str, text: Text, turn: Turn = at_once) -> Failure | None:
        """Have the text stand there; None once it does. `turn` is how long the place wants to be left alone first."""
        told = self.told(subject, place)
        try:
            if told.digest == text.digest:
                return None
            if wait := turn():
                return Failure(NotYet(None, wait), told.attempts)
            told = self._write(told, text)
        except Exception as fault:  # noqa: BLE001 - whatever a place does, the others are told
            return self._note_fault(subject, place, fault)
        self._save(replace(told, digest=text.digest, trying_since=None, attempts=0, last_error=None))
        log.info("told", place=place)
        return None

    def close(self, subject: str, place: str, text: Text) -> Failure | None:
        """Have the text stand in place of what was told, if anything was, and begin anew with the next one."""
        told = self.told(subject, place)
        if told == Told(subject, place):
            return None
        try:
            reference = _standing(told, text)
            if reference is not None:
                text.edit(reference)
        except Exception as fault:  # noqa: BLE001 - as above
            return self._note_fault(subject, place, fault)
        self._save(Told(subject, place))
        return None

    def _write(self, told: Told, text: Text) -> Told:
        """Edit what stands there; where nothing does, post it."""
        reference = _standing(told, text)
        if reference is not None and text.edit(reference):
            return replace(told, reference=reference)
        trying = replace(told, reference=None, trying_since=told.trying_since or self.clock())
        self._save(trying)
        return replace(trying, reference=text.post())

    def _note_fault(self, subject: str, place: str, fault: Exception) -> Failure:
        told = self.told(subject, place)
        failure = Failure(fault, told.attempts + 1)
        self._save(replace(told, attempts=failure.attempts, last_error=str(fault)[:500]))
        if not isinstance(fault, MayflyError):
            log.error("a surprise in telling", place=place, exc_info=fault)
        log.warning("could not tell", place=place, reason=str(fault), attempts=failure.attempts)
        return failure

    def _save(self, told: Told) -> None:
        with self.database.begin() as connection:
            save_told(connection, told)


def _standing(told: Told, text: Text) -> str | None:
    """The reference of what stands there, after a look for what a crash may have left unnoted."""
    if told.reference is None and told.trying_since is not None:
        return text.find(told.trying_since)
    return told.reference
