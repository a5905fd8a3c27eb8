"""Leaks: what outlived its stack, for people and for the reaper. Written by the reconciler."""

from collections.abc import Sequence
from dataclasses import asdict, fields

import sqlalchemy as sa

from app.core.verification import Leak
from app.store.database import upsert
from app.store.tables import leaks


def save_leaks(connection: sa.Connection, environment: str, found: Sequence[Leak]) -> None:
    """Keep what a look found in place of what an earlier one did; what was known stays found since then."""
    known = {leak.arn: leak for leak in list_leaks(connection, environment)}
    gone = known.keys() - {leak.arn for leak in found}
    mine = leaks.c.environment == environment
    connection.execute(leaks.delete().where(mine, leaks.c.arn.in_(gone)))
    for leak in found:
        since = known[leak.arn].found_at if leak.arn in known else leak.found_at
        upsert(connection, leaks, {**asdict(leak), "found_at": since})


def list_leaks(connection: sa.Connection, environment: str | None = None) -> list[Leak]:
    """Everything that outlived its stack, of one environment where it is named, the oldest first."""
    query = sa.select(leaks).order_by(leaks.c.found_at, leaks.c.arn)
    if environment is not None:
        query = query.where(leaks.c.environment == environment)
    return [
        Leak(**{field.name: getattr(row, field.name) for field in fields(Leak)}) for row in connection.execute(query)
    ]
