"""A round's receipt counts everything, also what nobody is told of one by one."""

from dataclasses import replace

from app.core.finding import Finding, State, describe_stack
from app.core.round import Round, count, reclaimable
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
