"""Opening the database, on SQLite and PostgreSQL alike."""

import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError, TimeoutError  # noqa: A004
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from app.core.errors import ConfigurationError

Connection = sa.Connection
"""A connection inside a transaction; rooms outside the store pass it on and know no more of it."""

DatabaseFault = (OperationalError, InterfaceError, TimeoutError)
"""What the database raises when it does not answer now; the same may work later."""

PATIENCE = timedelta(seconds=30)
"""How long a transaction waits for another writer before it gives up, unless its caller says otherwise."""

_REACH = {"connect_timeout": 5, "tcp_user_timeout": 10_000, "keepalives_idle": 5, "keepalives_interval": 2}
"""A PostgreSQL that is gone without a word is noticed in seconds, not in the operating system's minutes."""

_LET_GO = "-c idle_in_transaction_session_timeout=5000"
"""A process that freezes amid a transaction loses it, and with it the locks that others wait for. Milliseconds."""

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


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


class Prose(sa.types.TypeDecorator[str]):
    """Text from anywhere. What no database keeps, NUL and halves of characters, is kept as U+FFFD."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, _dialect: sa.Dialect) -> str | None:
        """To the database."""
        return storable(value)


def storable(text: str | None) -> str | None:
    """A text without what no database keeps."""
    return None if text is None else _UNSTORABLE.sub("\ufffd", text)


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
        self._turn = threading.Lock()

    @contextmanager
    def begin(self, patience: timedelta = PATIENCE) -> Iterator[sa.Connection]:
        """A transaction that commits when its block ends and waits for other writers no longer than `patience`.

        On SQLite it takes the write lock at once, so that what it read cannot change before it writes.
        """
        with self._take_turn(patience), self.engine.begin() as connection:
            if self.is_sqlite:
                _take_write_lock(connection, patience)
            elif patience != PATIENCE:
                connection.exec_driver_sql(f"SET LOCAL statement_timeout={_milliseconds(patience)}")
            yield connection

    @contextmanager
    def _take_turn(self, patience: timedelta) -> Iterator[None]:
        """One thread of a process at a time where there is one writer: who waits for SQLite's own lock asks for it ever
        less often, and among many threads the unlucky one, the heartbeat perhaps, waits for seconds."""
        if not self.is_sqlite:
            yield
            return
        if not self._turn.acquire(timeout=patience.total_seconds()):
            raise TimeoutError("the database is locked")
        try:
            yield
        finally:
            self._turn.release()

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

    @property
    def driver(self) -> Any:
        """The module that speaks with the database, by the rules of PEP 249."""
        return self.engine.dialect.dbapi

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
    options = {"check_same_thread": False, "timeout": PATIENCE.total_seconds()}
    engine = sa.create_engine(url, pool_size=20, max_overflow=20, connect_args=options)
    sa.event.listen(engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    """WAL with full sync: readers never wait, and what was answered for survives a power cut.

    It is moved into the database every 3,000 pages (12 MB): a third as often as usual, and none waits long for it.
    """
    connection.isolation_level = "IMMEDIATE"
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "wal_autocheckpoint=3000"):
        connection.execute(f"PRAGMA {pragma}").close()


def _take_write_lock(connection: sa.Connection, patience: timedelta) -> None:
    connection.exec_driver_sql(f"PRAGMA busy_timeout={_milliseconds(patience)}")
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={_milliseconds(PATIENCE)}")


def _milliseconds(span: timedelta) -> int:
    return round(span.total_seconds() * 1000)


def _postgresql_engine(url: str) -> sa.Engine:
    arguments = _REACH if "options=" in url else {**_REACH, "options": _LET_GO}
    return sa.create_engine(url, pool_size=20, max_overflow=20, pool_pre_ping=True, connect_args=arguments)


def _insert(connection: sa.Connection, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


def insert_missing(connection: sa.Connection, table: sa.Table, values: dict[str, Any]) -> sa.Insert:
    """An insert that does nothing where such a row stands already."""
    return _insert(connection, table).values(values).on_conflict_do_nothing()


def upsert(connection: sa.Connection, table: sa.Table, values: dict[str, Any]) -> None:
    """Insert the row, or overwrite the columns given where a row with the same primary key stands."""
    keys = [column.name for column in table.primary_key]
    connection.execute(upserting(connection, table, values, [name for name in values if name not in keys]))


def upserting(connection: sa.Connection, table: sa.Table, values: dict[str, Any], changed: Sequence[str]) -> sa.Insert:
    """An insert that overwrites only the columns named in `changed` where a row with the same primary key stands."""
    statement = _insert(connection, table).values(values)
    keys = [column.name for column in table.primary_key]
    return statement.on_conflict_do_update(
        index_elements=keys, set_={name: statement.excluded[name] for name in changed}
    )
