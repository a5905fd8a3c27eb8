"""The fleet: what stands in one account and region, as the reaper's look found it, before any rule judges it.

Every value is a fact or is missing; what could not be read is named in `Look.unread` and never read as absent.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from app.core.stack import Resource, StackStatus


class Verdict(StrEnum):
    """Whether something is used. What cannot be told is UNKNOWN, which never counts as unused."""

    USED = "used"
    UNUSED = "unused"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Evidence:
    """One signal of use: `signal` names the metric, `resource` what it was measured on; no `last_used_at` is never."""

    signal: str
    resource: str
    last_used_at: datetime | None = None
    value: float | None = None


@dataclass(frozen=True)
class Usage:
    """What the signals of use add up to; `is_own_schedule` where nothing but the stack's own schedule runs it."""

    verdict: Verdict = Verdict.UNKNOWN
    evidence: tuple[Evidence, ...] = ()
    why_unknown: str | None = None
    is_own_schedule: bool = False


@dataclass(frozen=True)
class FleetStack:
    """One stack. `tags` and `resources` are None where they could not be read, which keeps the stack from any rule
    that acts. `is_protected` is CloudFormation's termination protection. `cost` is the list price in dollars a month.
    `deleted_at` is when its deletion was last begun. A nested stack names its parent and is judged with it.
    """

    account: str
    region: str
    id: str
    name: str
    status: StackStatus
    status_reason: str = ""
    tags: dict[str, str] | None = None
    resources: tuple[Resource, ...] | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    deleted_at: datetime | None = None
    parent_id: str | None = None
    is_protected: bool | None = None
    usage: Usage = field(default_factory=Usage)
    cost: float | None = None

    @property
    def since(self) -> datetime | None:
        """When the operation began that led to its status; None where that is not known."""
        if self.status is StackStatus.DELETE_IN_PROGRESS:
            return self.deleted_at
        deleted_at = self.deleted_at if self.status is StackStatus.DELETE_FAILED else None
        return deleted_at or self.updated_at or self.created_at


@dataclass(frozen=True)
class LooseResource:
    """One resource that belongs to no stack that stands: what outlived its stack, or what a test tool left.

    `stack_id` and `stack_name` are the stack that it came from, `maker` who made it, each as far as can be told;
    `blocks` is the stack id whose deletion it stands in the way of.
    """

    account: str
    region: str
    arn: str
    type: str
    name: str
    tags: dict[str, str] | None = None
    created_at: datetime | None = None
    stack_id: str | None = None
    stack_name: str | None = None
    maker: str | None = None
    blocks: str | None = None
    usage: Usage = field(default_factory=Usage)
    cost: float | None = None


@dataclass(frozen=True)
class Look:
    """One look at one account and region. `unread` says, a sentence each, what could not be read."""

    account: str
    region: str
    at: datetime
    stacks: tuple[FleetStack, ...] = ()
    loose: tuple[LooseResource, ...] = ()
    unread: tuple[str, ...] = ()
