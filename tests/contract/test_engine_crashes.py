"""Real processes that die, freeze and wake up: their keys are taken over by the living."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app.store.database import Database
from app.store.tables import executors
from app.store.wake import Kind, Wakes
from tests.waiting import wait_until
from workers.heartbeat import OF_LATE, REAPED, SILENCE, Heartbeat

pytestmark = pytest.mark.alone


class Machine:
    """Processes with an engine each, on one database."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.folder = folder
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, name: str) -> subprocess.Popen[bytes]:
        """Start a process; returns once its engine runs."""
        command = [sys.executable, "-m", "tests.contract.engine_process", self.url, str(self.folder), name]
        with (self.folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(command, stderr=log)
        self.running.append(process)
        wait_until((self.folder / f"{name}.up").exists, seconds=20)
        return process

    def hold(self) -> None:
        """Have passes wait in their middle."""
        (self.folder / "hold").touch()

    def release(self) -> None:
        """Let them go on."""
        (self.folder / "hold").unlink()

    def passes(self) -> list[str]:
        """`NAME KEY` for each pass that began."""
        record = self.folder / "passes"
        return record.read_text().splitlines() if record.exists() else []

    def end(self) -> None:
        """End every process."""
        for process in self.running:
            process.kill()
            process.wait()


@pytest.fixture
def machine(database_url: str, tmp_path: Path) -> Iterator[Machine]:
    """No process yet."""
    processes = Machine(database_url, tmp_path)
    yield processes
    processes.end()


def _wake(database: Database, wakes: Wakes, key: str) -> None:
    with database.begin() as connection:
        wakes.wake(connection, Kind.ENVIRONMENT, key)


class TestCrashes:
    def test_a_process_killed_in_a_pass_is_taken_over_within_five_seconds(
        self, machine: Machine, database: Database, wakes: Wakes
    ) -> None:
        dying = machine.start("dying")
        machine.hold()
        _wake(database, wakes, "SHOP-1")
        wait_until(lambda: machine.passes() == ["dying SHOP-1"])
        _wake(database, wakes, "SHOP-1")
        machine.start("living")
        dying.send_signal(signal.SIGKILL)
        killed = time.monotonic()
        machine.release()
        wait_until(lambda: "living SHOP-1" in machine.passes())
        assert time.monotonic() - killed < 5
        _wake(database, wakes, "SHOP-1")
        wait_until(lambda: machine.passes().count("living SHOP-1") >= 2)

    def test_a_process_that_froze_ends_when_it_wakes_up(
        self, machine: Machine, database: Database, wakes: Wakes
    ) -> None:
        if database.is_sqlite:
            pytest.skip("a frozen process may hold the one write lock of SQLite, which stalls all others for good")
        frozen = machine.start("frozen")
        machine.hold()
        _wake(database, wakes, "SHOP-1")
        wait_until(lambda: machine.passes() == ["frozen SHOP-1"])
        machine.start("living")
        os.kill(frozen.pid, signal.SIGSTOP)
        wait_until(lambda: "living SHOP-1" in machine.passes())
        os.kill(frozen.pid, signal.SIGCONT)
        assert frozen.wait(10) == REAPED
        machine.release()

    def test_a_process_that_is_asked_to_stop_is_alive_until_its_last_pass_has_ended(
        self, machine: Machine, database: Database, wakes: Wakes
    ) -> None:
        stopping = machine.start("stopping")
        machine.hold()
        _wake(database, wakes, "SHOP-1")
        wait_until(lambda: machine.passes() == ["stopping SHOP-1"])
        machine.start("living")
        stopping.terminate()
        time.sleep(SILENCE.total_seconds() + 2)
        assert machine.passes() == ["stopping SHOP-1"]
        machine.release()
        assert stopping.wait(15) == 0

    def test_a_process_that_is_asked_to_stop_leaves_no_trace(
        self, machine: Machine, database: Database, wakes: Wakes
    ) -> None:
        process = machine.start("one")
        _wake(database, wakes, "SHOP-1")
        wait_until(lambda: machine.passes() == ["one SHOP-1"])
        process.terminate()
        assert process.wait(15) == 0
        with database.read() as connection:
            assert connection.execute(executors.select()).all() == []


class TestJudgingOthers:
    def test_who_was_away_itself_gives_the_others_time_to_speak_first(self, database: Database, wakes: Wakes) -> None:
        now = [100.0]
        Heartbeat(database, wakes, "other").start()
        mine = Heartbeat(database, wakes, "mine", lambda: now[0])
        mine.start()
        now[0] += 60
        _let_be_silent(database, "other")
        for _ in range(3):
            mine.beat()
            now[0] += 1
        assert _alive(database) == ["mine", "other"]
        for _ in range(2):
            mine.beat()
            now[0] += 1
        assert _alive(database) == ["mine"]

    def test_who_is_late_now_judges_nobody(self, database: Database, wakes: Wakes) -> None:
        now = [100.0]
        Heartbeat(database, wakes, "other").start()
        mine = Heartbeat(database, wakes, "mine", lambda: now[0])
        mine.start()
        _let_be_silent(database, "other")
        now[0] += 2
        mine.look_after_others()
        assert _alive(database) == ["mine", "other"]

    def test_the_later_it_is_itself_the_longer_it_gives_others(self, database: Database, wakes: Wakes) -> None:
        now = [100.0]
        mine = Heartbeat(database, wakes, "mine", lambda: now[0])
        mine.start()
        for pause in (1.0, 1.5, 1.0):
            now[0] += pause
            mine.say_alive()
        assert mine.patience == SILENCE + timedelta(seconds=1)
        for _ in range(OF_LATE):
            now[0] += 1
            mine.say_alive()
        assert mine.patience == SILENCE

    def test_who_spoke_after_it_was_found_silent_is_spared(self, database: Database, wakes: Wakes) -> None:
        Heartbeat(database, wakes, "other").start()
        assert wakes.take_over(database, "other", SILENCE) is None
        assert _alive(database) == ["other"]

    def test_who_has_just_started_takes_over_at_once(self, database: Database, wakes: Wakes) -> None:
        Heartbeat(database, wakes, "crashed").start()
        _let_be_silent(database, "crashed")
        mine = Heartbeat(database, wakes, "mine")
        mine.start()
        mine.beat()
        assert _alive(database) == ["mine"]


def _let_be_silent(database: Database, executor: str) -> None:
    with database.begin() as connection:
        past = executors.c.beat_at - timedelta(minutes=1).total_seconds()
        connection.execute(executors.update().where(executors.c.id == executor).values(beat_at=past))


def _alive(database: Database) -> list[str]:
    with database.read() as connection:
        return sorted(row.id for row in connection.execute(executors.select()))
