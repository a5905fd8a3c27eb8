"""Wake-ups: at most one queued pass per key, committed together with whatever gave rise to it.

A wake-up carries a key and nothing else; the pass that answers reads the world. The engine below (DBOS) queues, keeps
one pass at a time per key and survives restarts, but would queue a second and a hundredth pass for the same key, so
each key has one slot here: `queued` names the pass that waits, and whoever wakes a key that waits already adds
nothing. Delays are kept here too (`due_at`, on the database's clock) and handed over when due, so that a new wake-up
pulls a delayed pass forward by simply queueing it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from dbos import DBOS, DBOSClient, EnqueueOptions

from app.store.database import Database, database_now, insert_missing
from app.store.tables import executors, wakes

APPLICATION = "mayfly"
QUEUE = "passes"
PASS = "pass"  # noqa: S105 - the name of the workflow
VERSION = "1"
"""DBOS runs only what its own application version queued; ours changes when a pass's arguments do, not each release."""

_ENDED = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]


class Kind(StrEnum):
    """What is woken. Each kind has one room in `workers/`."""

    SOURCE = "source"
    ENVIRONMENT = "environment"
    WATCH = "watch"
    ANNOUNCEMENT = "announcement"
    RESYNC = "resync"


@dataclass(frozen=True)
class Pass:
    """One queued pass, as the engine hands it back."""

    kind: Kind
    key: str
    id: str


def migrate_engine(database: Database) -> None:
    """Bring the engine's own tables up to date; they share the database, so that one transaction covers both."""
    DBOS.migrate(database.engine.url.set(drivername=_plain(database)).render_as_string(hide_password=False))


def _plain(database: Database) -> str:
    return "sqlite" if database.is_sqlite else "postgresql"


