"""Verification: the proof that nothing of an environment is left once its stacks are deleted.

    what the looks so far found                    | phase     | look again
    -----------------------------------------------+-----------+---------------------------------------------
    nothing was looked for yet                     |           | now
    something CloudFormation deleted still answers | verifying | every 20 s, for 5 minutes after the first look
    something stays                                | leaked    | 15 minutes after the first look, then every 6 h
    nothing                                        | gone      | once, 15 minutes after the first look

Services forget slowly: a queue answers for a minute after its end. So what CloudFormation says it deleted is looked
for again before it is called left behind. What stays is what a template retains, what the deletion had to leave out,
and what still answers after those minutes.

The look 15 minutes later is for log groups alone: a function's last lines may come late and make its group anew. It
would be no service to hold the news back for it, so the environment is gone at once; a group that comes back is deleted
then, and one that cannot be makes the environment leaked after all.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.core.environment import Phase

SOON = timedelta(seconds=20)
PATIENCE = timedelta(minutes=5)
"""How long services may take to forget what was deleted."""
LATE_LOGS = timedelta(minutes=15)
"""When the last lines of a function have come."""
STANDING = timedelta(hours=6)
"""How often what was left behind is looked for again: somebody may have removed it by hand."""


@dataclass(frozen=True)
class Leak:
    """Something that outlived its stack, and why. `found_at` is since when that is known."""

    environment: str
    stack_id: str
    arn: str
    type: str
    account: str
    region: str
    why: str
    found_at: datetime


@dataclass(frozen=True)
class Verification:
    """What the looks so far found: what still answers though it should be gone, and what stays, in words."""

    first_at: datetime
    last_at: datetime
    pending: tuple[str, ...] = ()
    leftovers: tuple[str, ...] = ()
    is_second_done: bool = False

    @property
    def phase(self) -> Phase:
        """What the looks make of the environment."""
        if self.pending:
            return Phase.VERIFYING
        return Phase.LEAKED if self.leftovers else Phase.GONE

    @property
    def next_at(self) -> datetime | None:
        """When to look again; None once that is never."""
        if self.pending:
            return self.last_at + SOON
        if not self.is_second_done:
            return self.first_at + LATE_LOGS
        return self.last_at + STANDING if self.leftovers else None

    @property
    def is_patient(self) -> bool:
        """Whether what still answers may be on its way out."""
        return self.last_at - self.first_at < PATIENCE


def begin_look(before: Verification | None, now: datetime) -> Verification:
    """A verification at a further look, of which nothing is known yet."""
    if before is None:
        return Verification(now, now)
    is_second = before.is_second_done or now - before.first_at >= LATE_LOGS
    return replace(before, last_at=now, pending=(), leftovers=(), is_second_done=is_second)


def tell_leftovers(leftovers: tuple[str, ...], most: int = 5) -> str:
    """What is left, in one sentence."""
    more = f" and {len(leftovers) - most} more" if len(leftovers) > most else ""
    return f"Left behind: {', '.join(leftovers[:most])}{more}."
