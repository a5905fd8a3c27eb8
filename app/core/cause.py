"""Causes: the one line that says why a stack's operation failed.

CloudFormation reports a failure many times over: the resource that really failed, its siblings that were cancelled for
its sake, the stack that counts them, the rollback. The first failure in time that is none of the echoes is the cause.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.core.hint import hint_for

_ECHO = re.compile(r"cancelled|The following resource\(s\) failed", re.IGNORECASE)
_CANCELLED = re.compile(r"cancelled", re.IGNORECASE)
_CHANGING = re.compile(r"arn:\S+|[0-9a-f]{8,}(?:-[0-9a-f]+)*|\d+", re.IGNORECASE)
_NOISE = re.compile(r"\s*\((?:RequestToken|Service|Request ID)[^)]*\)|,?\s*RequestToken: [0-9a-f-]+")

STACK_TYPE = "AWS::CloudFormation::Stack"
REFUSALS = frozenset({"VALIDATION_ERROR", "HOOK_INVOCATION_ERROR"})
MOST_OTHERS = 5


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
    properties: str = ""


@dataclass(frozen=True)
class OperationEvent:
    """One line of DescribeEvents: what failed an operation, also before anything was made."""

    operation: str
    kind: str
    logical_id: str
    type: str
    reason: str
    path: str = ""
    mode: str = ""
    token: str | None = None


@dataclass(frozen=True)
class Failure:
    """One thing that failed, and where: `Child/Queue` is the queue of a nested stack."""

    path: str
    type: str
    reason: str
    at: datetime | None = None
    properties: str = ""


@dataclass(frozen=True)
class Cause:
    """Why an operation failed, as people read it, and how the same failure is known again."""

    text: str
    fingerprint: str


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


def find_nested(events: Sequence[StackEvent], stack_id: str) -> list[StackEvent]:
    """The nested stacks that failed and were not merely cancelled; `stack_id` is that of the stack itself.

    By its id, which its first event tells, one can be asked for its events also after the rollback deleted it.
    """
    own = [event for event in events if event.type == STACK_TYPE and event.physical_id != stack_id]
    ids = {event.logical_id: event.physical_id for event in own if event.physical_id.startswith("arn:")}
    failed = {
        event.logical_id: replace(event, physical_id=ids[event.logical_id])
        for event in own
        if event.logical_id in ids and event.status.endswith("_FAILED") and not _CANCELLED.search(event.reason)
    }
    return list(failed.values())


def find_refusals(events: Sequence[OperationEvent], token: str | None) -> list[OperationEvent]:
    """What CloudFormation found wrong before it made anything: of the newest operation, if that is ours, what fails it
    before what it only warns of.

    Since 2026 such a failure is told by DescribeEvents alone
    (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/validate-stack-deployments.html).
    """
    newest = events[0].operation if events else ""
    own = [event for event in events if event.operation == newest and event.token in (token, None)]
    refused = [event for event in own if event.kind in REFUSALS]
    return sorted(refused, key=lambda event: event.mode == "WARN")


def clean(reason: str) -> str:
    """CloudFormation's words without request ids and line breaks, ended as a sentence."""
    text = " ".join(_NOISE.sub("", reason).split()).strip()
    return text if not text or text.endswith((".", "!", "?")) else f"{text}."


def fingerprint_of(failures: Sequence[Failure]) -> str:
    """Equal for the same failure of another try: ids, numbers and addresses in the words make no difference."""
    first = failures[0]
    text = f"{first.path}|{first.type}|{_CHANGING.sub('#', clean(first.reason))}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def tell_failures(failures: Sequence[Failure], places: Mapping[str, str]) -> str:
    """The cause with the line of its template where that is known, what helps, and up to five further failures."""
    first, *others = failures
    place = place_of(first.path, places)
    where = f"{first.type}, {place}" if place else first.type
    told = f"{first.path} ({where}): {clean(first.reason)}" if first.type else clean(first.reason)
    hint = hint_for(first.type, first.reason, first.properties)
    return " ".join(part for part in (told, hint, _also(others)) if part)


def _also(others: Sequence[Failure]) -> str:
    if not others:
        return ""
    told = "; ".join(f"{each.path} ({each.type}): {_short(each.reason)}" for each in others[:MOST_OTHERS])
    more = f"; and {len(others) - MOST_OTHERS} more" if len(others) > MOST_OTHERS else ""
    return f"Also failed: {told}{more}."


def _short(reason: str, most: int = 160) -> str:
    text = clean(reason).rstrip(".")
    return text if len(text) <= most else f"{text[: most - 1]}…"


def place_of(path: str, places: Mapping[str, str]) -> str:
    """Where a resource stands: `template.yaml:12`. One that a transform made stands where the one it was made of does,
    whose name its own begins with."""
    name = path.rsplit("/", 1)[-1]
    known = places if path == name else {key[1:]: place for key, place in places.items() if key.startswith("/")}
    return next((known[key] for key in sorted(known, key=len, reverse=True) if name.startswith(key)), "")
