"""Vitals: what `mayfly doctor` asks the database about itself and about who is alive."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext

from app.store.database import Connection, Database, database_now
from app.store.migrations import HEAD
from app.store.tables import executors

OLDEST_POSTGRESQL = (13,)
"""The oldest that still gets security updates from its makers at the time of writing is newer than this."""
OLDEST_SQLITE = (3, 35)
"""RETURNING came with it."""
FRESH = timedelta(seconds=10)


@dataclass(frozen=True)
class Vitals:
    """`is_current` is whether the schema is the code's; `now` is the database's clock."""

    product: str
    is_supported: bool
    is_current: bool
    now: datetime
    living_workers: int


def take_vitals(database: Database) -> Vitals:
    """Ask. Raises what `Database.read` raises where the database is away."""
    with database.read() as connection:
        version = connection.dialect.server_version_info or ()
        name = "SQLite" if database.is_sqlite else "PostgreSQL"
        revision = MigrationContext.configure(connection).get_current_revision()
        seconds = connection.execute(sa.select(database_now())).scalar_one()
        return Vitals(
            product=f"{name} {'.'.join(map(str, version))}",
            is_supported=version >= (OLDEST_SQLITE if database.is_sqlite else OLDEST_POSTGRESQL),
            is_current=revision == HEAD,
            now=datetime.fromtimestamp(seconds, UTC),
            living_workers=_living(connection) if revision == HEAD else 0,
        )


def _living(connection: Connection) -> int:
    fresh = executors.c.beat_at > database_now() - FRESH.total_seconds()
    living = sa.select(sa.func.count()).select_from(executors).where(fresh, executors.c.is_dead.is_(False))
    return connection.execute(living).scalar_one()
