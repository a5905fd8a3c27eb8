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
    `fault` is why the whole round failed. Rounds with the same `message` are told in one.
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
    message: str = ""

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


def message_of(now: datetime, findings: int, before: Round | None, *, is_scheduled: bool) -> str:
    """Which message tells of a round: a new one where the schedule made it and there is something to tell, else the one
    that stands. So "nothing found" is never posted twice.
    """
    fresh = f"{now:%Y%m%dT%H%M%S%f}"
    if before is None or not before.message:
        return fresh
    is_news = findings > 0 or before.findings > 0
    return fresh if is_scheduled and is_news else before.message
