"""A fleet of workers on one database, what is asked of it, and what its records tell afterwards."""

import itertools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from app.store.database import Database
from app.store.schema import migrate
from app.store.wake import Kind, Wakes
from tests.scenarios.fleet_process import WORK, passes, stacks, tables


@dataclass
class Worker:
    """One process."""

    name: str
    process: subprocess.Popen[bytes]

    def wait_until_up(self) -> None:
        """Return once its engine runs."""
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == b"up\n", f"{self.name} did not start"

    def end(self) -> None:
        """It dies at once."""
        self.process.kill()
        self.process.wait()
        if self.process.stdout:
            self.process.stdout.close()


@dataclass
class Fleet:
    """Workers, and the keys that they look after. `deaths` says since when a worker no longer counts."""

    url: str
    database: Database
    wakes: Wakes
    seconds: float = WORK
    workers: dict[str, Worker] = field(default_factory=dict)
    deaths: dict[str, float] = field(default_factory=dict)
    frozen: list[Worker] = field(default_factory=list)

    def hire(self) -> Worker:
        """Start another worker."""
        name = f"worker-{len(self.workers)}"
        command = [sys.executable, "-m", "tests.scenarios.fleet_process", self.url, name, str(self.seconds)]
        worker = Worker(name, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL))
        self.workers[name] = worker
        return worker

    @property
    def alive(self) -> list[Worker]:
        """Those that nothing was done to, in the order of their hiring."""
        return [worker for name, worker in self.workers.items() if name not in self.deaths]

    def kill(self, worker: Worker) -> None:
        """Have it die as in a power cut."""
        self.deaths[worker.name] = time.time()
        worker.end()

    def freeze(self, worker: Worker) -> None:
        """Stop it where it stands; it counts as dead from here on."""
        self.deaths[worker.name] = time.time()
        os.kill(worker.process.pid, signal.SIGSTOP)
        self.frozen.append(worker)

    def thaw(self, worker: Worker) -> int:
        """Let it go on; its exit status."""
        os.kill(worker.process.pid, signal.SIGCONT)
        return worker.process.wait(10)

    def push(self, keys: Iterable[str]) -> None:
        """Something new is wanted of these keys."""
        for key in keys:
            with self.database.begin() as connection:
                newer = stacks.update().where(stacks.c.key == key).values(wanted=stacks.c.wanted + 1)
                if connection.execute(newer).rowcount == 0:
                    connection.execute(stacks.insert().values(key=key, wanted=1, stands=0))
                self.wakes.wake(connection, Kind.ENVIRONMENT, key)

    def unsettled(self) -> list[str]:
        """The keys that do not stand as they are wanted."""
        with self.database.read() as connection:
            rows = connection.execute(sa.select(stacks.c.key).where(stacks.c.stands != stacks.c.wanted))
            return list(rows.scalars())

    def record(self) -> list[sa.Row[Any]]:
        """Every pass, by key and by its beginning."""
        with self.database.read() as connection:
            return list(connection.execute(passes.select().order_by(passes.c.key, passes.c.began)))

    def overlaps(self) -> list[tuple[str, str, str]]:
        """The keys that two passes had at the same time, both of workers that were alive then."""
        found = []
        for key, group in itertools.groupby(self.record(), key=lambda each: each.key):
            before, until = "", 0.0
            for each in group:
                death = self.deaths.get(each.name, float("inf"))
                if each.began >= death:
                    continue
                if each.began < until:
                    found.append((key, before, each.name))
                before, until = each.name, min(each.ended or float("inf"), death)
        return found

    def takeovers(self) -> dict[str, float]:
        """For each key that a worker had when it died: seconds until another began a pass for it."""
        record = self.record()
        return {
            f"{each.key} of {each.name}": min(
                (
                    next_.began - death
                    for next_ in record
                    if next_.key == each.key and next_.began > death and next_.name != each.name
                ),
                default=float("inf"),
            )
            for each in record
            if (death := self.deaths.get(each.name)) and each.began < death < (each.ended or float("inf"))
        }

    def end(self) -> None:
        """End every process."""
        for worker in self.workers.values():
            worker.end()


@contextmanager
def fleet_on(url: str, seconds: float = WORK) -> Iterator[Fleet]:
    """A fleet with no worker yet, on a database that is brought up to date."""
    database = Database(url)
    migrate(database)
    tables.create_all(database.engine)
    wakes = Wakes(database)
    fleet = Fleet(url, database, wakes, seconds)
    try:
        yield fleet
    finally:
        fleet.end()
        wakes.close()
        database.close()
