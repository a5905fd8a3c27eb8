"""The lookout: sees cheaply whether the engine has anything to do.

It looks many times a second for as long as a process lives, so it keeps a connection for that, outside any transaction,
and speaks to the driver itself: a look through all the layers would cost three times as much.
"""

from contextlib import suppress
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from app.core.errors import TransientError
from app.store.database import Database

_ANY_QUEUED = "SELECT 1 FROM wakes WHERE queued IS NOT NULL LIMIT 1"


class Lookout:
    """For one thread."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._cursor: Any = None

    def is_anything_queued(self) -> bool:
        """Whether any pass waits in the engine. Raises TransientError, and connects anew the next time."""
        try:
            self._cursor = self._cursor or self._connect()
            return self._cursor.execute(_ANY_QUEUED).fetchone() is not None
        except (SQLAlchemyError, self._database.driver.Error) as error:
            self.close()
            raise TransientError("the database does not answer") from error

    def _connect(self) -> Any:
        """A cursor on a connection that the pool knows no more, each of whose statements stands for itself."""
        connection = self._database.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        connection.detach()
        return connection.connection.cursor()

    def close(self) -> None:
        """Give the connection back."""
        cursor, self._cursor = self._cursor, None
        if cursor is not None:
            with suppress(self._database.driver.Error):
                cursor.connection.close()
