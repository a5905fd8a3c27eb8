"""Memory: what an earlier look at an account and region learnt, so that the next need not ask again.

| known from before | spares |
|---|---|
| a stack was used on a day | every question about its use, until the window has left that day behind |
| the resources of a stack that is not in our ledger, as of its last change | reading them, until it changes |
| what was loose and what was not, and when all was listed | tags and long lists, for a day or until a stack has gone |

A finding is still looked at in every round: the lists that can confirm it are read each time.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.core.fleet import Evidence
from app.core.stack import Resource

AUDIT_EVERY = timedelta(hours=20)
"""Every list is read at least once in each day's rounds."""


@dataclass(frozen=True)
class StackMemory:
    """What is known of one stack: its last use; and its resources with the moment of the change that they follow."""

    last_use: Evidence | None = None
    resources: tuple[Resource, ...] | None = None
    as_of: datetime | None = None


@dataclass(frozen=True)
class Memory:
    """What is known of one account and region.

    `loose` is what belonged to no stack, by ARN, with its tags; `others` are the ARNs of what somebody made by hand.
    """

    stacks: Mapping[str, StackMemory] = field(default_factory=dict)
    loose: Mapping[str, Mapping[str, str] | None] = field(default_factory=dict)
    others: frozenset[str] = frozenset()
    audited_at: datetime | None = None

    def of(self, stack_id: str) -> StackMemory:
        """What is known of a stack; nothing, of one that was never seen."""
        return self.stacks.get(stack_id, StackMemory())

    def is_audit_due(self, standing: Collection[str], now: datetime) -> bool:
        """Whether every list is to be read: a day has passed, or a stack has gone and may have left something."""
        if self.audited_at is None or now - self.audited_at >= AUDIT_EVERY:
            return True
        return not set(self.stacks) <= set(standing)
