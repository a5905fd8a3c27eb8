"""Hearing: whether events tell what moves, so that every process knows how often the shared watch has to look."""

from datetime import datetime

import sqlalchemy as sa

from app.core.pace import Hearing
from app.store.database import upsert
from app.store.tables import hearing

QUEUE = "*"
"""The row of the queue itself, which is one for every place."""


def note_asked(connection: sa.Connection, now: datetime) -> None:
    """Note that the queue answered."""
    upsert(connection, hearing, {"place": QUEUE, "heard_at": now})


def note_silent(connection: sa.Connection) -> None:
    """Note that the queue does not answer."""
    upsert(connection, hearing, {"place": QUEUE, "heard_at": None})


def note_heard(connection: sa.Connection, place: str, now: datetime) -> None:
    """Note that an event of a stack of ours came in."""
    upsert(connection, hearing, {"place": place, "heard_at": now})


def note_missed(connection: sa.Connection, place: str, now: datetime) -> None:
    """Note that a stack moved and no event had told."""
    upsert(connection, hearing, {"place": place, "missed_at": now})


def find_hearing(connection: sa.Connection, place: str) -> Hearing:
    """What is known of the events of an account and region."""
    rows = connection.execute(sa.select(hearing).where(hearing.c.place.in_([QUEUE, place])))
    found = {row.place: row for row in rows}
    queue, here = found.get(QUEUE), found.get(place)
    return Hearing(
        asked_at=queue.heard_at if queue else None,
        heard_at=here.heard_at if here else None,
        missed_at=here.missed_at if here else None,
    )
