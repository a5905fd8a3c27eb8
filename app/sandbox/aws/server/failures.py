"""Planned failures of resources, keyed by what happens to which logical id of which stacks."""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

Verb = Literal["create", "update", "delete"]


class PlannedFailure(Exception):
    """A resource fails because somebody planned it."""


@dataclass
class Failure:
    """One plan: `times` is how often it still strikes, None for ever."""

    logical_id: str
    reason: str
    on: Verb = "create"
    stack: str = "*"
    times: int | None = None

    def meets(self, verb: str, stack: str, logical_id: str) -> bool:
        return self.times != 0 and (self.on, self.logical_id) == (verb, logical_id) and fnmatchcase(stack, self.stack)


class Failures:
    """All plans of this stand-in."""

    def __init__(self) -> None:
        self._plans: list[Failure] = []

    def plan(self, failure: Failure) -> None:
        self._plans.append(failure)

    def forget(self) -> None:
        self._plans.clear()

    def strike(self, verb: str, stack: str, logical_id: str) -> None:
        """Raise `PlannedFailure` if one is planned for this deed; it is planned one time less from then on."""
        failure = next((plan for plan in self._plans if plan.meets(verb, stack, logical_id)), None)
        if failure:
            failure.times = None if failure.times is None else failure.times - 1
            raise PlannedFailure(failure.reason)
