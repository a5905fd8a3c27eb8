"""Samples: how many environments there were and what they cost, hour by hour. The dashboard draws them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from app.core.environment import Phase
from app.store.database import Connection
from app.store.tables import environments, samples


@dataclass(frozen=True)
class Sample:
    """One count: environments by phase without those that are gone, and their cost in dollars a month, if known."""

    at: datetime
    phases: Mapping[str, int]
    cost_per_month: float | None


def take_sample(connection: Connection, now: datetime) -> Sample:
    """Count what there is now."""
    count, cost = sa.func.count().label("number"), sa.func.sum(environments.c.cost_per_month).label("cost")
    query = sa.select(environments.c.phase, count, cost).where(environments.c.phase != Phase.GONE)
    rows = connection.execute(query.group_by(environments.c.phase).order_by(environments.c.phase)).all()
    costs = [row.cost for row in rows if row.cost is not None]
    return Sample(now, {row.phase: row.number for row in rows}, sum(costs) if costs else None)


def save_sample(connection: Connection, sample: Sample) -> None:
    """Keep a count."""
    row = {"at": sample.at, "phases": dict(sample.phases), "cost_per_month": sample.cost_per_month}
    connection.execute(samples.insert().values(**row))


def last_sampled_at(connection: Connection) -> datetime | None:
    """When the latest count was kept; None where none was."""
    return connection.execute(sa.select(samples.c.at).order_by(samples.c.at.desc()).limit(1)).scalar()


def list_samples(connection: Connection, since: datetime) -> Sequence[Sample]:
    """The counts since then, the oldest first."""
    query = sa.select(samples).where(samples.c.at >= since).order_by(samples.c.at)
    return [Sample(row.at, row.phases, row.cost_per_month) for row in connection.execute(query)]
