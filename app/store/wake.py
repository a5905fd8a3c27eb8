"""Wake-ups: at most one queued pass per key, committed together with whatever gave rise to it.

A wake-up carries a key and nothing else; the pass that answers reads the world. The engine below (DBOS) queues, keeps
one pass at a time per key and survives restarts, but would queue a second and a hundredth pass for the same key, so
each key has one slot here: `queued` names the pass that waits, and whoever wakes a key that waits already adds
nothing. Delays are kept here too (`due_at`, on the database's clock) and handed over when due, so that a new wake-up
pulls a delayed pass forward by simply queueing it.
"""

from collections.abc import Iterator, Sequence, Set
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from dbos import DBOS, DBOSClient, EnqueueOptions

from app.core.errors import TransientError
from app.store.database import Database, DatabaseFault, database_now, insert_missing
from app.store.passes import Kind, Pass, parse_pass, pass_id_of
from app.store.retention import are_ownerless
from app.store.slots import lock_waiting, set_due
from app.store.tables import executors, wakes

__all__ = ["Kind", "Pass", "TakenOver", "Wakes", "migrate_engine", "parse_pass"]

APPLICATION = "mayfly"
QUEUE = "passes"
PASS = "pass"  # noqa: S105 - the name of the workflow
VERSION = "1"
"""DBOS runs only what its own application version queued; ours changes when a pass's arguments do, not each release."""

FLOOD = 8
"""So many keys that do not wait yet, woken together, are queued by whoever wakes them."""
TAKEOVER = timedelta(seconds=2)
"""The longest that one step of a takeover waits for a lock; what it could not do is tried again with the next look."""

_ENDED = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
_AHEAD = ["ENQUEUED", "DELAYED", "PENDING"]


def migrate_engine(database: Database) -> None:
    """Bring the engine's own tables up to date; they share the database, so that one transaction covers both."""
    driver = "sqlite" if database.is_sqlite else "postgresql"
    DBOS.migrate(database.engine.url.set(drivername=driver).render_as_string(hide_password=False))


class TakenOver(TransientError):
    """Others have taken this process's work over."""


