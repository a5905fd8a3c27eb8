"""Tidings: what was heard of a stack since it was last looked at, from the shared watch, an event or resync."""

from dataclasses import dataclass
from datetime import datetime

from app.core.stack import ObservedStack, StackStatus


@dataclass(frozen=True)
class Tiding:
    """`status` is what the stack is said to be in, UNKNOWN where it only moved; `observed` is the whole of what
    CloudFormation says of it, where somebody asked for several stacks at once."""

    stack_id: str
    heard_at: datetime
    status: StackStatus = StackStatus.UNKNOWN
    observed: ObservedStack | None = None
