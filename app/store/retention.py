"""Retention: how long everything is kept, and the forgetting of what is older.

Each rule forgets at most a portion, in its caller's transaction, and answers how much it was, so that no transaction
is long; a full portion says that there may be more. `artifacts` has no rule: what was uploaded stands in the bucket as
long as its row says so, and a row that is gone would only have it sent again. Nor has `tokens`: that one was made and
revoked is worth knowing, and they are few.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from app.core.environment import Phase
from app.store.tables import (
    decisions,
    deliveries,
    deployments,
    doubles,
    environments,
    inventory,
    leaks,
    orders,
    outbox,
    preparations,
    samples,
    sources,
    stacks,
    tidings,
    wakes,
)
from app.store.tables.findings import findings, replies, rounds

BODIES = timedelta(days=30)
"""A delivery's body may be looked at or replayed for so long."""
DELIVERIES = timedelta(days=180)
"""A delivery's row stays longer: that something came, and when, and what became of it."""
GONE = timedelta(days=30)
"""A gone environment is shown for so long, and with it goes all that is known of it."""
STRAY = timedelta(days=90)
"""What belongs to no environment: decisions about it, and sources that never had one."""
SAMPLES = timedelta(days=400)
"""A year and a month, so that a month can be held against the same one of the year before."""

TIDINGS = timedelta(days=1)
"""What was heard of a stack is acted upon within seconds; nobody does for one that is in no record."""

Rule = Callable[[sa.Connection, datetime, int], int]
"""Forgets, as of a moment, at most so many; the number of those it forgot."""


def forget_bodies(connection: sa.Connection, now: datetime, most: int) -> int:
    """Empty the deliveries whose bodies are old."""
    old = sa.and_(deliveries.c.received_at < now - BODIES, deliveries.c.body.is_not(None))
    portion = _portion(deliveries.c.number, old, most, deliveries.c.received_at)
    emptied = deliveries.update().where(deliveries.c.number.in_(portion)).values(body=None)
    return connection.execute(emptied).rowcount


def forget_deliveries(connection: sa.Connection, now: datetime, most: int) -> int:
    """Delete the deliveries that are old."""
    came = deliveries.c.received_at
    return _delete(connection, deliveries.c.number, came < now - DELIVERIES, most, came)


def forget_doubles(connection: sa.Connection, now: datetime, most: int) -> int:
    """Delete what came under the id of another delivery, with that delivery."""
    return _delete(connection, doubles.c.delivery, doubles.c.received_at < now - DELIVERIES, most)


def forget_orders(connection: sa.Connection, now: datetime, most: int) -> int:
    """Delete the orders that are old. They stay as long as the deliveries they came with, which may be replayed."""
    return _delete(connection, orders.c.id, orders.c.received_at < now - DELIVERIES, most)


def forget_environments(connection: sa.Connection, now: datetime, most: int) -> int:
    """Delete the environments that have been gone for long, with all that was kept of them.

    One that an open source keeps in mind stays: somebody destroyed it by hand, and a source that nobody knows any more
    would be deployed by the next round of resync. So does one that is wanted again and was not looked at yet.
    """
    is_over = sa.and_(
        environments.c.phase == Phase.GONE,
        environments.c.gone_at < now - GONE,
        environments.c.desired["is_wanted"].as_boolean().is_(False),
        ~sa.exists().where(sources.c.environment == environments.c.name, sources.c.is_open),
    )
    locked = sa.select(environments.c.name).where(is_over).order_by(environments.c.gone_at).limit(most)
    names = connection.execute(locked.with_for_update(skip_locked=True)).scalars().all()
    if names:
        _forget_all_of(connection, names)
    return len(names)


def _forget_all_of(connection: sa.Connection, names: Sequence[str]) -> None:
    keys = sa.select(sources.c.key).where(sources.c.environment.in_(names))
    connection.execute(decisions.delete().where(decisions.c.subject.in_(names) | decisions.c.subject.in_(keys)))
    for table in (stacks, preparations, deployments, outbox, sources, inventory, leaks):
        connection.execute(table.delete().where(table.c.environment.in_(names)))
    connection.execute(environments.delete().where(environments.c.name.in_(names)))


