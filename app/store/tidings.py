"""Tidings: what was heard of stacks. Whoever hears writes, the environment's pass reads, looks and takes them away."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.core.stack import ObservedStack, StackStatus
from app.core.tiding import Tiding
from app.store.database import upsert
from app.store.tables import tidings

_TIMES = ("created_at", "updated_at")


def hear(connection: sa.Connection, tiding: Tiding) -> None:
    """Note what was heard of a stack, in place of what was heard before."""
    observed = tiding.observed and _written(tiding.observed)
    row = {"stack_id": tiding.stack_id, "heard_at": tiding.heard_at, "status": tiding.status.value}
    upsert(connection, tidings, {**row, "observed": observed})


def tidings_of(connection: sa.Connection, stack_ids: Iterable[str]) -> dict[str, Tiding]:
    """What was heard of stacks, by id."""
    query = sa.select(tidings).where(tidings.c.stack_id.in_(list(stack_ids)))
    return {row.stack_id: _tiding(row) for row in connection.execute(query)}


def heed(connection: sa.Connection, heard: Sequence[Tiding]) -> None:
    """Take away what was acted upon; what came in since then stays."""
    for tiding in heard:
        same = (tidings.c.stack_id == tiding.stack_id) & (tidings.c.heard_at == tiding.heard_at)
        connection.execute(tidings.delete().where(same))


def _written(observed: ObservedStack) -> dict[str, Any]:
    content = asdict(observed)
    return {**content, **{name: content[name] and content[name].isoformat() for name in _TIMES}}


def _tiding(row: sa.Row[Any]) -> Tiding:
    return Tiding(row.stack_id, row.heard_at, StackStatus(row.status), row.observed and _observed(row.observed))


def _observed(content: dict[str, Any]) -> ObservedStack:
    times = {name: content[name] and datetime.fromisoformat(content[name]) for name in _TIMES}
    return ObservedStack(**{**content, **times, "status": StackStatus(content["status"])})
