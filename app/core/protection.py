"""Protection: what is never deleted by a rule, whatever the rule says, and why.

| of a stack                                   | kept |
|----------------------------------------------|------|
| its tags could not be read                   | yes  |
| its name belongs to a tool                   | yes  |
| termination protection                       | yes  |
| `mayfly:keep` is `true`, or cannot be read   | yes  |
| `mayfly:keep-until` lies ahead               | yes  |
| `mayfly:keep-until` cannot be read           | yes  |
| somebody keeps its environment               | yes  |

The same tags keep a resource without a stack. One that carries no tags can only be told by its name, so it is never
deleted but by a person's click.
"""

import re
from datetime import UTC, datetime

from app.core.finding import Case, LooseCase

KEEP = "mayfly:keep"
KEEP_UNTIL = "mayfly:keep-until"
_YES, _NO = frozenset({"true", "yes", "1"}), frozenset({"false", "no", "0", ""})
_TOOLS = re.compile(
    r"CDKToolkit.*|aws-sam-cli-managed-.*|StackSet-.*|AWSControlTower.*|awseb-.*|eksctl-.*|sst-bootstrap.*|mayfly(-.*)?",
    re.IGNORECASE,
)
"""Stacks that deployment tools and AWS itself make for themselves, and those that Mayfly runs on."""


def why_kept(case: Case) -> str | None:
    """Why a stack is never deleted by a rule, in a sentence; None where nothing protects it."""
    stack, environment = case.stack, case.environment
    if stack.tags is None:
        return "Its tags could not be read, and one of them may keep it."
    if _TOOLS.fullmatch(stack.name):
        return f"A tool may need {stack.name}."
    if stack.is_protected:
        return "It has termination protection."
    if environment and environment.keep_until and environment.keep_until > case.now:
        return f"Its environment is kept until {_told(environment.keep_until)}."
    return why_tags_keep(stack.tags, case.now)


def why_resource_kept(case: LooseCase) -> str | None:
    """Why a resource is never deleted by a rule; None where nothing protects it."""
    environment = case.environment
    if environment and environment.keep_until and environment.keep_until > case.now:
        return f"Its environment is kept until {_told(environment.keep_until)}."
    return why_tags_keep(case.resource.tags or {}, case.now)


def why_tags_keep(tags: dict[str, str], now: datetime) -> str | None:
    """What the keep tags say; a value that makes no sense keeps."""
    keep = tags.get(KEEP, "").strip().lower()
    if keep in _YES:
        return f"Its tag {KEEP} says so."
    if keep not in _NO:
        return f"Its tag {KEEP} cannot be understood; it is true or false."
    return _why_until(tags[KEEP_UNTIL], now) if KEEP_UNTIL in tags else None


def _why_until(text: str, now: datetime) -> str | None:
    try:
        until = datetime.fromisoformat(text.strip())
    except ValueError:
        return f"Its tag {KEEP_UNTIL} cannot be understood; it is a time such as 2026-03-09T12:00:00Z."
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return f"Its tag {KEEP_UNTIL} keeps it until {_told(until)}." if until > now else None


def _told(until: datetime) -> str:
    return f"{until.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
