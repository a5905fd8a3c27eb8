"""The census: how much there is of everything, in a few queries that a scrape may ask every few seconds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from app.core.environment import Phase
from app.core.round import Round
from app.store.findings import count_findings
from app.store.inbox import HANDLED, IGNORED, QUARANTINED, RECEIVED
from app.store.rounds import last_round
from app.store.tables import deliveries, doubles, environments, metadata, missed, wakes
from app.store.wake import Kind

DEAD_LETTER = 5
"""A key whose passes failed so often in a row needs a person to look at it; it is tried again all the same."""

_STATES = (RECEIVED, HANDLED, IGNORED, QUARANTINED)


@dataclass(frozen=True)
class Census:
    """What was counted. Every state, phase and kind is there, also those of which there is none."""

    rows: Mapping[str, int]
    deliveries: Mapping[str, int]
    oldest_unhandled: timedelta
    doubles: int
    missed: int
    environments: Mapping[str, int]
    failing: Mapping[str, int]
    waiting: Mapping[str, int]
    findings: Mapping[tuple[str, str], int]
    last_round: Round | None


def take_census(connection: sa.Connection, now: datetime) -> Census:
    """Count everything."""
    states = _states(connection)
    since = states[RECEIVED].since if RECEIVED in states else None
    rows = _count_rows(connection)
    return Census(
        rows=rows,
        doubles=rows[doubles.name],
        missed=rows[missed.name],
        deliveries={**dict.fromkeys(_STATES, 0), **{name: state.number for name, state in states.items()}},
        oldest_unhandled=max(now - since, timedelta(0)) if since else timedelta(0),
        environments=_count(connection, environments.c.phase, Phase, sa.true()),
        failing=_count(connection, wakes.c.kind, Kind, wakes.c.attempts >= DEAD_LETTER),
        waiting=_count(connection, wakes.c.kind, Kind, wakes.c.queued.is_not(None)),
        findings=count_findings(connection),
        last_round=last_round(connection),
    )


@dataclass(frozen=True)
class Failing:
    """A key that needs a person: what kind it is of, how often its passes failed in a row, and why the last one did."""

    kind: str
    key: str
    attempts: int
    error: str


def list_failing(connection: sa.Connection, most: int = 20) -> list[Failing]:
    """The keys whose passes fail again and again, the worst first."""
    worst = sa.select(wakes.c.kind, wakes.c.key, wakes.c.attempts, wakes.c.last_error)
    query = worst.where(wakes.c.attempts >= DEAD_LETTER).order_by(wakes.c.attempts.desc(), wakes.c.key).limit(most)
    return [Failing(row.kind, row.key, row.attempts, row.last_error or "") for row in connection.execute(query)]


def _count_rows(connection: sa.Connection) -> dict[str, int]:
    """The rows of each table, in one query."""
    counts = [
        sa.select(sa.literal(table.name).label("name"), sa.func.count().label("rows")).select_from(table)
        for table in metadata.sorted_tables
    ]
    return {row.name: row.rows for row in connection.execute(sa.union_all(*counts))}


def _count(
    connection: sa.Connection, column: sa.Column[Any], known: "type[Phase] | type[Kind]", condition: Any
) -> dict[str, int]:
    query = sa.select(column.label("name"), sa.func.count().label("number")).where(condition).group_by(column)
    found = {row.name: row.number for row in connection.execute(query)}
    return {**{each.value: 0 for each in known}, **found}


def _states(connection: sa.Connection) -> dict[str, sa.Row[Any, Any, Any]]:
    """How many deliveries are in each state and since when, in one walk: theirs is the longest table."""
    count, first = sa.func.count().label("number"), sa.func.min(deliveries.c.received_at).label("since")
    query = sa.select(deliveries.c.state, count, first).group_by(deliveries.c.state)
    return {row.state: row for row in connection.execute(query)}
