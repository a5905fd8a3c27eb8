"""Findings as JSON, CSV and Markdown: the contract's names, and nothing that a spreadsheet or a page would run."""

import csv
import io
from dataclasses import replace

from app.core.finding import State, describe_stack
from app.core.round import Round
from app.finding_report import COLUMNS, report_finding, report_round, tell_totals, write_csv, write_markdown
from tests.builders import NOW, a_case, a_finding, a_use

KEYS = (
    "rule verdict state kind subject stack_id stack_name resource_arn resource_type account region environment ticket "
    "owner pull_request reason evidence cost_per_month first_seen_at due_at"
)


def test_a_finding_has_exactly_the_contracts_keys_in_their_order() -> None:
    report = report_finding(a_finding(evidence=(a_use(),), due_at=NOW))
    assert list(report) == KEYS.split()
    assert report["evidence"] == [
        {"signal": "Invocations", "resource": "orders", "last_used_at": "2026-03-01T10:00:00Z", "value": 12.0}
    ]
    assert (report["first_seen_at"], report["due_at"]) == ("2026-03-01T10:00:00Z", "2026-03-02T10:00:00Z")
    assert (report["resource_arn"], report["subject"], report["kind"]) == (None, "SHOP-42", "stack")


def test_a_note_stands_behind_the_reason() -> None:
    report = report_finding(a_finding(state=State.KEPT, note="ann keeps it."))
    assert report["reason"] == "Nothing in it was used for 14d. ann keeps it."


def test_a_round_says_how_it_ended() -> None:
    well = report_round(Round(NOW, NOW, "report", stacks=2, resources=3))
    assert (well["outcome"], well["looked_at"], well["started_at"]) == ("done", 5, "2026-03-02T10:00:00Z")
    assert "message" not in well
    assert report_round(Round(NOW, NOW, "report", fault="AWS did not answer."))["outcome"] == "failed"


def test_the_totals_say_what_was_held_and_what_could_not_be_read() -> None:
    told = tell_totals(Round(NOW, NOW, "destroy", why_held="They wait.", unread=("CloudWatch was throttled.",)))
    assert told.endswith("$0.00 a month. They wait. CloudWatch was throttled.")


def hostile(owner: str) -> str:
    return write_csv([a_finding(subject=replace(describe_stack(a_case()), owner=owner))])


def test_a_cell_is_no_formula() -> None:
    for owner in ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1"):
        rows = list(csv.reader(io.StringIO(hostile(owner))))
        assert rows[0] == list(COLUMNS)
        assert rows[1][COLUMNS.index("owner")] == f"'{owner}"


def test_a_cell_stays_in_its_table() -> None:
    subject = replace(describe_stack(a_case()), owner="a|b\n<script>")
    lines = write_markdown([a_finding(subject=subject)]).splitlines()
    assert len(lines) == 3
    assert "a\\|b &lt;script&gt;" in lines[2]
