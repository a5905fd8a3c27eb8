"""Causes: the one line that says why a stack's operation failed.

CloudFormation reports a failure many times over: the resource that really failed, its siblings that were cancelled for
its sake, the stack that counts them, the rollback. The first failure in time that is none of the echoes is the cause.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

_ECHO = re.compile(r"cancelled|The following resource\(s\) failed", re.IGNORECASE)
_NOISE = re.compile(r"\s*\((?:RequestToken|Service|Request ID)[^)]*\)|,?\s*RequestToken: [0-9a-f-]+")

STACK_TYPE = "AWS::CloudFormation::Stack"


@dataclass(frozen=True)
class StackEvent:
    """One line of DescribeStackEvents."""

    id: str
    at: datetime
    logical_id: str
    type: str
    physical_id: str
    status: str
    reason: str
    token: str | None = None


def operation_events(events: Iterable[StackEvent], operation: str, token: str | None) -> list[StackEvent]:
    """The events of an operation, oldest first; `events` come newest first, as CloudFormation gives them.

    What CloudFormation does by itself afterwards, the rollback and the removal of a creation that failed, carries the
    same token and belongs to it; whatever carries another token is somebody else's.
    """
    own: list[StackEvent] = []
    for event in events:
        if event.token in (token, None):
            own.append(event)
        if event.type == STACK_TYPE and event.token == token and event.status == f"{operation.upper()}_IN_PROGRESS":
            break
    return own[::-1]


def find_causes(events: Sequence[StackEvent]) -> list[StackEvent]:
    """The failures that are no echo of another, first in time first; `events` come oldest first."""
    return [
        event
        for event in sorted(events, key=lambda event: event.at)
        if event.status.endswith("_FAILED") and event.type != STACK_TYPE and not _ECHO.search(event.reason)
    ]


def tell_cause(events: Sequence[StackEvent], status_reason: str) -> str | None:
    """One line naming the resource and what went wrong; the stack's own words where no resource failed."""
    causes = find_causes(events)
    if not causes:
        return clean(status_reason) or None
    first = causes[0]
    return f"{first.logical_id} ({first.type}): {clean(first.reason)}{_others(len({c.logical_id for c in causes}) - 1)}"


def _others(count: int) -> str:
    if not count:
        return ""
    return f" {count} more {'resource' if count == 1 else 'resources'} failed."


def clean(reason: str) -> str:
    """CloudFormation's words without request ids and line breaks, ended as a sentence."""
    text = " ".join(_NOISE.sub("", reason).split()).strip()
    return text if not text or text.endswith((".", "!", "?")) else f"{text}."
