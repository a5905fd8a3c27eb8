"""Durations: how long each operation of each stack of a repository took the last time, whichever environment it was."""

from collections.abc import Iterable
from datetime import timedelta

import sqlalchemy as sa

from app.core.stack import StackRecord
from app.store.database import upsert
from app.store.tables import durations, environments


def save_duration(connection: sa.Connection, record: StackRecord, operation: str, took: timedelta) -> None:
    """Keep how long an operation took."""
    named = sa.select(environments.c.repository).where(environments.c.name == record.environment)
    repository = connection.execute(named).scalar()
    if repository is not None:
        key = {"repository": repository, "stack": record.stack, "operation": operation}
        upsert(connection, durations, {**key, "seconds": took.total_seconds()})


def expected_durations(
    connection: sa.Connection, records: Iterable[StackRecord]
) -> dict[tuple[str, str, str], timedelta]:
    """How long operations took the last time, by environment, stack and operation."""
    names = sorted({record.environment for record in records})
    query = (
        sa.select(environments.c.name, durations)
        .join(durations, durations.c.repository == environments.c.repository)
        .where(environments.c.name.in_(names))
    )
    return {(row.name, row.stack, row.operation): timedelta(seconds=row.seconds) for row in connection.execute(query)}