def forget_stray_sources(connection: sa.Connection, now: datetime, most: int) -> int:
    """Delete the closed sources that never had an environment and were not seen for long."""
    stray = sa.and_(sources.c.environment.is_(None), ~sources.c.is_open, sources.c.seen_at < now - STRAY)
    return _delete(connection, sources.c.key, stray, most)


def forget_stray_decisions(connection: sa.Connection, now: datetime, most: int) -> int:
    """Delete old decisions about what has no environment: sources that got none, and rounds of resync."""
    name, has_one = decisions.c.subject, sources.c.environment.is_not(None)
    stray = sa.and_(
        decisions.c.at < now - STRAY,
        ~sa.exists().where(environments.c.name == name),
        ~sa.exists().where(sources.c.key == name, has_one),
    )
    return _delete(connection, decisions.c.number, stray, most)


def forget_samples(connection: sa.Connection, now: datetime, most: int) -> int:
    """Delete the samples that are old."""
    return _delete(connection, samples.c.at, samples.c.at < now - SAMPLES, most)


def forget_tidings(connection: sa.Connection, now: datetime, most: int) -> int:
    """Delete what was heard of stacks that nobody looks at any more."""
    return _delete(connection, tidings.c.stack_id, tidings.c.heard_at < now - TIDINGS, most)


def forget_findings(connection: sa.Connection, now: datetime, most: int) -> int:
    """Delete the findings that cleared long ago."""
    return _delete(connection, findings.c.id, findings.c.cleared_at < now - STRAY, most)


def forget_replies(connection: sa.Connection, now: datetime, most: int) -> int:
    """Delete what people said that holds no more. What has no end holds for ever, since its subject may come again."""
    return _delete(connection, replies.c.number, replies.c.until < now - STRAY, most)


def forget_rounds(connection: sa.Connection, now: datetime, most: int) -> int:
    """Delete the receipts of old rounds, and what was noted of the messages about them."""
    before = f"round:{now - STRAY:%Y%m%dT%H%M%S}"
    connection.execute(outbox.delete().where(outbox.c.environment > "round:", outbox.c.environment < before))
    return _delete(connection, rounds.c.number, rounds.c.ended_at < now - STRAY, most)


RULES: Mapping[str, Rule] = {
    "bodies": forget_bodies,
    "deliveries": forget_deliveries,
    "doubles": forget_doubles,
    "orders": forget_orders,
    "environments": forget_environments,
    "sources": forget_stray_sources,
    "decisions": forget_stray_decisions,
    "samples": forget_samples,
    "tidings": forget_tidings,
    "findings": forget_findings,
    "replies": forget_replies,
    "rounds": forget_rounds,
}


def are_ownerless() -> sa.ColumnElement[bool]:
    """The wake-ups whose key belongs to nothing that is known any more; those of no single thing never do."""
    of_no_source = sa.and_(wakes.c.kind == "source", ~sa.exists().where(sources.c.key == wakes.c.key))
    of_no_environment = sa.and_(
        wakes.c.kind.in_(("environment", "announcement")), ~sa.exists().where(environments.c.name == wakes.c.key)
    )
    of_no_order = sa.and_(
        wakes.c.kind == "order", ~sa.exists().where(orders.c.id == wakes.c.key, orders.c.settled_at.is_(None))
    )
    return sa.or_(of_no_source, of_no_environment, of_no_order)


def _delete(
    connection: sa.Connection,
    key: sa.Column[object],
    old: sa.ColumnElement[bool],
    most: int,
    by: sa.Column[Any] | None = None,
) -> int:
    portion = _portion(key, old, most, by)
    return connection.execute(key.table.delete().where(key.in_(portion))).rowcount


def _portion(
    key: sa.Column[Any], old: sa.ColumnElement[bool], most: int, by: sa.Column[Any] | None = None
) -> sa.Select[Any]:
    """So many of them, in the order of `by`: of a long table that should be its age, which has an index."""
    return sa.select(key).where(old).order_by(key if by is None else by).limit(most)
