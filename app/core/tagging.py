"""The tags that every stack of ours carries, and through it every resource.

The commit is none of them: tags reach all resources, so it would make each push an update of everything. All values
stay the same through an environment's life.
"""

import re

from app.core.environment import Environment
from app.core.guard import MANAGED_TAG

LONGEST_VALUE = 256
"""Characters, by AWS's rule (https://docs.aws.amazon.com/tag-editor/latest/userguide/tagging.html)."""

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
