"""Petitions: what people asked of a source since it was last looked at, beside what GitHub shows of it.

An approval and a deployment of what has no environment yet are marks on the source. That a pull request was reopened,
or reviewed, only the deliveries tell: GitHub shows an open pull request alike before and after.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.core.command import SHORTEST_COMMIT
from app.core.mark import Mark, MarkKind
from app.core.source import Source, SourceKey
from app.core.steering import name_actor
from app.github.events import REVIEW_EVENTS
from app.store.database import Connection
from app.store.decisions import Decision, record_decision
from app.store.inbox import list_unhandled
from app.store.marks import list_marks, settle_mark
from app.store.sources import find_source


@dataclass(frozen=True)
class Petition:
    """What was asked for. `approved` is the commit that is allowed so far, `active_at` when people last reviewed."""

    marks: Sequence[tuple[int, Mark]] = ()
    approved: str | None = None
    is_reopened: bool = False
    active_at: datetime | None = None

    @property
    def demand(self) -> Mark | None:
        """The deployment that was asked for, if one was."""
        return next((mark for _, mark in self.marks if mark.kind is MarkKind.DEPLOY), None)

    def allow(self, source: Source) -> Source:
        """The source with the one commit of it that is approved: its head, where somebody named that."""
        named = [mark for _, mark in self.marks if mark.kind is MarkKind.APPROVE and allows(mark, source)]
        return replace(source, approved=source.commit if named else self.approved)


def read_petition(connection: Connection, key: SourceKey, up_to: int) -> Petition:
    """What was asked of a source, by marks and by the deliveries that no pass has looked at yet."""
    known = find_source(connection, key)
    acts = list_unhandled(connection, str(key), up_to)
    return Petition(
        marks=list_marks(connection, str(key)),
        approved=known[0].approved if known else None,
        is_reopened=any((act.event, act.action) == ("pull_request", "reopened") for act in acts),
        active_at=max((act.received_at for act in acts if act.event in REVIEW_EVENTS), default=None),
    )


def allows(mark: Mark, source: Source) -> bool:
    """Whether an approval names the commit that is the source's head now."""
    commit = (mark.commit or "").lower()
    return len(commit) >= SHORTEST_COMMIT and source.commit.startswith(commit)


def answer(connection: Connection, petition: Petition, source: Source | None, why: str, now: datetime) -> None:
    """Settle the marks, each with what became of it; `source` is None where it is not open, and `why` says so."""
    for number, mark in petition.marks:
        settle_mark(connection, number, now)
        reason = _answer(mark, source, why)
        record_decision(connection, Decision(mark.subject, now, None, reason, (mark.kind,), mark.actor))


def _answer(mark: Mark, source: Source | None, why: str) -> str:
    if source is None:
        return f"Refused to {mark.kind} for {mark.actor}: {why}"
    if mark.kind is MarkKind.DEPLOY:
        return f"{name_actor(mark)} asked for a deployment of {source.key}."
    if not source.fork:
        return f"{source.key} does not come from a fork; it needs no approval."
    if not allows(mark, source):
        return f"Refused to approve for {mark.actor}: {(mark.commit or '')[:40]} is not the head, {source.commit[:12]}."
    return f"{name_actor(mark)} approved commit {source.commit[:12]} of {source.key}."
