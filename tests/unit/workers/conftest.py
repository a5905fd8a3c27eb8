"""The stage that the passes' tests play on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.environment import Phase
from tests.unit.workers.stage import ONE, Stage, opened_database


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Nothing has happened yet."""
    with opened_database(tmp_path) as database:
        stage = Stage(database)
        yield stage
        stage.close()


@pytest.fixture
def ready(stage: Stage) -> Stage:
    """An environment of one stack that is ready."""
    stage.push("v1", ONE)
    stage.calm()
    assert stage.phase() is Phase.READY
    return stage
