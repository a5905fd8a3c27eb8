"""Wake-ups: at most one queued pass per key, together with what gave rise to it or not at all."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from dbos import DBOSClient

from app.store.database import Database, database_now
from app.store.tables import wakes as table
from app.store.wake import Kind, Pass, TakenOver, Wakes, parse_pass

KEY = "acme/shop#57"
HOUR = timedelta(hours=1)


class Queue:
    """What the engine has been handed, seen through its own client, and what the slots say of it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.client = DBOSClient(system_database_engine=database.engine)

    @property
    def waiting(self) -> list[str]:
        """The passes that the engine has queued."""
        return sorted(workflow.workflow_id for workflow in self.client.list_workflows(status="ENQUEUED"))

    def hand_to(self, executor: str, pass_id: str) -> None:
        """Have a process take a pass, as the engine notes it."""
        table_name = "workflow_status" if self.database.is_sqlite else "dbos.workflow_status"
        taken = f"UPDATE {table_name} SET status = 'PENDING', executor_id = :executor WHERE workflow_uuid = :id"
        with self.database.begin() as connection:
            connection.execute(sa.text(taken), {"executor": executor, "id": pass_id})

    def slot(self, key: str = KEY) -> sa.Row[tuple[object, ...]]:
        """The slot of a key."""
        with self.database.read() as connection:
            return connection.execute(sa.select(table).where(table.c.key == key)).one()

    def due_in(self, key: str = KEY) -> float:
        """Seconds until a delayed pass is due, on the database's clock."""
        with self.database.read() as connection:
            return float(
                connection.execute(sa.select(table.c.due_at - database_now()).where(table.c.key == key)).scalar_one()
            )


@pytest.fixture
def queue(database: Database) -> Iterator[Queue]:
    """The engine's queue."""
    seen = Queue(database)
    yield seen
    seen.client.destroy()


class Waker:
    """Wakes in a transaction of its own each time."""

    def __init__(self, database: Database, wakes: Wakes) -> None:
        self.database = database
        self.wakes = wakes

    def wake(self, key: str = KEY, delay: timedelta = timedelta(0)) -> None:
        """Wake a key."""
        with self.database.begin() as connection:
            self.wakes.wake(connection, Kind.SOURCE, key, delay)

    def begin(self, pass_id: str) -> bool:
        """Begin a pass."""
        with self.database.begin() as connection:
            return self.wakes.begin_pass(connection, parse_pass(pass_id))

    def queue_due(self) -> int:
        """Hand over what is due."""
        with self.database.begin() as connection:
            return self.wakes.queue_due(connection)

    def make_due(self, key: str = KEY) -> None:
        """Let the delay of a key be over."""
        with self.database.begin() as connection:
            connection.execute(table.update().where(table.c.key == key).values(due_at=database_now() - 1))


@pytest.fixture
def waker(database: Database, wakes: Wakes) -> Waker:
    """Wakes keys."""
    return Waker(database, wakes)


