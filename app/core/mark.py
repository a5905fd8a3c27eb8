"""Marks: what people ask of an environment, and what a rule of the reaper does.

Comment commands, Slack's buttons, the command line, the API, the dashboard and the reaper all do the same: they set a
mark and wake its key. What the mark means is decided by the pass that reads it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class MarkKind(StrEnum):
    """What is asked for."""

    DEPLOY = "deploy"
    DESTROY = "destroy"
    RETRY = "retry"
    EXTEND = "extend"
    KEEP = "keep"
    UNKEEP = "unkeep"
    APPROVE = "approve"


@dataclass(frozen=True)
class Mark:
    """One wish: who asked for what, when and why.

    `subject` is the environment's name; of an approval it is the source's key, since a fork's pull request has no
    environment before somebody approves it, and so it is of a deployment asked for where there is none yet. `actor` is
    a GitHub login, `cli`, or `rule:<name>`. `span` goes with an extension, `until` with a keep, `commit` (at least 12
    hex digits) with an approval.
    """

    kind: MarkKind
    subject: str
    actor: str
    at: datetime
    reason: str | None = None
    span: timedelta | None = None
    until: datetime | None = None
    commit: str | None = None
