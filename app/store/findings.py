"""Findings, and what people said of them. The reaper writes findings; replies come from people's clicks."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.core.finding import Finding, Reply, ReplyKind, Rule, State, Subject, SubjectKind
from app.core.fleet import Evidence, Verdict
from app.store.database import Connection, upsert
from app.store.tables.findings import findings, replies

_PLAIN = ("id", "reason", "note", "may_act")
_DATES = ("first_seen_at", "last_seen_at", "flagged_at", "due_at", "warned_at", "acted_at", "cleared_at")


def save_findings(connection: Connection, found: Iterable[Finding]) -> None:
    """Keep findings as they stand now."""
    for finding in found:
        row = {name: getattr(finding, name) for name in (*_PLAIN, *_DATES)}
        words = {name: getattr(finding, name).value for name in ("rule", "state", "verdict")}
        evidence = [{**asdict(each), "last_used_at": _seconds(each.last_used_at)} for each in finding.evidence]
        subject = asdict(finding.subject)
        upsert(
            connection,
            findings,
            {**row, **words, "key": finding.subject.key, "subject": subject, "evidence": evidence},
        )


def find_finding(connection: Connection, finding_id: str) -> Finding | None:
    """A finding by its id."""
    row = connection.execute(sa.select(findings).where(findings.c.id == finding_id)).one_or_none()
    return _finding(row) if row else None


def list_findings(connection: Connection, *, since: datetime | None = None) -> list[Finding]:
    """The findings that are open, and those that cleared since then; in the order of their ids."""
    is_shown = findings.c.state != State.CLEARED.value
    if since is not None:
        is_shown = is_shown | (findings.c.cleared_at >= since)
    return [_finding(row) for row in connection.execute(sa.select(findings).where(is_shown).order_by(findings.c.id))]


def _finding(row: sa.Row[Any]) -> Finding:
    plain = {name: getattr(row, name) for name in (*_PLAIN, *_DATES)}
    subject = Subject(**{**row.subject, "kind": SubjectKind(row.subject["kind"])})
    evidence = tuple(Evidence(**{**each, "last_used_at": _moment(each["last_used_at"])}) for each in row.evidence)
    words: dict[str, Any] = {"rule": Rule(row.rule), "state": State(row.state), "verdict": Verdict(row.verdict)}
    return Finding(**plain, **words, subject=subject, evidence=evidence)


def _seconds(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def add_reply(connection: Connection, reply: Reply) -> None:
    """Keep what a person said."""
    row = {field.name: getattr(reply, field.name) for field in fields(Reply)}
    connection.execute(replies.insert().values({**row, "kind": reply.kind.value}))


def list_replies(connection: Connection) -> dict[str, list[Reply]]:
    """Everything that people said, by the subject's key, the oldest first."""
    found: dict[str, list[Reply]] = {}
    for row in connection.execute(sa.select(replies).order_by(replies.c.number)):
        reply = Reply(ReplyKind(row.kind), row.subject, row.actor, row.at, row.until, row.reason)
        found.setdefault(row.subject, []).append(reply)
    return found


def replies_to(connection: Connection, subject: str) -> Sequence[Reply]:
    """What people said of one subject, the oldest first."""
    return list_replies(connection).get(subject, ())


def count_findings(connection: Connection) -> dict[tuple[str, str], int]:
    """How many open findings there are of each rule and state."""
    query = sa.select(findings.c.rule, findings.c.state, sa.func.count().label("number")).group_by(
        findings.c.rule, findings.c.state
    )
    return {(row.rule, row.state): row.number for row in connection.execute(query)}
