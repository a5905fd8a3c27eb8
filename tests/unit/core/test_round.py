"""A round's receipt counts everything, also what nobody is told of one by one."""

from dataclasses import replace

import pytest

from app.core.finding import Finding, State, describe_stack
from app.core.round import Round, count, message_of, reclaimable
from tests.builders import NOW, a_case, a_finding


def costing(cost: float | None, state: State = State.FLAGGED) -> Finding:
    return a_finding(state=state, subject=replace(describe_stack(a_case()), cost_per_month=cost))


def test_every_finding_is_counted_where_it_belongs() -> None:
    counted = count([a_finding(state=state) for state in State])
    assert counted == {"findings": 4, "kept": 1, "unknown": 1, "due": 1, "cleared": 1}


def test_what_is_kept_or_not_known_is_not_reclaimable() -> None:
    findings = [costing(36.5), costing(0.105), costing(None), costing(9.0, State.KEPT), costing(9.0, State.UNDECIDED)]
    assert reclaimable(findings) == 36.6


def test_looked_at_is_stacks_and_resources() -> None:
    assert Round(NOW, NOW, "report", stacks=200, resources=400).looked_at == 600


@pytest.mark.parametrize(
    ("findings", "before", "is_scheduled", "is_new"),
    [(3, 3, True, True), (0, 3, True, True), (3, 0, True, True), (0, 0, True, False), (3, 3, False, False)],
    ids=["findings", "all clear", "the first findings", "nothing again", "between two rounds"],
)
def test_a_scheduled_round_with_news_is_told_anew(findings: int, before: int, is_scheduled: bool, is_new: bool) -> None:
    stands = Round(NOW, NOW, "report", findings=before, message="m1")
    assert (message_of(NOW, findings, stands, is_scheduled=is_scheduled) != "m1") is is_new


def test_the_first_round_has_a_message_of_its_own() -> None:
    assert message_of(NOW, 0, None, is_scheduled=False) == "20260302T100000000000"