class Wakes:
    """The one writer of wake-ups."""

    def __init__(self, database: Database) -> None:
        self._client = DBOSClient(system_database_engine=database.engine, application_name=APPLICATION, lazy=True)
        self._executor: str | None = None

    def close(self) -> None:
        """Let go of the engine's client."""
        self._client.destroy()

    def open_queue(self, at_once: int) -> None:
        """Set the queue up: so many passes at once in each process, and one of each key in all."""
        self._client.register_queue(QUEUE, partition_concurrency=1, worker_concurrency=at_once)

    def wake(self, connection: sa.Connection, kind: Kind, key: str, delay: timedelta = timedelta(0)) -> None:
        """Have a pass for `key`, now or after `delay` at the latest. Commits with the caller's transaction."""
        row = self._lock(connection, kind, key)
        if row.queued is not None:
            return
        if delay > timedelta(0):
            self._set_timer(connection, kind, key, delay)
        else:
            self._queue(connection, kind, key, row.sequence + 1)

    def wake_all(self, connection: sa.Connection, keys: Set[tuple[Kind, str]]) -> None:
        """Wake many keys; those that wait already cost one look together, which locks them all in one order.

        A flood of others is left to the engine's clock, which is there within a second: to queue a pass costs ten times
        what it costs to keep a delivery.
        """
        resting = sorted(keys - lock_waiting(connection, keys))
        if len(resting) > FLOOD:
            set_due(connection, resting)
            return
        for kind, key in resting:
            self.wake(connection, kind, key)

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

    def due_in(self, connection: sa.Connection) -> float | None:
        """Seconds until the next delay is over, 0 or less where one is; None where there is none. Takes no lock."""
        soonest = (
            sa.select(wakes.c.due_at - database_now())
            .where(wakes.c.due_at.is_not(None), wakes.c.queued.is_(None))
            .order_by(wakes.c.due_at)
            .limit(1)
        )
        return connection.execute(soonest).scalar()

    def beat(self, connection: sa.Connection, executor: str, *, first: bool = False) -> bool:
        """Say that `executor` is alive; False where somebody has declared it dead meanwhile."""
        if first:
            connection.execute(executors.insert().values(id=executor, beat_at=database_now(), is_dead=False))
            self._executor = executor
            return True
        alive = executors.update().where(executors.c.id == executor, executors.c.is_dead.is_(False))
        beaten = connection.execute(alive.values(beat_at=database_now()))
        return beaten.rowcount == 1

    def fence(self, connection: sa.Connection) -> None:
        """Let nothing more be done by a process that was declared dead. Raises TakenOver."""
        alive = sa.select(executors.c.id).where(executors.c.id == self._executor, executors.c.is_dead.is_(False))
        if self._executor is not None and connection.execute(alive).first() is None:
            raise TakenOver

    def silent_executors(self, connection: sa.Connection, silence: timedelta) -> Sequence[str]:
        """Executors that have not been heard of for `silence`, and those whose takeover was not finished."""
        silent = executors.c.beat_at < database_now() - silence.total_seconds()
        return connection.execute(sa.select(executors.c.id).where(silent | executors.c.is_dead)).scalars().all()

    def take_over(self, database: Database, executor: str, silence: timedelta = timedelta(0)) -> list[str] | None:
        """Give a dead executor's running passes to the living; the keys that were taken over, None where it lives.

        It is declared dead first, so that it stops by itself should it only have been frozen; unless it has spoken
        meanwhile, since whoever found it silent may have been held up. Its keys are woken anew: a pass reads the world,
        so a new one is as good as the old. Then its passes are cancelled by the engine's public interface, which lets
        the new ones begin. Its row goes last, so that a takeover cut short is taken up again.
        One that is frozen may hold locks in its hands: nobody waits for those longer than TAKEOVER at a time.
        """
        mine, is_silent = executors.c.id == executor, executors.c.beat_at <= database_now() - silence.total_seconds()
        with database.begin(TAKEOVER) as connection:
            connection.execute(executors.update().where(mine, is_silent).values(is_dead=True))
            if connection.execute(sa.select(executors.c.id).where(mine, ~executors.c.is_dead)).first():
                return None
        running = self._client.list_workflows(status="PENDING", executor_id=executor, load_input=False)
        lost = [parse_pass(workflow.workflow_id) for workflow in running]
        handed_over = [each.key for each in lost if self._hand_over(database, each)]
        if len(handed_over) == len(lost):
            with database.begin(TAKEOVER) as connection:
                connection.execute(executors.delete().where(executors.c.id == executor))
        return handed_over

    def _hand_over(self, database: Database, lost: Pass) -> bool:
        """One key to the living; False where a lock is in the way."""
        try:
            with database.begin(TAKEOVER) as connection:
                connection.execute(_row(lost.kind, lost.key).where(wakes.c.queued == lost.id).values(queued=None))
                self.wake(connection, lost.kind, lost.key)
        except DatabaseFault:
            return False
        self._client.cancel_workflow(lost.id)
        return True

    def forget_passes(self, before: datetime, most: int = 200) -> int:
        """Delete the engine's records of passes that ended before then, `most` at once; it would keep them for ever."""
        ended = self._client.list_workflows(
            status=_ENDED, completed_before=before.isoformat(), limit=most, load_input=False, load_output=False
        )
        self._client.delete_workflows([workflow.workflow_id for workflow in ended])
        return len(ended)

    def heal(self, database: Database, portion: int = 100) -> list[str]:
        """Wake afresh the keys whose queued pass the engine will never run; the keys that were mended.

        A slot and its pass are written together, so such a pass was lost later: it ended before it could begin, it was
        queued for a VERSION that nobody runs any more, or somebody cleared the engine's tables. Its key would wait for
        it for ever.
        """
        lost: list[Pass] = []
        for slots in self._in_portions(database, wakes.c.queued.is_not(None), portion):
            ids = [slot.queued for slot in slots if slot.queued]
            ahead = self._known(ids, status=_AHEAD, app_version=VERSION)
            lost += [parse_pass(each) for each in ids if each not in ahead]
        return [each.key for each in lost if self._mend(database, each)]

    def forget_slots(self, database: Database, portion: int = 100) -> int:
        """Delete the slots of keys that rest and belong to nothing any more; how many.

        A slot that is new counts its passes from 1. So it stays as long as the engine remembers its last pass, which
        may be the one that runs now: a second pass of the same name would be taken for that one and never run.
        """
        resting = sa.and_(wakes.c.queued.is_(None), wakes.c.due_at.is_(None), wakes.c.attempts == 0)
        forgotten = 0
        for slots in self._in_portions(database, sa.and_(resting, are_ownerless()), portion):
            ids = {pass_id_of(slot.kind, slot.sequence, slot.key): slot for slot in slots}
            known = self._known(list(ids))
            with database.begin() as connection:
                for slot in (slot for pass_id, slot in ids.items() if pass_id not in known):
                    mine = (wakes.c.kind == slot.kind) & (wakes.c.key == slot.key)
                    unmoved = mine & (wakes.c.sequence == slot.sequence) & resting
                    forgotten += connection.execute(wakes.delete().where(unmoved)).rowcount
        return forgotten

    def _in_portions(
        self, database: Database, condition: sa.ColumnElement[bool], portion: int
    ) -> Iterator[Sequence[sa.Row[Any, Any, Any, Any]]]:
        """The slots of a condition, a portion at a time in the order of their keys."""
        place = sa.tuple_(wakes.c.kind, wakes.c.key)
        slots = sa.select(wakes.c.kind, wakes.c.key, wakes.c.sequence, wakes.c.queued).where(condition)
        query = slots.order_by(wakes.c.kind, wakes.c.key).limit(portion)
        last: tuple[str, str] | None = None
        while True:
            with database.read() as connection:
                found = connection.execute(query if last is None else query.where(place > last)).all()
            if not found:
                return
            yield found
            last = (found[-1].kind, found[-1].key)

    def _known(self, ids: list[str], **further: Any) -> set[str]:
        found = self._client.list_workflows(workflow_ids=ids, load_input=False, load_output=False, **further)
        return {workflow.workflow_id for workflow in found}

    def _mend(self, database: Database, lost: Pass) -> bool:
        """Free the slot as the pass itself would have done, unless it did so meanwhile, and queue another."""
        with database.begin() as connection:
            is_lost = self.begin_pass(connection, lost)
            if is_lost:
                self.wake(connection, lost.kind, lost.key)
        return is_lost

    def _lock(self, connection: sa.Connection, kind: str, key: str) -> sa.Row[int, str | None]:
        """The slot of a key, made where there is none: again, should it be forgotten between the two statements."""
        fresh = insert_missing(connection, wakes, {"kind": kind, "key": key, "sequence": 0, "attempts": 0})
        mine = sa.select(wakes.c.sequence, wakes.c.queued).where(wakes.c.kind == kind, wakes.c.key == key)
        while True:
            connection.execute(fresh)
            row = connection.execute(mine.with_for_update()).one_or_none()
            if row is not None:
                return row

    def _set_timer(self, connection: sa.Connection, kind: str, key: str, delay: timedelta) -> None:
        due = database_now() + delay.total_seconds()
        sooner = sa.case((wakes.c.due_at < due, wakes.c.due_at), else_=due)
        connection.execute(_row(kind, key).values(due_at=sooner))

    def _queue(self, connection: sa.Connection, kind: str, key: str, sequence: int) -> None:
        pass_id = pass_id_of(kind, sequence, key)
        options: EnqueueOptions = {
            "workflow_name": PASS,
            "queue_name": QUEUE,
            "workflow_id": pass_id,
            "queue_partition_key": f"{kind}|{key}",
            "app_version": VERSION,
        }
        self._client.enqueue_in_transaction(connection, options, pass_id)
        connection.execute(_row(kind, key).values(queued=pass_id, sequence=sequence, due_at=None))


def _row(kind: str, key: str) -> sa.Update:
    return wakes.update().where(wakes.c.kind == kind, wakes.c.key == key)
