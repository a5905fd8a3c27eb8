"""The engine's promises, kept by the real DBOS on SQLite and on PostgreSQL. Tells when an upgrade breaks them."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from itertools import count

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from app.core.errors import TransientError
from tests.contract.stage import Gate, Stage, playing
from tests.waiting import wait_until
from workers.clock import system_clock

pytestmark = pytest.mark.alone

HOUR = timedelta(hours=1)
_numbers = count()


@pytest.fixture(scope="class")
def stage(shared_database_url: str) -> Iterator[Stage]:
    """One engine for all tests of a class; each has a key of its own."""
    with playing(shared_database_url) as running:
        yield running


@pytest.fixture
def key() -> str:
    """A key of the test's own, with everything in it that a branch may be called."""
    return f"acme/shop@SHOP-{next(_numbers)}/a|b#c ü🦋"


class TestPasses:
    def test_a_wake_leads_to_a_pass(self, stage: Stage, key: str) -> None:
        stage.wake(key)
        wait_until(lambda: stage.count(key) == 1)

    def test_passes_of_one_key_never_overlap_and_wakes_during_one_give_exactly_one_more(
        self, stage: Stage, key: str
    ) -> None:
        gate = stage.acts[key] = Gate()
        stage.wake(key)
        assert gate.reached.wait(10)
        for _ in range(3):
            stage.wake(key)
        other = f"{key} other"
        stage.wake(other)
        wait_until(lambda: stage.count(other) == 1)  # two polls at least: the second pass had its chance
        assert stage.count(key) == 1
        gate.opened.set()
        wait_until(lambda: stage.count(key) == 2 and gate.inside == 0)
        stage.wake(f"{key} last")
        wait_until(lambda: stage.count(f"{key} last") == 1)
        assert (stage.count(key), gate.most_inside) == (2, 1)

    def test_different_keys_run_side_by_side(self, stage: Stage, key: str) -> None:
        meeting = threading.Barrier(8)
        keys = [f"{key} {number}" for number in range(8)]

        def meet() -> None:
            meeting.wait(10)

        for one in keys:
            stage.acts[one] = meet
            stage.wake(one)
        wait_until(lambda: all(stage.count(one) == 1 for one in keys))
        wait_until(lambda: meeting.n_waiting == 0)
        assert not meeting.broken

    def test_a_pass_is_run_again_after_the_time_it_asks_for(self, stage: Stage, key: str) -> None:
        answers = [timedelta(seconds=0.2), None]
        stage.acts[key] = lambda: answers.pop(0)
        stage.wake(key)
        wait_until(lambda: stage.count(key) == 2)
        wait_until(lambda: stage.due_in(key) is None)

    def test_a_wake_pulls_a_pass_forward_that_was_asked_for_later(self, stage: Stage, key: str) -> None:
        stage.acts[key] = lambda: HOUR
        stage.wake(key)
        wait_until(lambda: stage.due_in(key) is not None)
        stage.wake(key)
        wait_until(lambda: stage.count(key) == 2)


class TestHistory:
    def test_ended_passes_are_forgotten_in_time_and_waiting_ones_never(self, stage: Stage, key: str) -> None:
        stage.wake(key)
        wait_until(lambda: stage.count(key) == 1)
        gate = stage.acts[key] = Gate()
        stage.wake(key)
        assert gate.reached.wait(10)
        stage.wake(key)
        now = system_clock()
        assert stage.wakes.forget_passes(now - HOUR) == 0
        assert stage.wakes.forget_passes(now + HOUR) == 1
        assert stage.wakes.forget_passes(now + HOUR) == 0
        gate.opened.set()
        wait_until(lambda: stage.count(key) == 3)


