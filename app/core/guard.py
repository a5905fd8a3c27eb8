"""The guard: the last look at a plan before anything is done.

Ownership never rests on a name. A stack is updated or deleted only by the id that was recorded when this installation
created it or found its own mark (`mayfly:managed`) on it; a stack of our name with another mark, or none, is reported
and left alone. What such a stack holds is emptied or deleted only where the inventory lists it under that very id, and
its template does not keep it.
"""

from collections.abc import Iterable
from dataclasses import replace

from app.core.actions import Action, Create, Prepare, Verify
from app.core.inventory import Item
from app.core.plan import Plan
from app.core.stack import StackRecord

MANAGED_TAG = "mayfly:managed"


def is_ours(tags: dict[str, str], installation: str, environment: str) -> bool:
    """Whether a stack's tags say that this installation made it for this environment."""
    return tags.get(MANAGED_TAG) == installation and tags.get("mayfly:environment") == environment


def guard(plan: Plan) -> Plan:
    """The plan without any change to a stack whose id we never recorded."""
    return replace(plan, actions=tuple(action for action in plan.actions if _may(action)))


def owned(record: StackRecord, items: Iterable[Item]) -> tuple[Item, ...]:
    """What of the items may be emptied, unprotected or deleted with the stack of a record."""
    if record.id is None:
        return ()
    return tuple(item for item in items if item.stack_id == record.id and not item.is_retained and item.physical_id)


def _may(action: Action) -> bool:
    if isinstance(action, Create | Prepare | Verify):
        return True
    return action.record.id is not None