class TestOneQueuedPassPerKey:
    def test_a_wake_queues_a_pass(self, waker: Waker, queue: Queue) -> None:
        waker.wake()
        assert queue.waiting == [f"source|1|{KEY}"]
        assert queue.slot().queued == f"source|1|{KEY}"

    def test_a_key_that_waits_is_not_queued_again(self, waker: Waker, queue: Queue) -> None:
        for _ in range(5):
            waker.wake()
        waker.wake(delay=HOUR)
        assert queue.waiting == [f"source|1|{KEY}"]
        assert queue.slot().due_at is None

    def test_keys_and_kinds_do_not_mix(self, database: Database, wakes: Wakes, queue: Queue) -> None:
        with database.begin() as connection:
            for kind in (Kind.SOURCE, Kind.ENVIRONMENT):
                for key in ("a", "b|c"):
                    wakes.wake(connection, kind, key)
        assert queue.waiting == ["environment|1|a", "environment|1|b|c", "source|1|a", "source|1|b|c"]
        assert parse_pass("source|1|b|c") == Pass(Kind.SOURCE, "b|c", "source|1|b|c")

    def test_wakes_from_many_threads_end_in_one_pass(self, waker: Waker, queue: Queue) -> None:
        together = threading.Barrier(8)

        def wake() -> None:
            together.wait()
            for _ in range(5):
                waker.wake()

        threads = [threading.Thread(target=wake) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert queue.waiting == [f"source|1|{KEY}"]

    def test_a_transaction_that_is_rolled_back_wakes_nobody(
        self, database: Database, wakes: Wakes, queue: Queue
    ) -> None:
        with database.begin() as connection:
            wakes.wake(connection, Kind.SOURCE, KEY)
            connection.rollback()
        assert queue.waiting == []
        with database.read() as connection:
            assert connection.execute(sa.select(table)).all() == []


class TestDelays:
    def test_a_delayed_wake_is_queued_when_due(self, waker: Waker, queue: Queue) -> None:
        waker.wake(delay=HOUR)
        assert queue.waiting == []
        assert 3590 < queue.due_in() <= 3600
        assert waker.queue_due() == 0
        waker.make_due()
        assert waker.queue_due() == 1
        assert queue.waiting == [f"source|1|{KEY}"]
        assert waker.queue_due() == 0

    def test_the_soonest_delay_counts(self, waker: Waker, queue: Queue) -> None:
        waker.wake(delay=HOUR)
        waker.wake(delay=2 * HOUR)
        assert 3590 < queue.due_in() <= 3600
        waker.wake(delay=timedelta(minutes=1))
        assert 50 < queue.due_in() <= 60

    def test_a_wake_pulls_a_delayed_pass_forward(self, waker: Waker, queue: Queue) -> None:
        waker.wake(delay=HOUR)
        waker.wake()
        assert queue.waiting == [f"source|1|{KEY}"]
        assert queue.slot().due_at is None

    def test_there_is_a_look_that_takes_no_lock(self, database: Database, wakes: Wakes, waker: Waker) -> None:
        def has_due() -> bool:
            with database.read() as connection:
                return (wakes.due_in(connection) or 1.0) <= 0

        assert not has_due()
        waker.wake(delay=HOUR)
        assert not has_due()
        waker.make_due()
        assert has_due()

    def test_many_that_are_due_are_queued_in_portions(self, waker: Waker, queue: Queue) -> None:
        for number in range(5):
            waker.wake(f"k{number}", HOUR)
            waker.make_due(f"k{number}")
        with waker.database.begin() as connection:
            assert waker.wakes.queue_due(connection, most=3) == 3
        assert len(queue.waiting) == 3
        assert waker.queue_due() == 2


class TestThePass:
    def test_a_wake_during_a_pass_queues_exactly_one_more(self, waker: Waker, queue: Queue) -> None:
        waker.wake()
        assert waker.begin(f"source|1|{KEY}")
        waker.wake()
        waker.wake()
        assert queue.slot().queued == f"source|2|{KEY}"
        assert queue.waiting == [f"source|1|{KEY}", f"source|2|{KEY}"]

    def test_a_pass_that_lost_its_slot_does_not_begin(self, waker: Waker) -> None:
        waker.wake()
        assert waker.begin(f"source|1|{KEY}")
        assert not waker.begin(f"source|1|{KEY}")
        assert not waker.begin(f"source|7|{KEY}")

    def test_an_end_may_ask_for_another_look(self, waker: Waker, queue: Queue) -> None:
        waker.wake()
        waker.begin(f"source|1|{KEY}")
        with waker.database.begin() as connection:
            waker.wakes.end_pass(connection, parse_pass(f"source|1|{KEY}"), HOUR)
        assert queue.slot().queued is None
        assert 3590 < queue.due_in() <= 3600

    def test_failures_are_counted_until_one_goes_well(self, waker: Waker, queue: Queue) -> None:
        running = parse_pass(f"source|1|{KEY}")
        waker.wake()
        waker.begin(running.id)
        with waker.database.begin() as connection:
            waker.wakes.fail_pass(connection, running, "first\x00\ud800", HOUR)
            waker.wakes.fail_pass(connection, running, "AWS does not answer", HOUR)
            assert waker.wakes.attempts(connection, Kind.SOURCE, KEY) == 2
            assert waker.wakes.attempts(connection, Kind.SOURCE, "unknown") == 0
        assert (queue.slot().attempts, queue.slot().last_error) == (2, "AWS does not answer")
        with waker.database.begin() as connection:
            waker.wakes.end_pass(connection, running, None)
        assert (queue.slot().attempts, queue.slot().last_error) == (0, None)


class TestTheDead:
    def test_a_beat_says_whether_one_still_counts_as_alive(self, database: Database, wakes: Wakes) -> None:
        with database.begin() as connection:
            assert wakes.beat(connection, "a", first=True)
            assert wakes.beat(connection, "a")
            assert not wakes.beat(connection, "stranger")

    def test_silence_is_told_by_the_databases_clock(self, database: Database, wakes: Wakes) -> None:
        with database.begin() as connection:
            wakes.beat(connection, "a", first=True)
        with database.read() as connection:
            assert wakes.silent_executors(connection, timedelta(minutes=1)) == []
            assert wakes.silent_executors(connection, timedelta(seconds=-1)) == ["a"]

    @pytest.mark.parametrize("has_begun", [True, False])
    def test_a_pass_of_the_dead_is_queued_afresh_whether_it_had_begun_or_not(
        self, waker: Waker, queue: Queue, *, has_begun: bool
    ) -> None:
        waker.wake()
        queue.hand_to("dead", f"source|1|{KEY}")
        if has_begun:
            waker.begin(f"source|1|{KEY}")
        assert waker.wakes.take_over(waker.database, "dead") == [KEY]
        assert queue.waiting == [f"source|2|{KEY}"]
        assert queue.slot().queued == f"source|2|{KEY}"

    def test_who_was_taken_over_is_told_so(self, database: Database, wakes: Wakes) -> None:
        with database.begin() as connection:
            wakes.beat(connection, "a", first=True)
        assert wakes.take_over(database, "a") == []
        with database.begin() as connection:
            assert not wakes.beat(connection, "a")
            assert wakes.silent_executors(connection, timedelta(minutes=1)) == []


class TestFence:
    def test_a_process_that_is_alive_may_go_on(self, database: Database, wakes: Wakes) -> None:
        with database.begin() as connection:
            wakes.beat(connection, "me", first=True)
            wakes.fence(connection)

    def test_a_process_that_beats_for_nobody_may_go_on(self, database: Database, wakes: Wakes) -> None:
        with database.begin() as connection:
            wakes.fence(connection)

    def test_one_that_was_taken_over_from_gets_no_further(self, database: Database, wakes: Wakes) -> None:
        with database.begin() as connection:
            wakes.beat(connection, "me", first=True)
        wakes.take_over(database, "me")
        with pytest.raises(TakenOver), database.begin() as connection:
            wakes.fence(connection)
