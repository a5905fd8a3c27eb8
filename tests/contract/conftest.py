"""Databases for the contract tests: each test gets one of its own, on SQLite and again on PostgreSQL."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from app.store.database import Database
from app.store.schema import migrate
from app.store.wake import Wakes
from tests.contract.postgresql import PostgreSql, running_postgresql

KINDS = ["sqlite", "postgresql"]


@pytest.fixture(scope="session", autouse=True)
def log_file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Where the log goes: in JSON, as in earnest, since structlog's default draws a trace for seconds."""
    path = tmp_path_factory.mktemp("log") / "log"
    with path.open("w") as file:
        processors: list[structlog.typing.Processor] = [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ]
        structlog.configure(processors=processors, logger_factory=structlog.PrintLoggerFactory(file))
        yield path
        structlog.reset_defaults()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSql]:
    """One server for the session."""
    with running_postgresql() as server:
        yield server


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql: PostgreSql) -> str:
    """The name of a database that is up to date, to be copied."""
    name = postgresql.create()
    _migrate(postgresql.url(name))
    return name


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that is up to date, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "mayfly.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database that is up to date and empty, on one and on the other."""
    return fresh_database(request, tmp_path)


@pytest.fixture(scope="class", params=KINDS)
def shared_database_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The same, shared by the tests of a class."""
    return fresh_database(request, tmp_path_factory.mktemp("shared"))


def fresh_database(request: pytest.FixtureRequest, folder: Path) -> str:
    """A copy of the database that is up to date; its address."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("migrated_sqlite"), folder / "mayfly.db")
        return f"sqlite:///{folder / 'mayfly.db'}"
    server: PostgreSql = request.getfixturevalue("postgresql")
    return server.url(server.create(request.getfixturevalue("migrated_postgresql")))


@pytest.fixture(params=KINDS)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with nothing in it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'mayfly.db'}"
    server: PostgreSql = request.getfixturevalue("postgresql")
    return server.url(server.create())


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """The database, opened."""
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def wakes(database: Database) -> Iterator[Wakes]:
    """The writer of wake-ups."""
    writer = Wakes(database)
    yield writer
    writer.close()


def _migrate(url: str) -> None:
    database = Database(url)
    migrate(database)
    database.close()
