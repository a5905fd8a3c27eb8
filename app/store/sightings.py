"""Sightings: sources of ours that GitHub showed closed without ever telling us so. Written by resync alone."""

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from app.core.resync import Known, Sighting
from app.core.source import SourceKey
from app.store.database import Connection
from app.store.tables import sightings, sources


def list_sightings(connection: Connection) -> Sequence[Sighting]:
    """What earlier rounds saw."""
    rows = connection.execute(sa.select(sightings))
    return [Sighting(SourceKey.parse(row.source), row.first_at, row.rounds) for row in rows]


def save_sightings(connection: Connection, seen: Iterable[Sighting]) -> None:
    """Keep what this round saw, in place of what earlier ones did."""
    connection.execute(sightings.delete())
    for sighting in seen:
        row = {"source": str(sighting.source), "first_at": sighting.first_at, "rounds": sighting.rounds}
        connection.execute(sightings.insert().values(row))


def list_known(connection: Connection) -> Sequence[Known]:
    """The sources that we hold open and that have an environment."""
    query = sa.select(sources.c.key, sources.c.commit).where(sources.c.is_open, sources.c.environment.is_not(None))
    return [Known(SourceKey.parse(row.key), row.commit) for row in connection.execute(query)]


def list_looked_at(connection: Connection) -> Sequence[Known]:
    """The sources at the commits at which they were looked at: those held open, and those that get no environment."""
    query = sa.select(sources.c.key, sources.c.commit).where(sources.c.is_open | sources.c.environment.is_(None))
    return [Known(SourceKey.parse(row.key), row.commit) for row in connection.execute(query)]


def list_repositories(connection: Connection) -> Sequence[str]:
    """Every repository that a source was ever seen of."""
    return connection.execute(sa.select(sources.c.repository).distinct().order_by(sources.c.repository)).scalars().all()
