"""Figures: a line each round, a sample each hour."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import structlog

from app.store.database import Database
from app.store.samples import list_samples
from tests.builders import NOW
from tests.unit.workers.stage import opened_database
from workers.figures import EVERY, Figures


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with opened_database(tmp_path) as opened:
        yield opened


class Watch:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


def test_a_line_each_round_and_a_sample_each_hour(database: Database) -> None:
    watch = Watch()
    figures = Figures(database, watch)
    with structlog.testing.capture_logs() as lines:
        for _ in range(14):
            assert figures("all") == EVERY
            watch.now += EVERY
    assert [line["event"] for line in lines] == ["figures"] * 14
    with database.read() as connection:
        assert [sample.at for sample in list_samples(connection, NOW)] == [NOW, NOW + timedelta(hours=1)]


def test_the_line_is_what_the_alarms_read(database: Database) -> None:
    """The names are those of the metric filters in infra/mayfly.yaml."""
    template = (Path(__file__).parents[3] / "infra" / "mayfly.yaml").read_text()
    with structlog.testing.capture_logs() as lines:
        Figures(database, Watch())("all")
    assert json.loads(json.dumps(lines[0]))["oldest_unhandled_seconds"] == lines[0]["failing_keys"] == 0
    assert "$.oldest_unhandled_seconds" in template
    assert "$.failing_keys" in template
    assert '$.event = "figures"' in template
