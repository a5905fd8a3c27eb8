"""The heartbeat: says that this process is alive, and takes over from those that have fallen silent.

Silence is judged only by a process that was itself beating all the while. After an outage of the database, or when a
whole machine was asleep, everybody has been silent, and the first to wake would otherwise declare all others dead. And
the later its own beats were of late, the longer it gives the others: what kept it waiting, a machine with too much to
do or a lock that everybody wants, keeps them waiting too.
"""

import math
import os
import time
from collections import deque
from collections.abc import Callable
from datetime import timedelta

import structlog

from app.store.database import Database
from app.store.wake import Wakes

BEAT = timedelta(seconds=1)
SILENCE = timedelta(seconds=3.5)
"""A process that has not been heard of for so long is dead, and its keys are taken over."""
OF_LATE = 8
"""So many of its own beats tell a process how late everybody may be now."""
REAPED = 70
"""Exit status of a process that was declared dead: others have its keys, so it must not go on."""

log = structlog.get_logger()


class Heartbeat:
    """The beat of one process: `say_alive` and `look_after_others` every BEAT, each on a thread of its own."""

    def __init__(
        self, database: Database, wakes: Wakes, executor: str, stopwatch: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._wakes = wakes
        self._executor = executor
        self._stopwatch = stopwatch
        self._last = self._unbroken_since = -math.inf
        self._gaps: deque[float] = deque(maxlen=OF_LATE)

    def start(self) -> None:
        """The first beat. Whoever starts may judge at once: it has missed nothing."""
        with self._database.begin() as connection:
            self._wakes.beat(connection, self._executor, first=True)
        self._last = self._stopwatch()

    def beat(self) -> None:
        """Both of what follows, for whoever has nothing else to do."""
        self.say_alive()
        self.look_after_others()

    def say_alive(self) -> None:
        """Say that this process is alive. Ends the process where it was declared dead."""
        with self._database.begin() as connection:
            alive = self._wakes.beat(connection, self._executor)
        if not alive:
            log.error("this process was silent for too long and others have taken its work over; it stops")
            os._exit(REAPED)
        now = self._stopwatch()
        self._gaps.append(now - self._last)
        if now - self._last > SILENCE.total_seconds() / 2:
            self._unbroken_since = now
            self._gaps.clear()
        self._last = now

    @property
    def patience(self) -> timedelta:
        """How long another may be silent before it is dead: longer by twice what this process itself was late."""
        late = timedelta(seconds=max(self._gaps, default=0)) - BEAT
        return SILENCE + 2 * max(late, timedelta(0))

    def look_after_others(self) -> None:
        """Take over from those that are silent, but never from oneself, nor when this process was silent itself.

        It may have to wait for a lock in the hands of a process that froze, and so must never keep `say_alive` waiting.
        """
        is_late = self._stopwatch() - self._last > SILENCE.total_seconds() / 2
        if is_late or self._last - self._unbroken_since <= SILENCE.total_seconds():
            return
        patience = self.patience
        with self._database.read() as connection:
            silent = self._wakes.silent_executors(connection, patience)
        for executor in (each for each in silent if each != self._executor):
            keys = self._wakes.take_over(self._database, executor, patience)
            if keys is not None:
                log.warning("took over from a process that fell silent", executor=executor, keys=keys)

    def stop(self) -> None:
        """Leave: whatever this process has not finished is for others."""
        self._wakes.take_over(self._database, self._executor)
