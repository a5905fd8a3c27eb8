"""A store on SQLite and the doors before it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from app.store.database import Database
from app.store.schema import migrate
from app.store.wake import Wakes
from app.web.receiver import Receiver
from app.web.writer import DeliveryWriter
from tests.unit.web.door import NOW, OLD_SECRET, SECRET, Door


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that is up to date, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "mayfly.db"
    database = Database(f"sqlite:///{path}")
    migrate(database)
    database.close()
    return path


@pytest.fixture
def database(migrated: Path, tmp_path: Path) -> Iterator[Database]:
    """An empty one."""
    shutil.copy(migrated, tmp_path / "mayfly.db")
    opened = Database(f"sqlite:///{tmp_path / 'mayfly.db'}")
    yield opened
    opened.close()


@pytest.fixture
def wakes(database: Database) -> Iterator[Wakes]:
    """The writer of wake-ups."""
    writer = Wakes(database)
    yield writer
    writer.close()


@pytest.fixture
def writer(database: Database, wakes: Wakes) -> Iterator[DeliveryWriter]:
    """The writer of deliveries, at work."""
    at_work = DeliveryWriter(database, wakes)
    at_work.start()
    yield at_work
    at_work.stop()


@pytest.fixture
def door(writer: DeliveryWriter) -> Door:
    """GitHub's door."""
    return Door(Receiver([SECRET, OLD_SECRET], [], writer, lambda: NOW))


@pytest.fixture
def log_lines() -> Iterator[list[structlog.typing.EventDict]]:
    """What is logged."""
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        yield lines
