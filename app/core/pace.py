"""Pace: how soon the shared watch looks again.

    what is known of an operation         | it has taken                  | again
    --------------------------------------+-------------------------------+------------------------------------------
    how long it took the last time        | less than 80 % of that        | at 80 %, LONGEST at most: it may fail
                                          | up to 130 % of that           | after 1 s
                                          | more                          | after 3 s
    nothing                               | any time                      | after a fiftieth of it, 1 to 3 s
    events tell what moves                | any time                      | after 30 s

The soonest of all operations counts, since one look is for all of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.stack import StackRecord

QUICKEST = timedelta(seconds=1)
SLOWEST = timedelta(seconds=3)
LONGEST = timedelta(seconds=15)
"""The longest sleep towards an expected end: a failure comes before it, and people want to know."""
WITH_EVENTS = timedelta(seconds=30)
DEAF = timedelta(seconds=60)
"""A queue that nobody could ask for so long tells nothing; one question waits for 20 s at most."""


@dataclass(frozen=True)
class Running:
    """An operation under way, and how long it took the last time, where that is known."""

    started_at: datetime
    expected: timedelta | None = None


def pace(running: Iterable[Running], now: datetime) -> timedelta:
    """How soon to look again."""
    return min((_pause(each, now - each.started_at) for each in running), default=QUICKEST)


def _pause(running: Running, elapsed: timedelta) -> timedelta:
    if running.expected is None:
        return min(max(elapsed / 50, QUICKEST), SLOWEST)
    if elapsed > 1.3 * running.expected:
        return SLOWEST
    return min(max(0.8 * running.expected - elapsed, QUICKEST), LONGEST)


def took(before: StackRecord, after: StackRecord, now: datetime) -> timedelta | None:
    """How long an operation took that is seen to have gone well just now; None where none is."""
    if before.started_at is None or not before.status.is_in_progress:
        return None
    if before.operation == "delete":
        return now - before.started_at if after.status.is_gone else None
    has_gone_well = before.operation in ("create", "update") and after.applied == before.payload != before.applied
    return now - before.started_at if has_gone_well else None


@dataclass(frozen=True)
class Hearing:
    """What is known of the events of one account and region: when the queue was last asked, when one of ours last came
    in, and when the watch last found a movement of which none had told."""

    asked_at: datetime | None = None
    heard_at: datetime | None = None
    missed_at: datetime | None = None


def is_reliable(hearing: Hearing, now: datetime) -> bool:
    """Whether events can be left to tell what moves: the queue answers, and of late it has missed nothing."""
    if hearing.asked_at is None or hearing.heard_at is None or now - hearing.asked_at > DEAF:
        return False
    return hearing.missed_at is None or hearing.heard_at > hearing.missed_at
