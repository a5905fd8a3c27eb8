"""Decisions: what was or was not done and why, in one sentence each. `mayfly why` reads them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from app.store.tables import decisions


@dataclass(frozen=True)
class Decision:
    """One decision about an environment or, before there is one, about a source."""

    subject: str
    at: datetime
    phase: str | None
    reason: str
    actions: tuple[str, ...] = ()
    actor: str = "mayfly"


def record_decision(connection: sa.Connection, decision: Decision) -> bool:
    """Add a decision to the log; False where the last one about the subject says the same and nothing is done."""
    last = connection.execute(
        sa.select(decisions.c.phase, decisions.c.reason)
        .where(decisions.c.subject == decision.subject)
        .order_by(decisions.c.number.desc())
        .limit(1)
    ).one_or_none()
    if last is not None and tuple(last) == (decision.phase, decision.reason) and not decision.actions:
        return False
    row = {"subject": decision.subject, "at": decision.at, "phase": decision.phase, "reason": decision.reason}
    connection.execute(decisions.insert().values(**row, actions=list(decision.actions), actor=decision.actor))
    return True


def list_decisions(connection: sa.Connection, subjects: Sequence[str]) -> Sequence[Decision]:
    """Everything decided about the subjects, the oldest first."""
    query = sa.select(decisions).where(decisions.c.subject.in_(subjects)).order_by(decisions.c.number)
    return [
        Decision(row.subject, row.at, row.phase, row.reason, tuple(row.actions), row.actor)
        for row in connection.execute(query)
    ]
