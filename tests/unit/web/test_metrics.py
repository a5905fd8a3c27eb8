"""GET /metrics: what is told is true, is listed in the README, and tells nothing where the database is away."""

import asyncio
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from app.core.environment import Phase
from app.settings import GitHub, Settings
from app.store.census import DEAD_LETTER
from app.store.database import Database
from app.store.environments import save_environment
from app.store.inbox import IGNORED, store_deliveries
from app.store.tables import metadata
from app.store.tables import wakes as slots
from app.store.wake import Kind, Wakes
from app.web.factory import make_doors
from app.web.metrics import Metrics
from app.web.receiver import Tally
from app.web.writer import DeliveryWriter
from tests.contract.records import ENVIRONMENT, a_delivery
from tests.unit.web.door import NOW, OPENED, SECRET, head_of, served

README = (Path(__file__).parents[3] / "README.md").read_text()
Samples = dict[tuple[str, ...], float]


def make_settings() -> Settings:
    return Settings(github=GitHub(webhook_secrets=[SecretStr(SECRET)]))


@pytest.fixture
def client(database: Database, wakes: Wakes) -> Iterator[httpx.Client]:
    """A client of the doors before an empty store."""
    with (
        served(make_doors(make_settings(), database, wakes, lambda: NOW)) as server,
        httpx.Client(base_url=f"http://127.0.0.1:{server.port}") as client,
    ):
        yield client


def scrape(client: httpx.Client) -> Samples:
    """Each sample by its name and the values of its labels."""
    families = text_string_to_metric_families(client.get("/metrics").text)
    samples = [sample for family in families for sample in family.samples]
    return {(sample.name, *sample.labels.values()): sample.value for sample in samples}


def labels_of(samples: Samples, name: str) -> set[str]:
    return {label for metric, *labels in samples if metric == name for label in labels}


def test_the_readme_lists_every_metric_with_its_type(client: httpx.Client) -> None:
    section = README.split("## Metrics\n")[1].split("\n## ")[0]
    told = re.findall(r"^\| `(mayfly_\w+)` \| (\w+) \| \w", section, re.MULTILINE)
    shown = re.findall(r"^# TYPE (\S+) (\w+)$", client.get("/metrics").text, re.MULTILINE)
    assert told == shown


def test_every_metric_says_what_it_is(client: httpx.Client) -> None:
    families = list(text_string_to_metric_families(client.get("/metrics").text))
    assert [family.name for family in families if len(family.documentation) < 15] == []


def test_a_fresh_house_shows_every_table_state_phase_and_kind_at_nothing(client: httpx.Client) -> None:
    samples = scrape(client)
    assert labels_of(samples, "mayfly_table_rows") == set(metadata.tables)
    assert labels_of(samples, "mayfly_environments") == set(Phase)
    assert labels_of(samples, "mayfly_waiting_passes") == labels_of(samples, "mayfly_failing_keys") == set(Kind)
    assert samples.pop(("mayfly_table_rows", "installation")) == 1
    assert set(samples.values()) == {0}


def test_environments_and_deliveries_are_counted(client: httpx.Client, database: Database) -> None:
    with database.begin() as connection:
        save_environment(connection, replace(ENVIRONMENT, phase=Phase.READY))
        save_environment(connection, replace(ENVIRONMENT, name="SHOP-43", phase=Phase.GONE))
        store_deliveries(connection, [a_delivery(1, received_at=NOW - timedelta(minutes=2))])
        store_deliveries(connection, [a_delivery(2, received_at=NOW - timedelta(minutes=1))])
        store_deliveries(connection, [a_delivery(3, received_at=NOW - timedelta(days=1), state=IGNORED)])
    samples = scrape(client)
    assert (samples["mayfly_environments", "ready"], samples["mayfly_environments", "gone"]) == (1, 1)
    assert (samples["mayfly_deliveries", "received"], samples["mayfly_deliveries", "ignored"]) == (2, 1)
    assert samples["mayfly_table_rows", "deliveries"] == 3
    assert samples["mayfly_oldest_unhandled_delivery_age_seconds",] == 120


def test_keys_that_keep_failing_and_passes_that_wait_are_counted(
    client: httpx.Client, database: Database, wakes: Wakes
) -> None:
    with database.begin() as connection:
        for number in range(DEAD_LETTER + 1):
            wakes.wake(connection, Kind.SOURCE, str(number))
            connection.execute(slots.update().where(slots.c.key == str(number)).values(attempts=number))
        wakes.wake(connection, Kind.RESYNC, "all", timedelta(hours=1))
    samples = scrape(client)
    assert samples["mayfly_failing_keys", "source"] == 1
    assert samples["mayfly_waiting_passes", "source"] == DEAD_LETTER + 1
    assert samples["mayfly_waiting_passes", "resync"] == 0


def test_what_the_door_did_is_counted(client: httpx.Client) -> None:
    def deliver(**head: Any) -> int:
        return client.post("/webhooks/github", content=OPENED, headers=head_of(**head)).status_code

    known = a_delivery().id
    answers = [deliver(delivery=known), deliver(), deliver(delivery=known), deliver(signature="sha256=" + "0" * 64)]
    assert [*answers, client.get("/webhooks/github").status_code] == [202, 202, 202, 401, 405]
    samples = scrape(client)
    assert samples["mayfly_deliveries_received_total",] == 2
    assert samples["mayfly_deliveries_repeated_total",] == 1
    assert samples["mayfly_deliveries_refused_total", "401"] == 1
    assert samples["mayfly_deliveries_refused_total", "405"] == 1


def test_the_write_queue_is_measured(database: Database, wakes: Wakes) -> None:
    async def hand_in(writer: DeliveryWriter) -> None:
        await asyncio.gather(*(writer.keep(a_delivery(number)) for number in range(3)))

    idle = DeliveryWriter(database, wakes, longest_wait=timedelta(seconds=0.01))  # it was never started
    asyncio.run(hand_in(idle))
    found = {metric.name: metric for metric in Metrics(database, idle, Tally(), Tally(), lambda: NOW).collect()}
    assert found["mayfly_write_queue_deliveries"].samples[0].value == 3


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("*/*", "text/plain; version=0.0.4; charset=utf-8"),
        ("application/openmetrics-text; version=1.0.0", "application/openmetrics-text; version=1.0.0; charset=utf-8"),
    ],
)
def test_the_content_type_is_one_that_prometheus_asked_for(
    client: httpx.Client, accept: str, content_type: str
) -> None:
    answer = client.get("/metrics", headers={"accept": accept})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(content_type)
    assert answer.text.endswith("# EOF\n") is accept.startswith("application")


def test_a_database_that_is_away_gives_503_and_no_trace(
    tmp_path: Path, wakes: Wakes, log_lines: list[dict[str, object]]
) -> None:
    away = Database(f"sqlite:///{tmp_path / 'empty.db'}")
    with served(make_doors(make_settings(), away, wakes, lambda: NOW)) as server:
        answer = httpx.get(f"http://127.0.0.1:{server.port}/metrics")
    away.close()
    assert (answer.status_code, answer.text) == (503, "the database does not answer")
    assert [line["reason"] for line in log_lines if "no metrics" in str(line["event"])] == ["OperationalError"]


def test_each_application_counts_for_itself(client: httpx.Client, database: Database, wakes: Wakes) -> None:
    client.get("/webhooks/github")
    with served(make_doors(make_settings(), database, wakes, lambda: NOW)) as other:
        answer = httpx.get(f"http://127.0.0.1:{other.port}/metrics")
    assert "405" not in answer.text
    assert "405" in client.get("/metrics").text
