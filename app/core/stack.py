"""Stacks: what CloudFormation says of one, in its own words, and what those words mean to us.

The statuses are CloudFormation's
(https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html); a name that is not in the list
reads as `UNKNOWN`, on which nothing destructive is ever decided.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class StackStatus(StrEnum):
    """A stack's status; ABSENT and UNKNOWN are our own additions."""

    ABSENT = "ABSENT"
    UNKNOWN = "UNKNOWN"
    REVIEW_IN_PROGRESS = "REVIEW_IN_PROGRESS"
    CREATE_IN_PROGRESS = "CREATE_IN_PROGRESS"
    CREATE_FAILED = "CREATE_FAILED"
    CREATE_COMPLETE = "CREATE_COMPLETE"
    ROLLBACK_IN_PROGRESS = "ROLLBACK_IN_PROGRESS"
    ROLLBACK_FAILED = "ROLLBACK_FAILED"
    ROLLBACK_COMPLETE = "ROLLBACK_COMPLETE"
    UPDATE_IN_PROGRESS = "UPDATE_IN_PROGRESS"
    UPDATE_COMPLETE_CLEANUP_IN_PROGRESS = "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"
    UPDATE_COMPLETE = "UPDATE_COMPLETE"
    UPDATE_FAILED = "UPDATE_FAILED"
    UPDATE_ROLLBACK_IN_PROGRESS = "UPDATE_ROLLBACK_IN_PROGRESS"
    UPDATE_ROLLBACK_FAILED = "UPDATE_ROLLBACK_FAILED"
    UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS = "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"
    UPDATE_ROLLBACK_COMPLETE = "UPDATE_ROLLBACK_COMPLETE"
    DELETE_IN_PROGRESS = "DELETE_IN_PROGRESS"
    DELETE_FAILED = "DELETE_FAILED"
    DELETE_COMPLETE = "DELETE_COMPLETE"
    IMPORT_IN_PROGRESS = "IMPORT_IN_PROGRESS"
    IMPORT_COMPLETE = "IMPORT_COMPLETE"
    IMPORT_ROLLBACK_IN_PROGRESS = "IMPORT_ROLLBACK_IN_PROGRESS"
    IMPORT_ROLLBACK_FAILED = "IMPORT_ROLLBACK_FAILED"
    IMPORT_ROLLBACK_COMPLETE = "IMPORT_ROLLBACK_COMPLETE"

    @classmethod
    def _missing_(cls, _value: object) -> "StackStatus":
        return cls.UNKNOWN

    @property
    def is_in_progress(self) -> bool:
        """CloudFormation is at work; REVIEW_IN_PROGRESS is not: it waits for somebody's change set, for ever."""
        return self.endswith("_IN_PROGRESS") and self is not StackStatus.REVIEW_IN_PROGRESS

    @property
    def is_gone(self) -> bool:
        """No such stack exists any more."""
        return self in (StackStatus.ABSENT, StackStatus.DELETE_COMPLETE)

    @property
    def is_serving(self) -> bool:
        """The stack's resources stand as the last successful operation made them."""
        return self in _SERVING

    @property
    def is_undoing(self) -> bool:
        """The last operation failed and its traces are being, or have been, taken back."""
        return "ROLLBACK" in self or self in (StackStatus.CREATE_FAILED, StackStatus.UPDATE_FAILED)


_SERVING = frozenset(
    {
        StackStatus.CREATE_COMPLETE,
        StackStatus.UPDATE_COMPLETE,
        StackStatus.UPDATE_COMPLETE_CLEANUP_IN_PROGRESS,
        StackStatus.IMPORT_COMPLETE,
    }
)


ENDS = {
    StackStatus.UPDATE_COMPLETE_CLEANUP_IN_PROGRESS: StackStatus.UPDATE_COMPLETE,
    StackStatus.UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS: StackStatus.UPDATE_ROLLBACK_COMPLETE,
}
"""What CloudFormation still cleans up after ends in one way, also where a part of it cannot be removed."""


@dataclass(frozen=True)
class Resource:
    """One resource of a stack, as ListStackResources names it."""

    logical_id: str
    type: str
    physical_id: str
    status: str = ""


@dataclass(frozen=True)
class ObservedStack:
    """What DescribeStacks says of one stack. `id` is the ARN, which names one incarnation for ever."""

    id: str
    name: str
    status: StackStatus
    status_reason: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    created_at: datetime | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True)
class StackRecord:
    """What we know of one stack of an environment: what we asked for last and what became of it.

    `payload` is the digest of what the last operation asked for, `applied` of what stands, `failed` of what could not
    be applied (the same payload is not tried again by itself). `token` is the ClientRequestToken of that operation.
    `updated_at` is CloudFormation's LastUpdatedTime when the stack was last at rest, so that a look which still shows
    the state from before an operation can be told; `recreated` is the payload for which the stack was deleted and
    created by our own decision, which happens once for each. `kept_until` is what the stack's own tags say of keeping
    it. `seen_at` is when somebody last looked; `outline` tells which resources the last operation asked for, `listed`
    for which outline `resources` were listed, None where an update may have replaced some since; `tagged` is the
    digest of the tags that we gave it, None where that is not certain.
    `commit` is what the last operation brought; `fingerprint` is what the last failure is known by, and `failed_since`
    the commit with which it was first seen.
    """

    environment: str
    stack: str
    name: str
    account: str
    region: str
    id: str | None = None
    status: StackStatus = StackStatus.ABSENT
    operation: str | None = None
    token: str | None = None
    payload: str | None = None
    applied: str | None = None
    failed: str | None = None
    cause: str | None = None
    outputs: dict[str, str] = field(default_factory=dict)
    resources: tuple[Resource, ...] = ()
    attempts: int = 0
    started_at: datetime | None = None
    retry_at: datetime | None = None
    updated_at: datetime | None = None
    recreated: str | None = None
    kept_until: datetime | None = None
    seen_at: datetime | None = None
    outline: str | None = None
    listed: str | None = None
    tagged: str | None = None
    commit: str | None = None
    fingerprint: str | None = None
    failed_since: str | None = None

    @property
    def is_alive(self) -> bool:
        """Whether a stack of ours stands behind this record, in whatever state."""
        return self.id is not None and not self.status.is_gone

    @property
    def is_unanswered(self) -> bool:
        """Whether an update was asked for and its answer never came, so that nobody knows what stands."""
        is_open = self.operation == "update" and self.payload not in (self.applied, self.failed)
        return is_open and self.is_alive and not self.status.is_in_progress

    def is_at(self, account: str, region: str) -> bool:
        """Whether the stack is, or was to be, in this place."""
        return (self.account, self.region) == (account, region)