class Wakes:
    """The one writer of wake-ups."""

    def __init__(self, database: Database) -> None:
        self._client = DBOSClient(system_database_engine=database.engine, application_name=APPLICATION, lazy=True)

    def close(self) -> None:
        """Let go of the engine's client."""
        self._client.destroy()

    def open_queue(self, at_once: int, poll: timedelta) -> None:
        """Set the queue up, before the engine starts: a queue that it finds there is watched from the first moment."""
        self._client.register_queue(
            QUEUE, partition_concurrency=1, worker_concurrency=at_once, polling_interval_sec=poll.total_seconds()
        )

    def wake(self, connection: sa.Connection, kind: Kind, key: str, delay: timedelta = timedelta(0)) -> None:
        """Have a pass for `key`, now or after `delay` at the latest. Commits with the caller's transaction."""
        row = self._lock(connection, kind, key)
        if row.queued is not None:
            return
        if delay > timedelta(0):
            self._set_timer(connection, kind, key, delay)
        else:
            self._queue(connection, kind, key, row.sequence + 1)

    def begin_pass(self, connection: sa.Connection, running: Pass) -> bool:
        """Free the slot, so that a wake-up from now on queues the next pass; False where another pass took over."""
        row = self._lock(connection, running.kind, running.key)
        if row.queued != running.id:
            return False
        connection.execute(_row(running.kind, running.key).values(queued=None, due_at=None))
        return True

    def end_pass(self, connection: sa.Connection, running: Pass, again: timedelta | None) -> None:
        """Note a pass that went well, and when the key is to be looked at again by itself."""
        connection.execute(_row(running.kind, running.key).values(attempts=0, last_error=None))
        if again is not None:
            self.wake(connection, running.kind, running.key, again)

    def fail_pass(self, connection: sa.Connection, running: Pass, error: str, again: timedelta) -> None:
        """Note a pass that failed, and try again after `again`."""
        attempts = wakes.c.attempts + 1
        connection.execute(_row(running.kind, running.key).values(attempts=attempts, last_error=error))
        self.wake(connection, running.kind, running.key, again)

    def attempts(self, connection: sa.Connection, kind: Kind, key: str) -> int:
        """How many passes of the key failed in a row."""
        found = connection.execute(sa.select(wakes.c.attempts).where(wakes.c.kind == kind, wakes.c.key == key))
        return found.scalar() or 0

    def queue_due(self, connection: sa.Connection, most: int = 100) -> int:
        """Queue a pass for the keys whose delay is over; the number of them."""
        due = connection.execute(
            sa.select(wakes.c.kind, wakes.c.key, wakes.c.sequence)
            .where(wakes.c.due_at <= database_now(), wakes.c.queued.is_(None))
            .order_by(wakes.c.due_at)
            .limit(most)
            .with_for_update(skip_locked=True)
        ).all()
        for kind, key, sequence in due:
            self._queue(connection, kind, key, sequence + 1)
        return len(due)

    def has_due(self, connection: sa.Connection) -> bool:
        """Whether `queue_due` would find anything; a look that takes no lock."""
        condition = sa.and_(wakes.c.due_at <= database_now(), wakes.c.queued.is_(None))
        return bool(connection.execute(sa.select(sa.exists().where(condition))).scalar())

    def beat(self, connection: sa.Connection, executor: str, *, first: bool = False) -> bool:
        """Say that `executor` is alive; False where somebody has declared it dead meanwhile."""
        if first:
            connection.execute(executors.insert().values(id=executor, beat_at=database_now(), is_dead=False))
            return True
        alive = executors.update().where(executors.c.id == executor, executors.c.is_dead.is_(False))
        beaten = connection.execute(alive.values(beat_at=database_now()))
        return beaten.rowcount == 1

    def silent_executors(self, connection: sa.Connection, silence: timedelta) -> Sequence[str]:
        """Executors that have not been heard of for `silence`, and those whose takeover was not finished."""
        silent = executors.c.beat_at < database_now() - silence.total_seconds()
        return connection.execute(sa.select(executors.c.id).where(silent | executors.c.is_dead)).scalars().all()

    def take_over(self, database: Database, executor: str) -> list[str]:
        """Give a dead executor's running passes to the living; the keys that were taken over.

        It is declared dead first, so that it stops by itself should it only have been frozen. Its passes are cancelled
        by the engine's public interface, which frees their keys, and the keys are woken afresh: a pass reads the
        world, so a new one is as good as the old. Its row goes last, so that a takeover cut short is taken up again.
        """
        with database.begin() as connection:
            connection.execute(executors.update().where(executors.c.id == executor).values(is_dead=True))
        running = self._client.list_workflows(status="PENDING", executor_id=executor, load_input=False)
        for workflow in running:
            self._client.cancel_workflow(workflow.workflow_id)
            with database.begin() as connection:
                self._wake_afresh(connection, parse_pass(workflow.workflow_id))
        with database.begin() as connection:
            connection.execute(executors.delete().where(executors.c.id == executor))
        return [parse_pass(workflow.workflow_id).key for workflow in running]

    def forget_passes(self, before: datetime, most: int = 200) -> int:
        """Delete the engine's records of passes that ended before then, `most` at once; it would keep them for ever."""
        ended = self._client.list_workflows(
            status=_ENDED, completed_before=before.isoformat(), limit=most, load_input=False, load_output=False
        )
        self._client.delete_workflows([workflow.workflow_id for workflow in ended])
        return len(ended)

    def _wake_afresh(self, connection: sa.Connection, lost: Pass) -> None:
        connection.execute(_row(lost.kind, lost.key).where(wakes.c.queued == lost.id).values(queued=None))
        self.wake(connection, lost.kind, lost.key)

    def _lock(self, connection: sa.Connection, kind: str, key: str) -> sa.Row[int, str | None]:
        connection.execute(insert_missing(connection, wakes, {"kind": kind, "key": key, "sequence": 0, "attempts": 0}))
        return connection.execute(
            sa.select(wakes.c.sequence, wakes.c.queued)
            .where(wakes.c.kind == kind, wakes.c.key == key)
            .with_for_update()
        ).one()

    def _set_timer(self, connection: sa.Connection, kind: str, key: str, delay: timedelta) -> None:
        due = database_now() + delay.total_seconds()
        sooner = sa.case((wakes.c.due_at < due, wakes.c.due_at), else_=due)
        connection.execute(_row(kind, key).values(due_at=sooner))

    def _queue(self, connection: sa.Connection, kind: str, key: str, sequence: int) -> None:
        pass_id = f"{kind}|{sequence}|{key}"
        options: EnqueueOptions = {
            "workflow_name": PASS,
            "queue_name": QUEUE,
            "workflow_id": pass_id,
            "queue_partition_key": f"{kind}|{key}",
            "app_version": VERSION,
        }
        self._client.enqueue_in_transaction(connection, options, pass_id)
        connection.execute(_row(kind, key).values(queued=pass_id, sequence=sequence, due_at=None))


def parse_pass(pass_id: str) -> Pass:
    """The pass that an id of ours names."""
    kind, _, key = pass_id.split("|", 2)
    return Pass(Kind(kind), key, pass_id)


def _row(kind: str, key: str) -> sa.Update:
    return wakes.update().where(wakes.c.kind == kind, wakes.c.key == key)
