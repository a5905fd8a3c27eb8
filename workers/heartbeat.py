"""The heartbeat: says that this process is alive, and takes over from those that have fallen silent.

Silence is judged only by a process that was itself beating all the while. After an outage of the database, or when a
whole machine was asleep, everybody has been silent, and the first to wake would otherwise declare all others dead.
"""

import math
import os
import time
from collections.abc import Callable
from datetime import timedelta

import structlog

from app.store.database import Database
from app.store.wake import Wakes

BEAT = timedelta(seconds=1)
SILENCE = timedelta(seconds=3.5)
"""A process that has not been heard of for so long is dead, and its keys are taken over."""
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
        if now - self._last > SILENCE.total_seconds() / 2:
            self._unbroken_since = now
        self._last = now

    def look_after_others(self) -> None:
        """Take over from those that are silent, unless this process was silent itself.

        It may have to wait for a lock in the hands of a process that froze, and so must never keep `say_alive` waiting.
        """
        if self._last - self._unbroken_since <= SILENCE.total_seconds():
            return
        with self._database.read() as connection:
            silent = self._wakes.silent_executors(connection, SILENCE)
        for executor in silent:
            keys = self._wakes.take_over(self._database, executor)
            log.warning("took over from a process that fell silent", executor=executor, keys=keys)

    def stop(self) -> None:
        """Leave: whatever this process has not finished is for others."""
        self._wakes.take_over(self._database, self._executor)
