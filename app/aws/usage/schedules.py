"""Schedules: whether all that ran in a stack, its own schedules had run.

A warmer or a nightly job keeps a stack that nobody uses in motion for ever. Its invocations are taken off where the
stack's own rules and schedules are known to aim at the function and run at least as often. Nothing is asked unless the
stack has a schedule, and what cannot be told explains nothing: then the function counts as used.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from app.aws.caller import Caller, require
from app.aws.permissions import permits
from app.aws.usage.facts import Facts
from app.aws.usage.naming import name_of, parts_of
from app.core.errors import MayflyError
from app.core.stack import Resource
from app.core.usage import is_explained, most_per_day

_RULE, _SCHEDULE = "AWS::Events::Rule", "AWS::Scheduler::Schedule"


@dataclass(frozen=True)
class Schedules:
    """The schedules of a stack, and how often each function is run by them."""

    caller: Caller
    facts: Facts

    def explain(self, resources: Iterable[Resource], runs: Mapping[str, Mapping[datetime, float]]) -> set[str]:
        """The functions among `runs` (invocations by day, by name) whose every invocation a schedule accounts for."""
        aims = [aim for resource in resources for aim in self._aims(resource)]
        by_function: dict[str, list[int | None]] = {}
        for function, often in aims:
            by_function.setdefault(function, []).append(often)
        return {name for name, days in runs.items() if days and is_explained(days, by_function.get(name, []))}

    def has_any(self, resources: Iterable[Resource]) -> bool:
        """Whether a stack has a schedule at all."""
        return any(resource.type == _SCHEDULE or self._expression(resource) for resource in resources)

    def _expression(self, resource: Resource) -> str | None:
        if resource.type != _RULE:
            return None
        rule = self.facts.rules.known.get(name_of(resource))
        return rule.schedule if rule and rule.is_enabled else None

    def _aims(self, resource: Resource) -> list[tuple[str, int | None]]:
        """The functions that a schedule aims at, with how often it runs."""
        try:
            if resource.type == _SCHEDULE:
                return _aim_of_schedule(self.caller, parts_of(resource))
            expression = self._expression(resource)
            often = most_per_day(expression) if expression else None
            return [(name, often) for name in _targets_of(self.caller, resource)] if expression else []
        except MayflyError:
            return []


@permits("scheduler:GetSchedule")
def _aim_of_schedule(caller: Caller, parts: Mapping[str, str]) -> list[tuple[str, int | None]]:
    schedule = caller.call("scheduler", "get_schedule", Name=parts["schedule"], GroupName=parts["group"])
    if schedule.get("State") != "ENABLED":
        return []
    return [(_function_of(schedule["Target"]["Arn"]), most_per_day(schedule["ScheduleExpression"]))]


@permits("events:ListTargetsByRule")
def _targets_of(caller: Caller, rule: Resource) -> list[str]:
    parts = parts_of(rule)
    answer = caller.call("events", "list_targets_by_rule", Rule=parts["rule"], EventBusName=parts["bus"])
    return [_function_of(target["Arn"]) for target in require(answer, "Targets", "events")]


def _function_of(arn: str) -> str:
    """The name in `arn:aws:lambda:region:account:function:name`, whatever version follows."""
    parts = arn.split(":")
    return parts[6] if len(parts) > 6 and parts[2] == "lambda" else ""
