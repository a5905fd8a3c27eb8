"""Actions: what a plan may ask the executor to do. Each is one act on one thing, as data.

Adding one here makes the type checker point at the executor (`assert_never`) until somebody carries it out.
"""

from dataclasses import dataclass
from enum import StrEnum

from app.core.blueprint import Payload
from app.core.environment import Target
from app.core.stack import StackRecord


class Manner(StrEnum):
    """How a stack is deleted: with all it holds, without exactly what failed to go, or by force."""

    PLAIN = "plain"
    RETAIN = "retain"
    FORCE = "force"


@dataclass(frozen=True)
class Prepare:
    """Package the wanted commit, so that the next look knows every stack's blueprint."""

    commit: str


@dataclass(frozen=True)
class Create:
    """CreateStack."""

    target: Target
    payload: Payload


@dataclass(frozen=True)
class Update:
    """UpdateStack."""

    target: Target
    record: StackRecord
    payload: Payload


@dataclass(frozen=True)
class Delete:
    """DeleteStack, by the recorded id, once what would block it is out of the way; `recreates` is the payload that is
    created in its place, if one is."""

    record: StackRecord
    recreates: str | None = None
    manner: Manner = Manner.PLAIN


@dataclass(frozen=True)
class CancelUpdate:
    """CancelUpdateStack: an update stands in the way of a deletion."""

    record: StackRecord


@dataclass(frozen=True)
class ContinueRollback:
    """ContinueUpdateRollback: the one cure for UPDATE_ROLLBACK_FAILED; `is_skipping` leaves out what blocked it."""

    record: StackRecord
    is_skipping: bool = False


@dataclass(frozen=True)
class Rollback:
    """RollbackStack: an update failed and was left standing."""

    record: StackRecord


@dataclass(frozen=True)
class Verify:
    """Look at what the deleted stacks left behind."""


Action = Prepare | Create | Update | Delete | CancelUpdate | ContinueRollback | Rollback | Verify
