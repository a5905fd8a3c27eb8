"""What `mayfly reap` prints: findings on standard output, the round's totals on standard error."""

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum

from rich.console import Console
from rich.table import Table

from app.core.errors import MayflyError
from app.core.finding import Finding
from app.core.reaping import by_cost
from app.core.round import Round
from app.finding_report import report_finding, report_round, tell_totals, write_csv, write_markdown


class Form(StrEnum):
    """How findings are printed."""

    TEXT = "text"
    JSON = "json"
    CSV = "csv"
    MARKDOWN = "markdown"


class TooManyForms(MayflyError):
    """Only one of --json, --csv and --markdown can be printed at once."""


def form_of(*, as_json: bool, as_csv: bool, as_markdown: bool) -> Form:
    """The form that was asked for. Raises TooManyForms."""
    asked = [
        form for form, is_asked in ((Form.JSON, as_json), (Form.CSV, as_csv), (Form.MARKDOWN, as_markdown)) if is_asked
    ]
    if len(asked) > 1:
        raise TooManyForms
    return asked[0] if asked else Form.TEXT


def tell_findings(ended: Round, findings: Iterable[Finding], form: Form) -> None:
    """Print a round: the findings that are open, the most expensive first, and its totals."""
    shown = sorted((each for each in findings if each.is_open), key=by_cost)
    _WRITERS[form](shown)
    totals = json.dumps(report_round(ended), ensure_ascii=False) if form is Form.JSON else tell_totals(ended)
    sys.stderr.write(f"{totals}\n")


def _write_text(findings: Sequence[Finding]) -> None:
    if not findings:
        sys.stdout.write("Nothing was found that nobody needs.\n")
        return
    table = Table("Rule", "State", "What", "Owner", "$/month", "Due", "Reason", box=None, pad_edge=False)
    for finding in findings:
        subject, report = finding.subject, report_finding(finding)
        cost = "" if subject.cost_per_month is None else f"{subject.cost_per_month:.2f}"
        cells = (finding.rule.value, finding.state.value, subject.name, subject.owner or "", cost)
        table.add_row(*(_plain(cell) for cell in (*cells, report["due_at"] or "", finding.told)))
    Console().print(table)


def _plain(cell: str) -> str:
    """Text from outside, in which the terminal is to see no markup and no control characters."""
    return "".join(sign if sign.isprintable() else " " for sign in cell).replace("[", "\\[")


def _write_lines(findings: Sequence[Finding]) -> None:
    sys.stdout.writelines(f"{json.dumps(report_finding(each), ensure_ascii=False)}\n" for each in findings)


_WRITERS: dict[Form, Callable[[Sequence[Finding]], object]] = {
    Form.TEXT: _write_text,
    Form.JSON: _write_lines,
    Form.CSV: lambda findings: sys.stdout.write(write_csv(findings)),
    Form.MARKDOWN: lambda findings: sys.stdout.write(write_markdown(findings)),
}
