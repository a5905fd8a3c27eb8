"""Opening the database, on SQLite and PostgreSQL alike."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from app.core.errors import ConfigurationError

Connection = sa.Connection
"""A connection inside a transaction; rooms outside the store pass it on and know no more of it."""

DatabaseFault = DBAPIError
"""What the database raises when it does not answer or refuses."""

BUSY_TIMEOUT_MS = 30_000
"""How long a SQLite connection waits for another writer before it gives up."""


class Instant(sa.types.TypeDecorator[datetime]):
    """An aware UTC time, kept as seconds since 1970: the same on both databases, and comparable with `database_now`."""

    impl = sa.Double
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: sa.Dialect) -> float | None:
        """To the database."""
        return None if value is None else value.timestamp()

    def process_result_value(self, value: float | None, _dialect: sa.Dialect) -> datetime | None:
        """From the database."""
        return None if value is None else datetime.fromtimestamp(value, UTC)


class database_now(sa.sql.functions.FunctionElement[float]):  # noqa: N801 - reads as SQL
    """The database's clock in seconds since 1970: one clock for all processes, whatever their machines believe."""

    type = sa.Double()
    inherit_cache = True


@compiles(database_now, "sqlite")
def _now_sqlite(_element: database_now, _compiler: SQLCompiler, **_kw: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(database_now, "postgresql")
def _now_postgresql(_element: database_now, _compiler: SQLCompiler, **_kw: Any) -> str:
    return "extract(epoch from clock_timestamp())::double precision"


class Database:
    """One database; `engine` is SQLAlchemy's own, for the job engine that shares it."""

    def __init__(self, url: str) -> None:
        self.url = _normal(url)
        self.is_sqlite = self.url.startswith("sqlite")
        self.engine = _sqlite_engine(self.url) if self.is_sqlite else _postgresql_engine(self.url)

    @contextmanager
    def begin(self) -> Iterator[sa.Connection]:
        """A transaction that commits when its block ends.

        On SQLite it takes the write lock at once, so that what it read cannot change before it writes.
        """
        with self.engine.begin() as connection:
            if self.is_sqlite:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A connection for reading, which waits for nobody."""
        with self.engine.connect() as connection:
            yield connection

    def is_reachable(self) -> bool:
        """Whether the database answers."""
        try:
            with self.read() as connection:
                connection.execute(sa.text("SELECT 1"))
        except SQLAlchemyError:
            return False
        return True

    def close(self) -> None:
        """Give every connection back."""
        self.engine.dispose()


def _normal(url: str) -> str:
    if url.startswith(("postgresql://", "postgres://")):
        return "postgresql+psycopg://" + url.partition("://")[2]
    if url.startswith(("sqlite:///", "postgresql+psycopg://")):
        return url
    scheme = url.partition("://")[0][:20]
    raise ConfigurationError(
        f"MAYFLY_DATABASE_URL begins with {scheme!r}; it is sqlite:///path/to/file.db or postgresql://user@host/database"
    )


def _sqlite_engine(url: str) -> sa.Engine:
    path = Path(url.removeprefix("sqlite:///"))
    if not path.parent.exists():
        raise ConfigurationError(f"MAYFLY_DATABASE_URL: the folder {path.parent} does not exist; make it first")
    engine = sa.create_engine(
        url, pool_size=20, max_overflow=20, connect_args={"check_same_thread": False, "timeout": BUSY_TIMEOUT_MS / 1000}
    )
    sa.event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """WAL with full sync: readers never wait, and what was answered for survives a power cut."""
    connection.isolation_level = "IMMEDIATE"
    for pragma in ("journal_mode=WAL", "synchronous=FULL", f"busy_timeout={BUSY_TIMEOUT_MS}", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _postgresql_engine(url: str) -> sa.Engine:
    return sa.create_engine(url, pool_size=20, max_overflow=20, pool_pre_ping=True)


def _insert(connection: sa.Connection, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


def insert_missing(connection: sa.Connection, table: sa.Table, values: dict[str, Any]) -> sa.Insert:
    """An insert that does nothing where such a row stands already."""
    return _insert(connection, table).values(values).on_conflict_do_nothing()


def upsert(connection: sa.Connection, table: sa.Table, values: dict[str, Any]) -> None:
    """Insert the row, or overwrite the columns given where a row with the same primary key stands."""
    statement = _insert(connection, table).values(values)
    keys = [column.name for column in table.primary_key]
    changed = {name: statement.excluded[name] for name in values if name not in keys}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed))
