"""Rounds of the reaper: what one looked at and what came of it, also where it failed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.finding import Finding, State

SILENT = frozenset({State.CLEARED, State.KEPT, State.UNDECIDED, State.SEEN})
"""States of which people are not told one by one: a number is enough."""


@dataclass(frozen=True)
class Round:
    """One round. `kept` and `unknown` are numbers of findings; `unread` says, a sentence each, what could not be read;
    `fault` is why the whole round failed.
    """

    started_at: datetime
    ended_at: datetime
    mode: str
    stacks: int = 0
    resources: int = 0
    findings: int = 0
    kept: int = 0
    unknown: int = 0
    due: int = 0
    cleared: int = 0
    acted: int = 0
    cost_per_month: float = 0.0
    why_held: str | None = None
    is_broken: bool = False
    unread: tuple[str, ...] = ()
    fault: str | None = None

    @property
    def looked_at(self) -> int:
        """Everything that was looked at."""
        return self.stacks + self.resources


def count(findings: Iterable[Finding]) -> dict[str, int]:
    """How many of the findings there are to be told, kept, undecided, due and cleared."""
    states = [each.state for each in findings]
    return {
        "findings": sum(state not in SILENT for state in states),
        "kept": states.count(State.KEPT),
        "unknown": states.count(State.UNDECIDED),
        "due": states.count(State.DUE),
        "cleared": states.count(State.CLEARED),
    }


def reclaimable(findings: Sequence[Finding]) -> float:
    """What the findings cost a month, in dollars; what has no known price adds nothing."""
    return round(sum(each.subject.cost_per_month or 0.0 for each in findings if each.state not in SILENT), 2)
