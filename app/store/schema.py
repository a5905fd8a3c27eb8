"""Bringing the schema up to date, by whichever process comes first.

Every process does it at start, under a lock, so that nobody has to remember an order; `mayfly migrate` does the same
and nothing else, for those who change schemas with other rights than they run with.
"""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.exc import OperationalError

from app.core.errors import TransientError
from app.store.database import Database
from app.store.tables import installation
from app.store.wake import migrate_engine

_LOCK = 0x6D6179666C79  # "mayfly" in ASCII: the number of the advisory lock
_LOCK_SECONDS = 300


def migrate(database: Database) -> None:
    """Bring every table up to date. Raises TransientError where the database cannot be reached."""
    try:
        with _alone(database):
            migrate_engine(database)
            with database.begin() as connection:
                config = Config()
                config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
                config.attributes["connection"] = connection
                command.upgrade(config, "head")
                _name_installation(connection)
    except OperationalError as error:
        raise TransientError(f"the database cannot be reached: {_reason(error)}") from None


def installation_id(connection: sa.Connection) -> str:
    """The name of this installation, by which it knows its own stacks: the value of the tag `mayfly:managed`."""
    return str(connection.execute(sa.select(installation.c.id)).scalar_one())


def _name_installation(connection: sa.Connection) -> None:
    if connection.execute(sa.select(installation.c.id)).first() is None:
        connection.execute(installation.insert().values(id=secrets.token_hex(8)))


@contextmanager
def _alone(database: Database) -> Iterator[None]:
    """One process at a time on PostgreSQL; SQLite's own write lock does the same in each transaction.

    The lock is asked for again and again, outside any transaction: the engine's migrations make indexes concurrently,
    and those wait for everybody who is in the middle of a statement, so who waits for the lock would never get it.
    """
    if database.is_sqlite:
        yield
        return
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        _wait_for_lock(connection)
        try:
            yield
        finally:
            connection.execute(sa.select(sa.func.pg_advisory_unlock(_LOCK)))


def _wait_for_lock(connection: sa.Connection) -> None:
    deadline = time.monotonic() + _LOCK_SECONDS
    while not connection.execute(sa.select(sa.func.pg_try_advisory_lock(_LOCK))).scalar():
        if time.monotonic() > deadline:
            raise TransientError("another process has been changing the schema for minutes; look at that one first")
        time.sleep(0.1)


def _reason(error: OperationalError) -> str:
    return " ".join(str(error.orig).split())[:200]
