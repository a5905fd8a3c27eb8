"""The tags that every stack of ours carries, and through it every resource.

The commit is none of them: tags reach all resources, so it would make each push an update of everything. All values
stay the same through an environment's life.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from app.core.environment import Environment
from app.core.guard import MANAGED_TAG

LONGEST_VALUE = 256
"""Characters, by AWS's rule (https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html)."""

KEEP_TAG, KEEP_UNTIL_TAG = "mayfly:keep", "mayfly:keep-until"
FOREVER = datetime(9999, 12, 31, tzinfo=UTC)
"""Until when a stack is kept whose tag names no end."""

_FOREIGN = re.compile(r"[^\w .:/=+\-@]")


def tags_of(environment: Environment, installation: str) -> dict[str, str]:
    """The tags of an environment's stacks; a pull request's number is absent where there is none."""
    tags = {
        MANAGED_TAG: installation,
        "mayfly:environment": environment.name,
        "mayfly:repository": environment.repository,
        "mayfly:pull-request": str(environment.pull_request or ""),
        "mayfly:ticket": environment.ticket or "",
        "mayfly:owner": environment.owner,
    }
    return {key: tag_value(value) for key, value in tags.items() if value}


def tag_value(text: str) -> str:
    """`text` in the letters that AWS takes in a tag; everything else becomes a hyphen."""
    return _FOREIGN.sub("-", text)[:LONGEST_VALUE].strip()


def keep_of(tags: Mapping[str, str]) -> datetime | None:
    """Until when a stack's tags keep it; None where they do not. A date that cannot be read keeps it all the same."""
    if tags.get(KEEP_TAG, "").strip().lower() == "true":
        return FOREVER
    if KEEP_UNTIL_TAG not in tags:
        return None
    try:
        until = datetime.fromisoformat(tags[KEEP_UNTIL_TAG].strip())
    except ValueError:
        return FOREVER
    return until if until.tzinfo else until.replace(tzinfo=UTC)


def keep_tags(until: datetime | None) -> dict[str, str]:
    """The tags that keep a stack until then: an update sets all of a stack's tags anew and has to hand these on."""
    if until is None:
        return {}
    return {KEEP_TAG: "true"} if until == FOREVER else {KEEP_UNTIL_TAG: until.isoformat()}
