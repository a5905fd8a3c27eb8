"""The outbox: what stands where, so that nothing is told twice. Written by the notifier alone.

`trying_since` is set before a first post and cleared with its success. Where it is found set, a process died between
the two, and the place is searched for what was posted before anything is posted again.
"""

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.store.database import upsert
from app.store.tables import outbox


@dataclass(frozen=True)
class Told:
    """What was told of an environment in one place; `digest` is that of the text that stands there."""

    environment: str
    place: str
    reference: str | None = None
    digest: str | None = None
    trying_since: datetime | None = None
    attempts: int = 0
    last_error: str | None = None


def find_told(connection: sa.Connection, environment: str, place: str) -> Told:
    """What was told in a place so far; an empty record where nothing was."""
    mine = (outbox.c.environment == environment) & (outbox.c.place == place)
    row = connection.execute(sa.select(outbox).where(mine)).one_or_none()
    if row is None:
        return Told(environment, place)
    return _told(row)


def list_told(connection: sa.Connection, environment: str) -> dict[str, Told]:
    """What was told of an environment, by the place."""
    rows = connection.execute(sa.select(outbox).where(outbox.c.environment == environment).order_by(outbox.c.place))
    return {row.place: _told(row) for row in rows}


def save_told(connection: sa.Connection, told: Told) -> None:
    """Keep what was told."""
    row = {field.name: getattr(told, field.name) for field in fields(Told)}
    row["told"] = row.pop("digest")
    upsert(connection, outbox, row)


def _told(row: sa.Row[Any]) -> Told:
    return Told(row.environment, row.place, row.reference, row.told, row.trying_since, row.attempts, row.last_error)
