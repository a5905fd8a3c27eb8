"""A fleet under fire: workers are killed and frozen at random, and every key settles without anybody's help.

With `-s` the takeover times are printed.
"""

import itertools
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

from app.store.tables import wakes
from tests.contract.postgresql import PostgreSql, running_postgresql
from tests.scenarios.fleet import Fleet, Worker, fleet_on
from tests.waiting import wait_until
from workers.heartbeat import REAPED, SILENCE

pytestmark = pytest.mark.alone

KEYS = [f"SHOP-{number}" for number in range(100)]
RAGE = 60.0
"""Seconds for which strike follows upon strike."""
HOLDING_ON = "&options=-c%20idle_in_transaction_session_timeout%3D0"
LETTING_GO = "&options=-c%20idle_in_transaction_session_timeout%3D3000"
"""Has PostgreSQL end the transaction of a worker that froze in its midst, and with it the locks that it holds: until
then whoever wakes the same key waits for it, a door too."""
TAKEN_OVER = 5.0
"""Seconds within which a live worker has a dead one's keys. Here one dies every few seconds, also in the middle of a
takeover, which another has to notice first: that takes as long again."""
TOO_LONG = 5.5
"""Seconds frozen after which the others must have declared a worker dead."""


@pytest.fixture(scope="module")
def postgresql() -> Iterator[PostgreSql]:
    """A server of this file's own."""
    with running_postgresql() as server:
        yield server


class Fire:
    """What happens to the fleet, at random but the same each time."""

    def __init__(self, fleet: Fleet, seed: int, *, freezes: bool) -> None:
        self.fleet, self.freezes, self.chance = fleet, freezes, random.Random(seed)
        self.frozen: list[tuple[Worker, float]] = []
        self.statuses: list[int] = []

    def rage(self) -> None:
        """Strike after strike; each hits one of the workers, never the one hired last, and another is hired."""
        end = time.monotonic() + RAGE
        for number in itertools.count():
            if (began := time.monotonic()) >= end:
                return
            self.fleet.push(self.chance.sample(KEYS, 20))
            time.sleep(self.chance.uniform(0.2, 0.7))
            self._strike(self.chance.choice(self.fleet.alive[:-1]), is_freezing=self.freezes and number % 3 == 1)
            self.fleet.hire().wait_until_up()
            self._thaw(time.monotonic() - TOO_LONG)
            time.sleep(max(0.0, began + 2.7 - time.monotonic()))

    def _strike(self, worker: Worker, *, is_freezing: bool) -> None:
        if is_freezing:
            self.fleet.freeze(worker)
            self.frozen.append((worker, time.monotonic()))
        else:
            self.fleet.kill(worker)

    def _thaw(self, frozen_before: float) -> None:
        for worker, since in list(self.frozen):
            if since < frozen_before:
                self.statuses.append(self.fleet.thaw(worker))
                self.frozen.remove((worker, since))

    def end(self) -> None:
        """Wait for the last that are frozen."""
        for _, since in self.frozen:
            time.sleep(max(0.0, since + TOO_LONG - time.monotonic()))
        self._thaw(time.monotonic())


def play(url: str, *, seed: int, freezes: bool) -> None:
    with fleet_on(url) as fleet:
        for worker in [fleet.hire() for _ in range(3)]:
            worker.wait_until_up()
        fleet.push(KEYS)
        fire = Fire(fleet, seed, freezes=freezes)
        fire.rage()
        fire.end()
        wait_until(lambda: not fleet.unsettled(), seconds=12)
        takeovers = sorted(fleet.takeovers().values())
        sys.stdout.write(f"\n{len(fleet.record())} passes; takeovers in s: {[round(each, 1) for each in takeovers]}\n")
        assert fleet.overlaps() == []
        assert takeovers, "nobody was hit at work, so nothing was shown"
        assert median(takeovers) < TAKEN_OVER
        assert takeovers[-1] < 2 * TAKEN_OVER
        assert set(fire.statuses) <= {REAPED}


def test_workers_killed_and_frozen_on_postgresql_lose_nothing(postgresql: PostgreSql) -> None:
    play(postgresql.url(postgresql.create()) + LETTING_GO, seed=11, freezes=True)


def test_workers_killed_on_sqlite_lose_nothing(tmp_path: Path) -> None:
    play(f"sqlite:///{tmp_path / 'mayfly.db'}", seed=12, freezes=False)


def test_who_freezes_with_a_lock_in_its_hands_stalls_nobody_else(postgresql: PostgreSql) -> None:
    """The lock is the test's own, which is the same to everybody else: its holder is silent, and never lets go."""
    with fleet_on(postgresql.url(postgresql.create()) + HOLDING_ON, seconds=1.5) as fleet:
        for worker in [fleet.hire() for _ in range(3)]:
            worker.wait_until_up()
        fleet.push(["SHOP-1"])
        wait_until(fleet.record)
        with fleet.database.begin() as connection:
            connection.execute(wakes.select().where(wakes.c.key == "SHOP-1").with_for_update())
            fleet.kill(fleet.workers[fleet.record()[0].name])
            time.sleep(2 * SILENCE.total_seconds() + 2)
            fleet.push(["SHOP-2"])
            wait_until(lambda: fleet.unsettled() == ["SHOP-1"])
        wait_until(lambda: not fleet.unsettled(), seconds=12)
        assert [worker.process.poll() for worker in fleet.alive] == [None, None]
