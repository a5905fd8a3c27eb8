"""Marks: what was asked for and not yet acted upon. Set by the doors and the reaper, settled by the pass that acts."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from app.core.mark import Mark, MarkKind
from app.core.steering import Facts
from app.store.database import Connection
from app.store.environments import stacks_of
from app.store.sources import sources_of
from app.store.tables import marks
from app.store.wake import Kind, Wakes


def set_mark(connection: Connection, wakes: Wakes, mark: Mark) -> None:
    """Keep a mark and wake whom it concerns, in the caller's transaction."""
    row = {
        "kind": mark.kind.value,
        "subject": mark.subject,
        "actor": mark.actor,
        "at": mark.at,
        "reason": mark.reason,
        "span": mark.span.total_seconds() if mark.span is not None else None,
        "until": mark.until,
        "commit": mark.commit,
    }
    connection.execute(marks.insert().values(**row))
    wakes.wake(connection, Kind.SOURCE if "/" in mark.subject else Kind.ENVIRONMENT, mark.subject)


def list_marks(connection: Connection, subject: str) -> Sequence[tuple[int, Mark]]:
    """The marks about a subject that nobody acted upon yet, the oldest first, each with its number."""
    query = sa.select(marks).where(marks.c.subject == subject, marks.c.settled_at.is_(None)).order_by(marks.c.number)
    return [(row.number, _mark(row)) for row in connection.execute(query)]


def settle_mark(connection: Connection, number: int, now: datetime) -> None:
    """Note that a mark was acted upon, or refused."""
    connection.execute(marks.update().where(marks.c.number == number).values(settled_at=now))


def find_facts(connection: Connection, name: str) -> Facts:
    """What counts for a mark beside the environment itself."""
    tags = [record.kept_until for record in stacks_of(connection, name) if record.is_alive and record.kept_until]
    open_sources = tuple(str(source.key) for source in sources_of(connection, name) if source.is_open)
    return Facts(open_sources, max(tags, default=None))


def _mark(row: sa.Row[tuple[object, ...]]) -> Mark:
    span = timedelta(seconds=row.span) if row.span is not None else None
    return Mark(MarkKind(row.kind), row.subject, row.actor, row.at, row.reason, span, row.until, row.commit)
