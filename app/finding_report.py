"""Findings as JSON: the same for the API and for the command line, as the public contract says; and as tables."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from app.core.finding import Finding
from app.core.reaping import by_cost
from app.core.round import Round
from app.report import stamp
from app.store.database import Connection
from app.store.findings import list_findings
from app.store.rounds import last_round

COLUMNS = ("rule", "state", "kind", "subject", "environment", "ticket", "owner", "cost_per_month", "due_at", "reason")
"""What a table shows of a finding; JSON has everything."""


def report_findings(connection: Connection, found: Sequence[Finding]) -> dict[str, Any]:
    """The last round, and the findings given."""
    last = last_round(connection)
    return {"round": report_round(last) if last else None, "findings": [report_finding(each) for each in found]}


def open_findings(connection: Connection) -> list[Finding]:
    """Every finding that is open, the most expensive first."""
    return sorted(list_findings(connection), key=by_cost)


def report_finding(finding: Finding) -> dict[str, Any]:
    """One finding."""
    subject = finding.subject
    return {
        "rule": finding.rule.value,
        "verdict": finding.verdict.value,
        "state": finding.state.value,
        "kind": subject.kind.value,
        "subject": subject.name,
        "stack_id": subject.stack_id,
        "stack_name": subject.stack_name,
        "resource_arn": subject.resource_arn,
        "resource_type": subject.resource_type,
        "account": subject.account,
        "region": subject.region,
        "environment": subject.environment,
        "ticket": subject.ticket,
        "owner": subject.owner,
        "pull_request": subject.pull_request,
        "reason": finding.told,
        "evidence": [{**asdict(each), "last_used_at": stamp(each.last_used_at)} for each in finding.evidence],
        "cost_per_month": subject.cost_per_month,
        "first_seen_at": stamp(finding.first_seen_at),
        "due_at": stamp(finding.due_at),
    }


def report_round(ended: Round) -> dict[str, Any]:
    """A round's totals."""
    hidden = ("message", "started_at", "ended_at", "fault", "unread")
    return {
        "started_at": stamp(ended.started_at),
        "ended_at": stamp(ended.ended_at),
        "outcome": "failed" if ended.fault else "done",
        "looked_at": ended.looked_at,
        **{name: value for name, value in asdict(ended).items() if name not in hidden},
        "unread": list(ended.unread),
        "fault": ended.fault,
    }


def tell_totals(ended: Round) -> str:
    """A round's totals in a line."""
    told = (
        f"{ended.stacks} stacks and {ended.resources} resources looked at, {ended.findings} findings, "
        f"{ended.kept} kept, {ended.unknown} not known, {ended.due} due, {ended.cleared} cleared, "
        f"${ended.cost_per_month:.2f} a month."
    )
    further = [*([ended.why_held] if ended.why_held else []), *ended.unread]
    return " ".join([told, *further])


def write_csv(findings: Iterable[Finding]) -> str:
    """Findings as comma-separated values; a cell that a spreadsheet would take for a formula is quoted."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([_harmless(cell) for cell in _cells(each)] for each in findings)
    return text.getvalue()


def write_markdown(findings: Iterable[Finding]) -> str:
    """Findings as a table in Markdown."""
    rows = [COLUMNS, tuple("---" for _ in COLUMNS), *(tuple(_cells(each)) for each in findings)]
    return "".join(f"| {' | '.join(_in_table(cell) for cell in row)} |\n" for row in rows)


def _cells(finding: Finding) -> list[str]:
    report = report_finding(finding)
    return ["" if report[name] is None else str(report[name]) for name in COLUMNS]


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def _in_table(cell: str) -> str:
    line = " ".join(cell.split())
    return line.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;").replace(">", "&gt;")
