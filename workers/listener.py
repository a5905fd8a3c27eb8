"""The listener: hears from the queue of stack status changes what moved, and wakes the environments that it concerns.

It waits, which no pass may do, so it has a thread of its own, which belongs to the engine's process and ends with it.
It writes tidings and nothing else; a message that it could not write down stays in the queue and comes again.
"""

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from app.aws.queue import Message, StatusChange, read_change
from app.core.errors import MayflyError
from app.core.patience import pause_after
from app.core.tiding import Tiding
from app.store.database import Connection, Database, DatabaseFault
from app.store.environments import find_stack, places_under_way
from app.store.hearing import note_asked, note_heard, note_silent
from app.store.tidings import hear
from app.store.wake import Kind, Wakes

WAIT = 20
"""Seconds for which one question waits for an answer, the most that SQS takes."""
ASKED = timedelta(seconds=10)
"""How often it is written down that the queue answers."""
LEAVE = 2.0
"""Seconds within which the thread is waited for. One that still waits for SQS takes nothing any more."""

log = structlog.get_logger()


class Queue(Protocol):
    """Where the messages wait."""

    def receive(self, seconds: int) -> list[Message]:
        """What is there, or comes within `seconds`."""

    def delete(self, messages: Sequence[Message]) -> None:
        """Take messages off the queue."""


class Listener:
    """Listens from `start` to `stop`."""

    def __init__(
        self, database: Database, wakes: Wakes, queue: Queue, clock: Callable[[], datetime], wait: int = WAIT
    ) -> None:
        self._database, self._wakes, self._queue, self._clock, self._wait = database, wakes, queue, clock, wait
        self._asked_at: datetime | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="listener", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._thread.start()

    def stop(self) -> None:
        """Take nothing more off the queue."""
        self._stopping.set()
        self._thread.join(LEAVE)

    def _listen(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            try:
                self.listen_once()
                failures = 0
            except (MayflyError, *DatabaseFault) as fault:
                failures += 1
                reason = " ".join(str(fault).split())[:500]
                log.warning("the event queue cannot be heard; the watch looks more often", reason=reason)
                self._hand_over()
                self._stopping.wait(pause_after(failures).total_seconds())
            except Exception:
                failures += 1
                log.exception("a fault of ours; the listener goes on")
                self._stopping.wait(pause_after(failures).total_seconds())

    def _hand_over(self) -> None:
        """Leave it to the watches from now on, those that rest woken."""
        self._asked_at = None
        with suppress(*DatabaseFault), self._database.begin() as connection:
            note_silent(connection)
            for place in places_under_way(connection):
                self._wakes.wake(connection, Kind.WATCH, place)

    def listen_once(self) -> None:
        """One question and what follows from its answer. Raises MayflyError or DatabaseFault."""
        messages = self._queue.receive(self._wait)
        if self._stopping.is_set():
            return
        self._note(messages)
        if messages:
            self._queue.delete(messages)

    def _note(self, messages: Sequence[Message]) -> None:
        now = self._clock()
        is_due = self._asked_at is None or now - self._asked_at >= ASKED
        if not messages and not is_due:
            return
        with self._database.begin() as connection:
            if is_due:
                note_asked(connection, now)
            for change in self._read(messages):
                self._take(connection, change, now)
        self._asked_at = now if is_due else self._asked_at

    @staticmethod
    def _read(messages: Sequence[Message]) -> list[StatusChange]:
        """What the messages say, the oldest first."""
        read = [(message, read_change(message.body)) for message in messages]
        for message, change in read:
            if change is None:
                log.warning("a message that is no stack status change is dropped", body=message.body[:200])
        return sorted((change for _, change in read if change is not None), key=lambda change: change.at)

    def _take(self, connection: Connection, change: StatusChange, now: datetime) -> None:
        record = find_stack(connection, change.stack_id, change.token)
        if record is None:
            log.debug("a stack that is not ours moved", stack=change.stack_id)
            return
        note_heard(connection, f"{record.account}/{record.region}", now)
        if record.status is not change.status:
            hear(connection, Tiding(change.stack_id, now, change.status))
            self._wakes.wake(connection, Kind.ENVIRONMENT, record.environment)
