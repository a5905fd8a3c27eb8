"""A stage for the engine: passes that do what a test tells them, and a record of what ran."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import sqlalchemy as sa

from app.store.database import Database, database_now
from app.store.tables import wakes as table
from app.store.wake import Kind, Wakes
from workers.engine import Engine

Act = Callable[[], timedelta | None]


class Stage:
    """An engine whose passes play `acts`, by key; a key without one only has its pass counted."""

    def __init__(self, url: str) -> None:
        self.database = Database(url)
        self.wakes = Wakes(self.database)
        self.acts: dict[str, Act] = {}
        self.passes: list[str] = []
        self.engine = Engine(self.database, self.wakes, dict.fromkeys(Kind, self._play))

    def _play(self, key: str) -> timedelta | None:
        self.passes.append(key)
        return self.acts[key]() if key in self.acts else None

    def wake(self, key: str, delay: timedelta = timedelta(0)) -> None:
        """Wake a key."""
        with self.database.begin() as connection:
            self.wakes.wake(connection, Kind.SOURCE, key, delay)

    def count(self, key: str) -> int:
        """How many passes of a key began."""
        return self.passes.count(key)

    def attempts(self, key: str) -> int:
        """How many passes of a key failed in a row."""
        with self.database.read() as connection:
            return self.wakes.attempts(connection, Kind.SOURCE, key)

    def last_error(self, key: str) -> str | None:
        """Why the last pass of a key failed."""
        with self.database.read() as connection:
            return connection.execute(sa.select(table.c.last_error).where(table.c.key == key)).scalar()

    def due_in(self, key: str) -> float | None:
        """Seconds until a key's next pass is due by itself."""
        with self.database.read() as connection:
            query = sa.select(table.c.due_at - database_now()).where(table.c.key == key)
            return connection.execute(query).scalar()

    def close(self) -> None:
        """Let go of the database."""
        self.wakes.close()
        self.database.close()


@contextmanager
def playing(url: str) -> Iterator[Stage]:
    """A stage whose engine runs during the block."""
    stage = Stage(url)
    stage.engine.start()
    try:
        yield stage
    finally:
        stage.engine.stop()
        stage.close()


class Gate:
    """An act that waits at a gate until the test opens it."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.opened = threading.Event()
        self.inside = 0
        self.most_inside = 0
        self._lock = threading.Lock()

    def __call__(self) -> None:
        with self._lock:
            self.inside += 1
            self.most_inside = max(self.most_inside, self.inside)
        self.reached.set()
        assert self.opened.wait(10)
        with self._lock:
            self.inside -= 1
