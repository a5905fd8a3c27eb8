"""Statements that a door executes with every batch: compiled once, then handed to the driver as they are.

SQLAlchemy takes longer to look a statement up and to convert its values than SQLite takes to execute it. Here a
statement is compiled for each database when it is first needed; its values are given as the driver takes them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import msgspec
import sqlalchemy as sa


class Statement:
    """One statement in its form for each database; `make` says what it is for a connection."""

    def __init__(self, make: Callable[[sa.Connection], sa.sql.expression.Executable]) -> None:
        self._make = make
        self._texts: dict[str, tuple[str, Sequence[str] | None]] = {}

    def run(self, connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> Iterable[Any]:
        """Execute it once for each of the rows, which name every value."""
        text, order = self._texts.get(connection.dialect.name) or self._compile(connection)
        if not order:
            values = [dict(row) for row in rows]
            return connection.exec_driver_sql(text, values[0] if len(values) == 1 else values)
        together = tuple(row[name] for row in rows for name in order)
        return connection.exec_driver_sql(text if len(rows) == 1 else _widened(text, len(rows)), together)

    def _compile(self, connection: sa.Connection) -> tuple[str, Sequence[str] | None]:
        compiled = self._make(connection).compile(dialect=connection.dialect)  # type: ignore[attr-defined]
        known = self._texts[connection.dialect.name] = str(compiled), compiled.positiontup
        return known


@lru_cache(maxsize=256)
def _widened(text: str, count: int) -> str:
    """An insert of one row as one of many: SQLite's driver lets other threads in before each row that is its own."""
    group = text[text.index("VALUES (") + 7 : text.index(" ON CONFLICT")]
    return text.replace(group, ", ".join([group] * count), 1)


def among(connection: sa.Connection, column: sa.ColumnElement[str], name: str) -> sa.ColumnElement[bool]:
    """Whether a column is one of the texts in a single parameter, made by `texts`: however many, one statement."""
    if connection.dialect.name == "sqlite":
        return column.in_(sa.select(sa.column("value")).select_from(sa.func.json_each(sa.bindparam(name))))
    return column == sa.any_(sa.bindparam(name, type_=sa.ARRAY(sa.Text)))


def texts(connection: sa.Connection, values: Sequence[str]) -> Any:
    """The value of such a parameter."""
    return msgspec.json.encode(values).decode() if connection.dialect.name == "sqlite" else list(values)
