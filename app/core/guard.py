"""The guard: the last look at a plan before anything is done.

Ownership never rests on a name. A stack is updated or deleted only by the id that was recorded when this installation
created it or found its own mark (`mayfly:managed`) on it; a stack of our name with another mark, or none, is reported
and left alone.
"""

from dataclasses import replace

from app.core.actions import Action, Create, Prepare, Verify
from app.core.plan import Plan

MANAGED_TAG = "mayfly:managed"


def is_ours(tags: dict[str, str], installation: str, environment: str) -> bool:
    """Whether a stack's tags say that this installation made it for this environment."""
    return tags.get(MANAGED_TAG) == installation and tags.get("mayfly:environment") == environment


def guard(plan: Plan) -> Plan:
    """The plan without any change to a stack whose id we never recorded."""
    return replace(plan, actions=tuple(action for action in plan.actions if _may(action)))


def _may(action: Action) -> bool:
    if isinstance(action, Create | Prepare | Verify):
        return True
    return action.record.id is not None
