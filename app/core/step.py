"""Steps: where one stack stands on its way, and how several of them add up to an environment's phase and reason."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from app.core.actions import Action
from app.core.environment import Phase


class Progress(IntEnum):
    """How far a stack is; the highest one speaks for the environment."""

    READY = 0
    WAITING = 1
    BUSY = 2
    SKIPPED = 3
    FAILED = 4
    LEAKED = 5
    BLOCKED = 6


@dataclass(frozen=True)
class Step:
    """What one stack does next, in a sentence. `is_moving` says that CloudFormation is at work on it."""

    name: str
    progress: Progress
    text: str
    action: Action | None = None
    is_moving: bool = False
    not_before: datetime | None = None


_PHASES = {
    Progress.READY: Phase.READY,
    Progress.SKIPPED: Phase.FAILED,
    Progress.FAILED: Phase.FAILED,
    Progress.LEAKED: Phase.LEAKED,
    Progress.BLOCKED: Phase.BLOCKED,
}


def summarise(steps: Sequence[Step], busy: Phase, commit: str = "") -> tuple[Phase, str]:
    """The phase of the environment and the one sentence that says why; `busy` is the phase while stacks move."""
    worst = max(steps, key=lambda step: step.progress)
    phase = _PHASES.get(worst.progress, busy)
    if worst.progress is Progress.READY:
        return phase, f"Commit {short(commit)} is deployed."
    told = [step.text for step in steps if step.progress is worst.progress]
    if worst.progress is Progress.FAILED:
        told += [step.text for step in steps if step.progress is Progress.SKIPPED]
    return phase, " ".join(told)


def short(commit: str) -> str:
    """A commit as people write it: seven digits."""
    return commit[:7]
