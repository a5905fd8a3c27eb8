"""What stands in the fleet's one account and region, and how tests put things there."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

ACCOUNT = "111122223333"
REGION = "eu-west-1"
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
OLD = NOW - timedelta(days=60)
Dimensions = tuple[tuple[str, str], ...]


def arn(service: str, tail: str) -> str:
    """An ARN here."""
    return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{tail}"


def day(ago: int) -> datetime:
    """The beginning of a day of UTC, so many before today."""
    return NOW.replace(hour=0) - timedelta(days=ago)


@dataclass
class FleetWorld:
    """Everything that there is."""

    stacks: list[dict[str, Any]] = field(default_factory=list)
    names: dict[str, list[str]] = field(default_factory=dict)
    """By kind (queues, buckets, functions, tables, topics, log_groups, buses): the names, in order."""
    rules: list[dict[str, Any]] = field(default_factory=list)
    targets: dict[str, list[str]] = field(default_factory=dict)
    tags: dict[str, dict[str, str]] = field(default_factory=dict)
    """By ARN; also of what is gone, as the tagging API has it."""
    metrics: dict[tuple[str, str, str, Dimensions], dict[datetime, float]] = field(default_factory=dict)
    apis: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, datetime | None] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    """Their states, by id."""
    schedules: dict[str, dict[str, Any]] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    """By metric name: the StatusCode that GetMetricData gives it."""

    def add(self, kind: str, *names: str) -> None:
        """Things of a kind."""
        self.names.setdefault(kind, []).extend(names)

    def stack(self, name: str, status: str = "CREATE_COMPLETE", **changes: Any) -> dict[str, Any]:
        """A stack without resources; `id`, `created`, `updated`, `tags`, `parent` and `reason` may be given."""
        number = len(self.stacks)
        stack = {
            "id": arn("cloudformation", f"stack/{name}/{number:08}-0000-4000-8000-000000000000"),
            "name": name,
            "status": status,
            "created": OLD,
            "updated": None,
            "tags": {},
            "resources": [],
            **changes,
        }
        self.stacks.append(stack)
        return stack

    def rule(self, name: str, bus: str = "default", schedule: str | None = None, state: str = "ENABLED") -> str:
        """A rule on a bus; its ARN."""
        tail = f"rule/{name}" if bus == "default" else f"rule/{bus}/{name}"
        rule = {"Name": name, "Arn": arn("events", tail), "EventBusName": bus, "State": state}
        self.rules.append({**rule, "ScheduleExpression": schedule} if schedule else rule)
        return arn("events", tail)

    def measure(
        self,
        namespace: str,
        metric: str,
        dimensions: Mapping[str, str],
        ago: int | None,
        value: float = 1,
        statistic: str = "Sum",
    ) -> None:
        """A metric with one day's amount; with no day, one that is known and silent."""
        key = (namespace, metric, statistic, tuple(sorted(dimensions.items())))
        self.metrics.setdefault(key, {}).update({} if ago is None else {day(ago): value})
