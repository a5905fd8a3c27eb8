"""Admissions: what counts for the limits. Read and decided under one lock, so that two never take the same place."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from app.core.admission import Claim
from app.core.environment import Phase
from app.core.stack import StackStatus
from app.store.database import Connection
from app.store.environments import list_environments
from app.store.tables import environments, stacks

_LOCK = 0x6D6179666C7A
"""The number of PostgreSQL's advisory lock; SQLite's transactions exclude each other anyway."""


def lock_admissions(connection: Connection) -> None:
    """Let nobody else be admitted until this transaction ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


def list_claims(connection: Connection) -> Sequence[Claim]:
    """Every environment that holds a place or would like one."""
    return [
        Claim(each.name, each.repository, each.owner, each.created_at, each.admitted_at is not None)
        for each in list_environments(connection)
        if each.admitted_at is not None or (each.desired.is_wanted and each.desired.fault is None)
    ]


def list_queued(connection: Connection) -> Sequence[str]:
    """The environments that wait for a place."""
    query = sa.select(environments.c.name).where(
        environments.c.phase == Phase.QUEUED, environments.c.admitted_at.is_(None)
    )
    return connection.execute(query).scalars().all()


def count_creations(connection: Connection, account: str, region: str, since: datetime) -> int:
    """How many stacks are being created in a place, those included that were only just decided upon."""
    decided = (
        (stacks.c.operation == "create")
        & stacks.c.id.is_(None)
        & (stacks.c.status == StackStatus.ABSENT)
        & (stacks.c.started_at >= since)
        & (stacks.c.failed.is_(None) | (stacks.c.failed != stacks.c.payload))
    )
    under_way = stacks.c.status == StackStatus.CREATE_IN_PROGRESS
    query = sa.select(sa.func.count()).where(
        stacks.c.account == account, stacks.c.region == region, decided | under_way
    )
    return connection.execute(query).scalar_one()
