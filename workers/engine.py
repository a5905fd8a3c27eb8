"""The engine: turns wake-ups into passes, one at a time per key, on as many processes as there are.

DBOS carries the queue on SQLite and PostgreSQL alike. Ours on top: the slot per key and the delays (`app.store.wake`),
the heartbeat (`workers.heartbeat`), and when to look for passes (`workers.bell`). A pass is an ordinary function from a
key to "again after T" or None; whatever it raises is noted, and the key is tried again after a growing pause, for ever:
giving up is a decision, and decisions are the passes' own.

One door of DBOS is not public: `queue_worker_thread`, its loop of looks at a queue, run here on a thread of our own so
that the bell can stand in for its clock. DBOS is pinned to one version, and tests/contract/test_engine.py plays that.
"""

import asyncio
import logging
import os
import secrets
import socket
import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TypeVar

import structlog
from dbos import DBOS, DBOSConfig
from dbos._queue import queue_worker_thread

from app.core.errors import TransientError
from app.core.patience import pause_after
from app.store.database import Connection, Database, DatabaseFault
from app.store.lookout import Lookout
from app.store.wake import APPLICATION, PASS, QUEUE, VERSION, Kind, Pass, Wakes, parse_pass
from workers.bell import Bell
from workers.clock import system_clock
from workers.heartbeat import BEAT, Heartbeat

PassFunction = Callable[[str], timedelta | None]
"""One pass for a key: looks, acts, and says when to look again by itself, if at all."""

TIMERS = timedelta(seconds=1)
"""How often delays are looked at. In between the engine sleeps until the soonest is over, so that one of this length or
more is kept to the SHORTEST pause, and a shorter one may last as long as this."""
SHORTEST = timedelta(seconds=0.05)
"""The shortest pause between two looks at the delays."""
TIDY = timedelta(minutes=10)
HISTORY = timedelta(hours=1)
"""How long the engine's records of ended passes are kept; what a pass decided stands in `decisions`."""
UNUSED = timedelta(seconds=1)
"""How often DBOS looks for what Mayfly has none of: notifications; and at schedules still less often."""
THREADS = 32
STOP_SECONDS = 20

log = structlog.get_logger()

_Answer = TypeVar("_Answer")


