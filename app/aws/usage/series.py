"""Series that only CloudWatch knows: the indexes of a table, the clients of a user pool, the filters of a bucket.

ListMetrics names every combination of dimensions that had data in the last two weeks, for all resources at once
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetrics.html); a question per table or pool
would be hundreds. What it does not name had no data; beyond two weeks it says nothing.
"""

from collections.abc import Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import timedelta

from app.aws.caller import Caller, require
from app.aws.permissions import permits
from app.aws.usage.signal import Signal
from app.core.errors import MayflyError

HORIZON = timedelta(days=14)


@dataclass(frozen=True)
class Family:
    """The series of one metric: they share its name and have the same further dimensions."""

    namespace: str
    metric: str
    by: tuple[str, ...]
    region: str | None

    @classmethod
    def of(cls, signal: Signal) -> "Family":
        """The family that a signal's series belong to."""
        return cls(signal.namespace, signal.metric, signal.series_by, signal.region)


@dataclass(frozen=True)
class Members:
    """The dimensions of every series of a family; or, in `fault`, why nobody knows."""

    dimensions: tuple[Mapping[str, str], ...]
    fault: str | None = None

    def under(self, own: Mapping[str, str]) -> list[Mapping[str, str]]:
        """Those that have the dimensions `own`."""
        return [each for each in self.dimensions if own.items() <= each.items()]


def find_members(caller: Caller, families: Iterable[Family], pool: Executor) -> dict[Family, Members]:
    """The members of each family."""
    wanted = list(dict.fromkeys(families))
    return dict(zip(wanted, pool.map(lambda family: _find(caller, family), wanted), strict=True))


@permits("cloudwatch:ListMetrics")
def _find(caller: Caller, family: Family) -> Members:
    filters = [{"Name": name} for name in family.by]
    try:
        pages = caller.pages(
            "cloudwatch",
            "list_metrics",
            family.region,
            Namespace=family.namespace,
            MetricName=family.metric,
            Dimensions=filters,
        )
        listed = [metric for page in pages for metric in require(page, "Metrics", "cloudwatch")]
    except MayflyError as fault:
        return Members((), str(fault))
    return Members(tuple({each["Name"]: each["Value"] for each in metric["Dimensions"]} for metric in listed))
