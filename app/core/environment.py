"""Environments: everything that exists for one ticket, what is wanted of it and what became of that."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Phase(StrEnum):
    """Where an environment stands. The names are part of the public contract."""

    QUEUED = "queued"
    CREATING = "creating"
    UPDATING = "updating"
    READY = "ready"
    FAILED = "failed"
    BLOCKED = "blocked"
    DELETING = "deleting"
    VERIFYING = "verifying"
    GONE = "gone"
    LEAKED = "leaked"


class Ending(StrEnum):
    """Why an environment is to go, where that decides what brings it back."""

    CLOSED = "closed"
    """Its last source is closed: whatever source takes it up again."""
    DESTROYED = "destroyed"
    """Somebody destroyed it: a deployment that is asked for, or a pull request that is reopened."""
    EXPIRED = "expired"
    """Its time was over: the next push, too."""
    RECALLED = "recalled"
    """Somebody asked for it again: the next look at its source."""


@dataclass(frozen=True)
class Target:
    """One stack that an environment is to have: where it goes, what it is made from and what it needs first.

    `repository` and `commit` are named where several repositories share the environment, else the environment's count.
    `parameters` may hold references such as `${ticket}` or `${bus.BusArn}`; they are resolved when the stack's turn
    comes, since another stack's outputs are known only then.
    """

    stack: str
    name: str
    template: str
    region: str
    account: str = "default"
    needs: tuple[str, ...] = ()
    parameters: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    outputs: tuple[str, ...] | None = None
    repository: str = ""
    commit: str = ""

    @property
    def place(self) -> str:
        """`account/region`: what is watched, limited and priced together."""
        return f"{self.account}/{self.region}"


@dataclass(frozen=True)
class Desired:
    """What is wanted of an environment: the stacks of one commit, or nothing at all.

    `fault` is why the commit cannot be deployed as it stands (a broken `.mayfly.yml`, a template that is missing):
    one line for people. What runs already is left running until a push repairs it.

    `why_gone` of one that is still wanted is why it goes once its keep ends. `idle` and `longest` are the lifetime that
    the repository's file asks for, as spans; `note` is what people are told beside the state.
    """

    is_wanted: bool
    repository: str = ""
    commit: str = ""
    targets: tuple[Target, ...] = ()
    fault: str | None = None
    why_gone: str = ""
    ending: Ending | None = None
    idle: str | None = None
    longest: str | None = None
    note: str = ""


@dataclass(frozen=True)
class Environment:
    """An environment as the store keeps it.

    `admitted_at` is since when it holds a place under the limits, `extended_until` the end that somebody gave it,
    `keep_reason` who keeps it and why, `warning` the last warning before its end that was due.
    """

    name: str
    ticket: str | None
    phase: Phase
    reason: str
    desired: Desired
    owner: str
    repository: str
    pull_request: int | None
    created_at: datetime
    last_activity_at: datetime
    branch: str = ""
    channel: str | None = None
    deployed_commit: str | None = None
    admitted_at: datetime | None = None
    expires_at: datetime | None = None
    extended_until: datetime | None = None
    keep_until: datetime | None = None
    keep_reason: str | None = None
    warning: str | None = None
    gone_at: datetime | None = None
    cost_per_month: float | None = None