class TestFailures:
    def test_a_failing_pass_is_tried_again_after_a_growing_pause(self, stage: Stage, key: str) -> None:
        stage.acts[key] = lambda: 1 // 0  # type: ignore[assignment, return-value]
        for attempts, pause in ((1, 2), (2, 4), (3, 8)):
            stage.wake(key)
            wait_until(partial(_has_failed, stage, key, attempts))
            due_in = stage.due_in(key)
            assert due_in is not None
            assert pause - 1.5 < due_in <= pause
        assert stage.last_error(key) == "integer division or modulo by zero"

    def test_it_is_tried_again_by_itself_and_then_forgotten(self, stage: Stage, key: str) -> None:
        def fail_once() -> None:
            if stage.count(key) == 1:
                raise TransientError("AWS does not answer", timedelta(seconds=0.2))

        stage.acts[key] = fail_once
        stage.wake(key)
        wait_until(lambda: stage.count(key) == 2)
        wait_until(lambda: stage.attempts(key) == 0 and stage.last_error(key) is None)

    def test_a_service_that_says_when_to_come_back_is_obeyed(self, stage: Stage, key: str) -> None:
        def refuse() -> None:
            raise TransientError("slow down", HOUR)

        stage.acts[key] = refuse
        stage.wake(key)
        wait_until(lambda: stage.attempts(key) == 1)
        due_in = stage.due_in(key)
        assert due_in is not None
        assert 3590 < due_in <= 3600

    @pytest.mark.parametrize(
        "text", ["nul \x00", "half \ud800", "x" * 100_000, ""], ids=["nul", "half", "long", "none"]
    )
    def test_whatever_the_error_says_the_key_is_not_lost(self, stage: Stage, key: str, text: str) -> None:
        def fail() -> None:
            raise RuntimeError(text)

        stage.acts[key] = fail
        stage.wake(key)
        wait_until(lambda: stage.attempts(key) == 1)
        assert stage.due_in(key) is not None
        assert 0 < len(stage.last_error(key) or "") <= 500


def _has_failed(stage: Stage, key: str, times: int) -> bool:
    return stage.attempts(key) == times


class TestAnAbsentDatabase:
    def test_what_a_pass_answered_is_written_down_once_the_database_is_back(
        self, stage: Stage, key: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        refused: list[str] = []
        begin = stage.database.begin

        @contextmanager
        def begin_later() -> Iterator[sa.Connection]:
            if threading.current_thread().name.startswith("dbos-executor") and len(refused) < 2:
                refused.append("refused")
                raise OperationalError("BEGIN", {}, Exception("the database is away"))
            with begin() as connection:
                yield connection

        def answer() -> timedelta:
            monkeypatch.setattr(stage.database, "begin", begin_later)
            return HOUR

        stage.acts[key] = answer
        stage.wake(key)
        wait_until(lambda: stage.due_in(key) is not None, seconds=15)
        assert len(refused) == 2
        assert (stage.count(key), stage.attempts(key)) == (1, 0)


class TestStartAndStop:
    def test_the_first_wake_is_as_quick_as_the_others(self, database_url: str) -> None:
        """A queue that the engine had to find first was looked at a second later, every time; once quick is proof."""

        def first_wake() -> float:
            with playing(database_url) as stage:
                began = time.monotonic()
                stage.wake("first")
                wait_until(lambda: stage.count("first") == 1)
                return time.monotonic() - began

        assert any(first_wake() < 0.8 for _ in range(4))

    def test_running_passes_end_the_rest_is_left_and_no_thread_stays(self, database_url: str) -> None:
        before = set(threading.enumerate())
        first = Stage(database_url)
        gate = first.acts["key"] = Gate()
        first.engine.start()
        first.wake("key")
        assert gate.reached.wait(10)
        first.wake("key")
        threading.Timer(0.3, gate.opened.set).start()
        first.engine.stop()
        assert (first.count("key"), gate.inside) == (1, 0)
        first.close()
        wait_until(lambda: set(threading.enumerate()) <= before)
        with playing(database_url) as second:
            wait_until(lambda: second.count("key") == 1)

    def test_a_wake_before_the_start_is_not_lost(self, database_url: str) -> None:
        stage = Stage(database_url)
        stage.wake("early")
        stage.close()
        with playing(database_url) as later:
            wait_until(lambda: later.count("early") == 1)
