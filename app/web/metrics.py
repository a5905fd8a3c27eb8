"""GET /metrics: how much there is of everything, for Prometheus. Counted when it is asked for; nothing is global.

The README's table "Metrics" lists what is here. Gauges come from the database and are the same at each door; counters
and the queue are this process's own.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import structlog
from fastapi import APIRouter, Header
from fastapi.responses import PlainTextResponse, Response
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from app.store.census import DEAD_LETTER, Census, take_census
from app.store.database import Database, DatabaseFault
from app.web.receiver import Tally
from app.web.writer import DeliveryWriter

log = structlog.get_logger()


@dataclass(frozen=True, eq=False)
class Metrics(Collector):
    """Counts when it is collected."""

    database: Database
    writer: DeliveryWriter
    tally: Tally
    slack: Tally
    clock: Callable[[], datetime]

    def collect(self) -> Iterable[Metric]:
        """Every metric. Raises DatabaseFault where the database is away."""
        with self.database.read() as connection:
            now = self.clock()
            census = take_census(connection, now)
        return [*_of_the_store(census), *_of_the_reaper(census, now), *self._of_this_process()]

    def _of_this_process(self) -> Iterator[Metric]:
        tally = self.tally
        yield GaugeMetricFamily(
            "mayfly_write_queue_deliveries", "Deliveries that wait to be written to disk.", self.writer.length
        )
        yield CounterMetricFamily(
            "mayfly_deliveries_received", "Deliveries kept since this process started.", tally.received
        )
        yield CounterMetricFamily(
            "mayfly_deliveries_repeated", "Deliveries that had been kept before and came again.", tally.repeated
        )
        yield _labelled(
            CounterMetricFamily("mayfly_deliveries_refused", "Deliveries refused, by HTTP status.", labels=["status"]),
            _by_status(tally),
        )
        yield CounterMetricFamily(
            "mayfly_slack_requests_received", "Clicks and commands kept as orders.", self.slack.received
        )
        yield CounterMetricFamily(
            "mayfly_slack_requests_repeated",
            "Requests of Slack's that had been taken before, and were refused.",
            self.slack.repeated,
        )
        yield _labelled(
            CounterMetricFamily(
                "mayfly_slack_requests_refused", "Requests of Slack's refused, by HTTP status.", labels=["status"]
            ),
            _by_status(self.slack),
        )


def _by_status(tally: Tally) -> dict[str, int]:
    return {str(status): count for status, count in sorted(dict(tally.refused).items())}


def _of_the_store(census: Census) -> Iterator[Metric]:
    yield _gauge("mayfly_table_rows", "Rows of each table.", "table", census.rows)
    yield _gauge("mayfly_deliveries", "Deliveries kept, by what became of them.", "state", census.deliveries)
    yield GaugeMetricFamily(
        "mayfly_oldest_unhandled_delivery_age_seconds",
        "How long the oldest delivery that nothing has looked at has been waiting.",
        census.oldest_unhandled.total_seconds(),
    )
    yield GaugeMetricFamily(
        "mayfly_conflicting_deliveries",
        "Bodies that came under the id of a delivery with another one, kept aside.",
        census.doubles,
    )
    yield GaugeMetricFamily(
        "mayfly_missed_deliveries", "Deliveries that never arrived and are being fetched.", census.missed
    )
    yield _gauge("mayfly_environments", "Environments, by phase.", "phase", census.environments)
    failing = f"Keys whose passes failed {DEAD_LETTER} times in a row or more: a person should look."
    yield _gauge("mayfly_failing_keys", failing, "kind", census.failing)
    yield _gauge("mayfly_waiting_passes", "Passes that are queued and have not begun.", "kind", census.waiting)


def _of_the_reaper(census: Census, now: datetime) -> Iterator[Metric]:
    family = GaugeMetricFamily("mayfly_findings", "Findings, by rule and state.", labels=["rule", "state"])
    for (rule, state), number in sorted(census.findings.items()):
        family.add_metric([rule, state], number)
    yield family
    age = GaugeMetricFamily("mayfly_reaper_round_age_seconds", "How long ago the last round ended.", labels=[])
    failed = GaugeMetricFamily("mayfly_reaper_round_failed", "Whether the last round failed: 1 or 0.", labels=[])
    if (last := census.last_round) is not None:
        age.add_metric([], max((now - last.ended_at).total_seconds(), 0.0))
        failed.add_metric([], float(last.fault is not None))
    yield from (age, failed)


def _gauge(name: str, text: str, label: str, values: Mapping[str, float]) -> Metric:
    return _labelled(GaugeMetricFamily(name, text, labels=[label]), values)


def _labelled(family: GaugeMetricFamily | CounterMetricFamily, values: Mapping[str, float]) -> Metric:
    for label, value in values.items():
        family.add_metric([label], value)
    return family


def metrics_routes(counts: Metrics) -> APIRouter:
    """`/metrics`."""
    router = APIRouter()
    registry = CollectorRegistry()
    registry.register(counts)

    @router.get("/metrics", include_in_schema=False)
    def metrics(accept: Annotated[str, Header()] = "") -> Response:
        encode, content_type = choose_encoder(accept)
        try:
            return Response(encode(registry), headers={"content-type": content_type})
        except DatabaseFault as error:
            log.warning("no metrics: the database does not answer", reason=type(error).__name__)
            return PlainTextResponse("the database does not answer", status_code=503)

    return router
