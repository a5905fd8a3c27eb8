"""One worker of a fleet, for stories that kill it: `python -m tests.scenarios.fleet_process URL NAME`.

Its passes bring "stacks" to what is wanted of them. A stack takes STACK to get there, and is no more than a row. Each
pass writes down when it began and ended, and who ran it.
"""

import itertools
import signal
import sys
import threading
import time
from datetime import timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from app.store.database import Database
from app.store.wake import Kind, Wakes
from workers.engine import Engine

STACK = timedelta(seconds=2)
AGAIN = timedelta(seconds=1)
WORK = 0.4
"""Seconds that a pass takes to look at the world, so that it can be met at work."""

tables = sa.MetaData()
stacks = sa.Table(
    "fleet_stacks",
    tables,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("wanted", sa.Integer, nullable=False),
    sa.Column("underway", sa.Integer),
    sa.Column("ready_at", sa.Double),
    sa.Column("stands", sa.Integer, nullable=False),
)
passes = sa.Table(
    "fleet_passes",
    tables,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("began", sa.Double, nullable=False),
    sa.Column("ended", sa.Double),
)


class Step(NamedTuple):
    """What a pass changes of a stack, and when it looks again."""

    changes: dict[str, Any]
    again: timedelta | None


def decide(stack: sa.Row[Any], now: float) -> Step:
    """One stack's next step."""
    if stack.underway is not None and now < stack.ready_at:
        return Step({}, AGAIN)
    stands = stack.stands if stack.underway is None else stack.underway
    if stands == stack.wanted:
        return Step({"stands": stands, "underway": None}, None)
    return Step({"stands": stands, "underway": stack.wanted, "ready_at": now + STACK.total_seconds()}, AGAIN)


class Work:
    """The passes of one process."""

    def __init__(self, database: Database, name: str, seconds: float = WORK) -> None:
        self._database, self._name, self._seconds = database, name, seconds
        self._numbers = itertools.count()

    def __call__(self, key: str) -> timedelta | None:
        """One pass."""
        pass_id = f"{self._name}-{next(self._numbers)}"
        with self._database.begin() as connection:
            connection.execute(passes.insert().values(id=pass_id, name=self._name, key=key, began=time.time()))
        time.sleep(self._seconds)
        with self._database.begin() as connection:
            step = decide(connection.execute(stacks.select().where(stacks.c.key == key)).one(), time.time())
            if step.changes:
                connection.execute(stacks.update().where(stacks.c.key == key).values(**step.changes))
            connection.execute(passes.update().where(passes.c.id == pass_id).values(ended=time.time()))
        return step.again


def main(url: str, name: str, seconds: float) -> None:
    """Run passes until SIGTERM; says on standard output when it is ready."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    database = Database(url)
    wakes = Wakes(database)
    engine = Engine(database, wakes, dict.fromkeys(Kind, Work(database, name, seconds)))
    engine.start()
    sys.stdout.write("up\n")
    sys.stdout.flush()
    stop.wait()
    engine.stop()
    wakes.close()
    database.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]) if len(sys.argv) > 3 else WORK)