class Engine:
    """Runs passes in this process from `start` to `stop`."""

    def __init__(self, database: Database, wakes: Wakes, passes: Mapping[Kind, PassFunction]) -> None:
        self._database = database
        self._wakes = wakes
        self._passes = passes
        self._executor = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
        self._heartbeat = Heartbeat(database, wakes, self._executor)
        self._stopping, self._stopped = threading.Event(), threading.Event()
        self._lookout = Lookout(database)
        self._bell = Bell(self._is_anything_queued)
        self._queue = threading.Thread(target=self._look_for_passes, name="passes")
        self._beating = threading.Thread(
            target=self._tick, args=(self._heartbeat.say_alive, BEAT, self._stopped), name="heartbeat"
        )
        self._tickers = [
            threading.Thread(target=self._tick, args=(self._heartbeat.look_after_others, BEAT), name="takeovers"),
            threading.Thread(target=self._tick, args=(self._queue_due, TIMERS), name="timers"),
            threading.Thread(target=self._tick, args=(self._tidy, TIDY), name="tidying"),
        ]

    def start(self) -> None:
        """Begin to run passes. The heartbeat comes first: from then on others know that these keys are in hands.

        It goes on while the engine is launched and until the last pass has ended, each of which may take seconds.
        """
        self._heartbeat.start()
        self._beating.start()
        self._launch()
        for thread in (*self._tickers, self._queue):
            thread.start()

    def stop(self) -> None:
        """Begin no further pass, let the running ones finish, leave the rest to others."""
        self._stopping.set()
        self._bell.set()
        for thread in (*self._tickers, self._queue):
            thread.join()
        DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=STOP_SECONDS)
        self._stopped.set()
        self._beating.join()
        try:
            self._heartbeat.stop()
        except DatabaseFault as error:
            log.warning("the database does not answer; others will notice the silence", reason=_in_one_line(error))

    def _launch(self) -> None:
        logging.getLogger("dbos").setLevel(logging.WARNING)
        config: DBOSConfig = {
            "name": APPLICATION,
            "system_database_engine": self._database.engine,
            "executor_id": self._executor,
            "application_version": VERSION,
            "max_executor_threads": THREADS,
            "run_migrations": False,
            "notification_coalesce_sec": UNUSED.total_seconds(),
            "scheduler_polling_interval_sec": 60 * UNUSED.total_seconds(),
            "log_level": "WARNING",
        }
        self._wakes.open_queue(THREADS)
        self._dbos = DBOS(config=config)
        DBOS.listen_queues([])
        DBOS.workflow(name=PASS, max_recovery_attempts=20)(self._workflow())
        DBOS.launch()

    def _look_for_passes(self) -> None:
        """Look whenever the bell says so, until it says stop. DBOS ends its loop should its queue's row be gone."""
        while not self._bell.is_set():
            try:
                self._wakes.open_queue(THREADS)
                if (queue := DBOS.retrieve_queue(QUEUE)) is not None:
                    queue_worker_thread(self._bell, self._dbos, queue)
            except DatabaseFault as error:
                log.warning("the database does not answer", reason=_in_one_line(error))
            except Exception:
                log.exception("a fault of ours; the looks go on")
            self._stopping.wait(1)
        self._lookout.close()

    def _is_anything_queued(self) -> bool:
        try:
            return self._lookout.is_anything_queued()
        except TransientError:
            self._stopping.wait(1)
            return False

    def _workflow(self) -> "Callable[[str], object]":
        async def run(pass_id: str) -> None:
            await asyncio.to_thread(self._run, parse_pass(pass_id))

        return run

    def _run(self, running: Pass) -> None:
        try:
            self._do(running)
        finally:
            self._bell.ring()

    def _do(self, running: Pass) -> None:
        if not self._write(lambda connection: self._wakes.begin_pass(connection, running)):
            return
        with structlog.contextvars.bound_contextvars(**{running.kind.value: running.key}):
            try:
                again = self._passes[running.kind](running.key)
                self._write(lambda connection: self._wakes.end_pass(connection, running, again))
            except Exception as error:  # noqa: BLE001 - whatever a pass raises, its key must be looked at again
                self._note_failure(running, error)

    def _note_failure(self, running: Pass, error: Exception) -> None:
        reason = _in_one_line(error)[:500] or type(error).__name__

        def note(connection: Connection) -> timedelta:
            attempts = self._wakes.attempts(connection, running.kind, running.key)
            pause = (error.retry_after if isinstance(error, TransientError) else None) or pause_after(attempts + 1)
            self._wakes.fail_pass(connection, running, reason, pause)
            return pause

        pause = self._write(note)
        expected = isinstance(error, TransientError)
        log.warning("pass failed", reason=reason, again_in=pause.total_seconds(), exc_info=None if expected else error)

    def _write(self, act: Callable[[Connection], _Answer]) -> _Answer:
        """Do `act` in a transaction, again and again while the database is away.

        A pass that began and could not say so, or ended and could not say when to look again, would hold its key for
        ever. Where the process is asked to stop meanwhile, the key is left to others, as after a crash.
        """
        failures = 0
        while True:
            try:
                with self._database.begin() as connection:
                    return act(connection)
            except DatabaseFault as error:
                failures += 1
                log.warning("the database does not answer", reason=_in_one_line(error))
                if self._stopping.wait(pause_after(failures).total_seconds()):
                    raise

    def _tick(
        self, act: Callable[[], timedelta | None], every: timedelta, until: threading.Event | None = None
    ) -> None:
        """Do `act` every so often, sooner where it says so, until the engine stops."""
        pause, until = every, until or self._stopping
        while not until.wait(pause.total_seconds()):
            pause = every
            try:
                pause = act() or every
            except DatabaseFault as error:
                log.warning("the database does not answer", reason=_in_one_line(error))
            except Exception:
                log.exception("a fault of ours; the clock goes on")

    def _queue_due(self) -> timedelta:
        """Queue what is due; how long nothing else will be."""
        with self._database.read() as connection:
            due_in = self._wakes.due_in(connection)
        if due_in is not None and due_in <= 0:
            with self._database.begin() as connection:
                self._wakes.queue_due(connection)
            self._bell.ring()
            return SHORTEST
        return TIMERS if due_in is None else min(max(timedelta(seconds=due_in), SHORTEST), TIMERS)

    def _tidy(self) -> None:
        while self._wakes.forget_passes(system_clock() - HISTORY) and not self._stopping.is_set():
            pass


def _in_one_line(error: Exception) -> str:
    return " ".join(str(getattr(error, "orig", None) or error).split())[:500]
