"""The bell: when the engine looks for passes."""

import threading
import time
from datetime import timedelta

from tests.waiting import wait_until
from workers.bell import Bell

LONG = timedelta(minutes=1)


def test_it_calls_for_a_look_once_something_is_queued() -> None:
    answers = [False, False, True]
    bell = Bell(lambda: answers.pop(0), every=timedelta(0), longest=LONG)
    assert bell.wait(0) is False
    assert answers == []


def test_it_calls_for_a_look_now_and_then_although_nothing_is_queued() -> None:
    began = time.monotonic()
    bell = Bell(lambda: False, every=timedelta(0), longest=timedelta(seconds=0.2))
    assert bell.wait() is False
    assert time.monotonic() - began >= 0.2


def test_whoever_rings_it_makes_it_ask_at_once() -> None:
    asked = threading.Event()

    def ask() -> bool:
        asked.set()
        return True

    bell = Bell(ask, every=LONG, longest=LONG)
    looking = threading.Thread(target=bell.wait)
    looking.start()
    assert not asked.is_set()
    bell.ring()
    looking.join(30)
    assert not looking.is_alive()
    assert asked.is_set()


def test_once_set_it_says_stop_and_asks_nobody() -> None:
    heard: list[bool] = []

    def ask() -> bool:
        raise AssertionError("it was asked although it was to stop")

    bell = Bell(ask, every=LONG, longest=LONG)
    waiting = threading.Thread(target=lambda: heard.append(bell.wait()))
    waiting.start()
    bell.set()
    wait_until(lambda: not waiting.is_alive())
    assert heard == [True]
    assert bell.wait() is True
