"""The slots of many keys at once: which of them wait already, and setting the timers of those that rest."""

from collections.abc import Collection, Set
from typing import Any

import sqlalchemy as sa

from app.store.database import database_now, upserting
from app.store.passes import Kind
from app.store.statement import Statement, among, texts
from app.store.tables import wakes

Key = tuple[Kind, str]


def lock_waiting(connection: sa.Connection, keys: Set[Key]) -> set[tuple[str, str]]:
    """Those whose pass is queued or due; all that have a slot stay locked, in one order for all processes."""
    row = {
        "kinds": texts(connection, sorted({kind for kind, _ in keys})),
        "keys": texts(connection, [key for _, key in keys]),
    }
    return {(kind, key) for kind, key, waits in _SLOTS.run(connection, [row]) if waits}


def set_due(connection: sa.Connection, keys: Collection[Key]) -> None:
    """Have them queued with the engine's next look at the clock."""
    _TIMERS.run(connection, [{"kind": kind, "key": key} for kind, key in keys])


def _slots(connection: sa.Connection) -> sa.Select[Any]:
    waits = wakes.c.queued.is_not(None) | (wakes.c.due_at.is_not(None) & (wakes.c.due_at <= database_now()))
    slots = sa.select(wakes.c.kind, wakes.c.key, waits)
    mine = among(connection, wakes.c.kind, "kinds") & among(connection, wakes.c.key, "keys")
    return slots.where(mine).order_by(wakes.c.kind, wakes.c.key).with_for_update()


def _timers(connection: sa.Connection) -> sa.Insert:
    row = {
        "kind": sa.bindparam("kind"),
        "key": sa.bindparam("key"),
        "sequence": sa.literal_column("0"),
        "attempts": sa.literal_column("0"),
        "due_at": database_now(),
    }
    return upserting(connection, wakes, row, ["due_at"])


_SLOTS = Statement(_slots)
_TIMERS = Statement(_timers)
