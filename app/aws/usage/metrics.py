"""GetMetricData: up to 500 series a call, by days of UTC.

A day that CloudWatch leaves out is zero. A series that it did not finish (PartialData, InternalError, Forbidden), did
not mention, or could not be asked about is a fault, in a sentence
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataResult.html).
"""

from collections.abc import Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from app.aws.caller import Caller, require
from app.aws.permissions import permits
from app.core.errors import MayflyError
from app.core.usage import Window

MOST_SERIES = 500
MOST_POINTS = 100_800
_DAY_SECONDS = 86_400
LOOKBACK = timedelta(days=63)
"""How far back is asked at least: the price is by series, and the last use before the window is worth telling."""


@dataclass(frozen=True)
class Series:
    """One metric under its dimensions, in their order by name."""

    namespace: str
    metric: str
    statistic: str
    dimensions: tuple[tuple[str, str], ...]
    region: str | None = None


@dataclass(frozen=True)
class Days:
    """The amounts by day, those that are not zero; or why nobody knows."""

    amounts: Mapping[datetime, float]
    fault: str | None = None


def read_series(caller: Caller, wanted: Iterable[Series], window: Window, pool: Executor) -> dict[Series, Days]:
    """Every series that is wanted, each asked for once. Whatever fails is in the answers."""
    since = _first_day(window)
    days = (window.now - since).days + 1
    size = max(1, min(MOST_SERIES, MOST_POINTS // days))
    batches = [batch for region in _by_region(wanted).values() for batch in _cut(region, size)]
    answers = pool.map(lambda batch: _read_batch(caller, batch, since, window.now), batches)
    return {series: days for answer in answers for series, days in answer.items()}


def _first_day(window: Window) -> datetime:
    since = min(window.since, window.now - LOOKBACK).astimezone(UTC)
    return since.replace(hour=0, minute=0, second=0, microsecond=0)


def _by_region(wanted: Iterable[Series]) -> dict[str | None, list[Series]]:
    regions: dict[str | None, list[Series]] = {}
    for series in dict.fromkeys(wanted):
        regions.setdefault(series.region, []).append(series)
    return regions


def _cut(series: list[Series], size: int) -> list[list[Series]]:
    return [series[begin : begin + size] for begin in range(0, len(series), size)]


@permits("cloudwatch:GetMetricData")
def _read_batch(caller: Caller, batch: list[Series], since: datetime, until: datetime) -> dict[Series, Days]:
    asked = {"MetricDataQueries": [_query(f"m{number}", series) for number, series in enumerate(batch)]}
    amounts: list[dict[datetime, float]] = [{} for _ in batch]
    states = ["Missing"] * len(batch)
    try:
        pages = caller.pages("cloudwatch", "get_metric_data", batch[0].region, StartTime=since, EndTime=until, **asked)
        for page in pages:
            for result in require(page, "MetricDataResults", "cloudwatch"):
                number = int(result["Id"][1:])
                states[number] = result.get("StatusCode", "Missing")
                amounts[number].update(_nonzero(result))
    except MayflyError as fault:
        return {series: Days({}, str(fault)) for series in batch}
    return {series: _days(series, found, state) for series, found, state in zip(batch, amounts, states, strict=True)}


def _query(name: str, series: Series) -> dict[str, Any]:
    dimensions = [{"Name": key, "Value": value} for key, value in series.dimensions]
    metric = {"Namespace": series.namespace, "MetricName": series.metric, "Dimensions": dimensions}
    return {"Id": name, "MetricStat": {"Metric": metric, "Period": _DAY_SECONDS, "Stat": series.statistic}}


def _nonzero(result: Any) -> dict[datetime, float]:
    return {
        at.astimezone(UTC): value
        for at, value in zip(result.get("Timestamps", ()), result.get("Values", ()), strict=True)
        if value
    }


def _days(series: Series, amounts: dict[datetime, float], state: str) -> Days:
    if state == "Complete":
        return Days(amounts)
    named = ", ".join(value for _, value in series.dimensions)
    return Days(amounts, f"CloudWatch did not finish {series.namespace} {series.metric} of {named}: {state}.")
