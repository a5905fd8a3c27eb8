"""Rounds of the reaper: a receipt of each, also of one that failed. Written by the reaper alone."""

from dataclasses import asdict

import sqlalchemy as sa

from app.core.round import Round
from app.store.database import Connection
from app.store.tables.findings import rounds

_MOMENTS = ("started_at", "ended_at")


def add_round(connection: Connection, ended: Round) -> None:
    """Keep the receipt of a round."""
    content = {name: value for name, value in asdict(ended).items() if name not in _MOMENTS}
    row = {"started_at": ended.started_at, "ended_at": ended.ended_at, "fault": ended.fault, "content": content}
    connection.execute(rounds.insert().values(row))


def last_round(connection: Connection, *, well: bool = False) -> Round | None:
    """The last round; with `well`, the last that did not fail."""
    query = sa.select(rounds).order_by(rounds.c.number.desc()).limit(1)
    row = connection.execute(query.where(rounds.c.fault.is_(None)) if well else query).one_or_none()
    if row is None:
        return None
    content = {**row.content, "unread": tuple(row.content["unread"])}
    return Round(started_at=row.started_at, ended_at=row.ended_at, **content)
