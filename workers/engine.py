"""The engine: turns wake-ups into passes, one at a time per key, on as many processes as there are.

DBOS carries the queue on SQLite and PostgreSQL alike. Ours on top: the slot per key and the delays (`app.store.wake`),
a heartbeat, and the takeover of what a dead process was doing. A pass is an ordinary function from a key to "again
after T" or None; whatever it raises is noted, and the key is tried again after a growing pause, for ever: giving up is
a decision, and decisions are the passes' own.
"""

import asyncio
import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable, Mapping
from datetime import timedelta

import structlog
from dbos import DBOS, DBOSConfig

from app.core.errors import TransientError
from app.core.patience import pause_after
from app.store.database import Database, DatabaseFault
from app.store.wake import PASS, QUEUE, VERSION, Kind, Pass, Wakes, parse_pass

PassFunction = Callable[[str], timedelta | None]
"""One pass for a key: looks, acts, and says when to look again by itself, if at all."""

POLL_SECONDS = 0.1
THREADS = 16
BEAT = timedelta(seconds=1)
SILENCE = timedelta(seconds=4)
"""A process that has not been heard of for so long is dead, and its keys are taken over."""
STOP_SECONDS = 20
REAPED = 70
"""Exit status of a process that was declared dead: others have its keys, so it must not go on."""

log = structlog.get_logger()


class Engine:
    """Runs passes in this process from `start` to `stop`."""

    def __init__(self, database: Database, wakes: Wakes, passes: Mapping[Kind, PassFunction]) -> None:
        self._database = database
        self._wakes = wakes
        self._passes = passes
        self._executor = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
        self._stopping = threading.Event()
        self._tickers = [
            threading.Thread(target=self._tick, args=(self._beat, BEAT.total_seconds()), name="heartbeat"),
            threading.Thread(target=self._tick, args=(self._queue_due, POLL_SECONDS), name="timers"),
        ]

    def start(self) -> None:
        """Begin to run passes. The heartbeat comes first: from then on others know that these keys are in hands."""
        with self._database.begin() as connection:
            self._wakes.beat(connection, self._executor, first=True)
        self._launch()
        for ticker in self._tickers:
            ticker.start()

    def stop(self) -> None:
        """Begin no further pass, let the running ones finish, leave the rest to others."""
        self._stopping.set()
        for ticker in self._tickers:
            ticker.join()
        DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=STOP_SECONDS)
        self._wakes.take_over(self._database, self._executor)

    def _launch(self) -> None:
        logging.getLogger("dbos").setLevel(logging.WARNING)
        config: DBOSConfig = {
            "name": "mayfly",
            "system_database_engine": self._database.engine,
            "executor_id": self._executor,
            "application_version": VERSION,
            "max_executor_threads": THREADS,
            "run_migrations": False,
            "log_level": "WARNING",
        }
        DBOS(config=config)
        DBOS.workflow(name=PASS, max_recovery_attempts=20)(self._workflow())
        DBOS.launch()
        DBOS.register_queue(
            QUEUE, partition_concurrency=1, worker_concurrency=THREADS, polling_interval_sec=POLL_SECONDS
        )

    def _workflow(self) -> "Callable[[str], object]":
        async def run(pass_id: str) -> None:
            await asyncio.to_thread(self._run, parse_pass(pass_id))

        return run

    def _run(self, running: Pass) -> None:
        with self._database.begin() as connection:
            if not self._wakes.begin_pass(connection, running):
                return
        with structlog.contextvars.bound_contextvars(**{running.kind.value: running.key}):
            try:
                again = self._passes[running.kind](running.key)
            except Exception as error:  # noqa: BLE001 - whatever a pass raises, its key must be looked at again
                self._note_failure(running, error)
                return
            with self._database.begin() as connection:
                self._wakes.end_pass(connection, running, again)

    def _note_failure(self, running: Pass, error: Exception) -> None:
        reason = " ".join(str(error).split())[:500] or type(error).__name__
        with self._database.begin() as connection:
            attempts = self._wakes.attempts(connection, running.kind, running.key)
            pause = (error.retry_after if isinstance(error, TransientError) else None) or pause_after(attempts + 1)
            self._wakes.fail_pass(connection, running, reason, pause)
        expected = isinstance(error, TransientError)
        log.warning("pass failed", reason=reason, again_in=pause.total_seconds(), exc_info=None if expected else error)

    def _tick(self, act: Callable[[], None], seconds: float) -> None:
        while not self._stopping.wait(seconds):
            try:
                act()
            except DatabaseFault as error:
                log.warning("the database does not answer", reason=" ".join(str(error.orig).split())[:200])

    def _beat(self) -> None:
        with self._database.begin() as connection:
            alive = self._wakes.beat(connection, self._executor)
        if not alive:
            log.error("this process was silent for too long and others have taken its work over; it stops")
            os._exit(REAPED)
        with self._database.read() as connection:
            silent = self._wakes.silent_executors(connection, SILENCE)
        for executor in silent:
            keys = self._wakes.take_over(self._database, executor)
            log.warning("took over from a process that fell silent", executor=executor, keys=keys)

    def _queue_due(self) -> None:
        with self._database.read() as connection:
            if not self._wakes.has_due(connection):
                return
        with self._database.begin() as connection:
            self._wakes.queue_due(connection)
