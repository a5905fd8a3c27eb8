"""What the benchmarks share: databases, a process's CPU time and memory, and how a table is written."""

import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles

import pytest

from app.store.database import Database
from app.store.schema import migrate
from tests.bench.walk import write
from tests.contract.postgresql import running_postgresql


@contextmanager
def fresh_sqlite() -> Iterator[str]:
    """The address of an SQLite database that is up to date."""
    with tempfile.TemporaryDirectory(prefix="mayfly-bench-") as folder:
        yield _migrated(f"sqlite:///{folder}/mayfly.db")


@contextmanager
def fresh_postgresql() -> Iterator[str]:
    """The same on PostgreSQL, where it is installed."""
    with running_postgresql() as server:
        yield _migrated(server.url(server.create()))


DATABASES = {"SQLite": fresh_sqlite, "PostgreSQL": fresh_postgresql}


def _migrated(url: str) -> str:
    database = Database(url)
    migrate(database)
    database.close()
    return url


def on_each(measure: Callable[[str], dict[str, str]]) -> None:
    """Measure on each database that is installed, and write a table of it."""
    columns: dict[str, dict[str, str]] = {}
    for name, fresh in DATABASES.items():
        try:
            with fresh() as url:
                columns[name] = measure(url)
        except pytest.skip.Exception as why:
            write(f"  {name} is left out: {why}")
    write_table(columns)


def write_table(columns: dict[str, dict[str, str]]) -> None:
    """One line for each figure, one column for each database."""
    write("  " + " " * 52 + "".join(f"{name:>20}" for name in columns))
    for figure in next(iter(columns.values()), {}):
        write(f"  {figure:52}" + "".join(f"{column[figure]:>20}" for column in columns.values()))


def cpu_seconds(pid: int) -> float:
    """The CPU time that a process has taken; Linux only."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def megabytes(pid: int) -> float:
    """The memory that a process holds; Linux only."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def share_of_a_core(pid: int, seconds: float) -> float:
    """How many percent of a core a process takes."""
    before, began = cpu_seconds(pid), time.monotonic()
    time.sleep(seconds)
    return 100 * (cpu_seconds(pid) - before) / (time.monotonic() - began)


def percentiles(seconds: Sequence[float]) -> str:
    """The median and the 99th percentile, in milliseconds."""
    cuts = quantiles(seconds, n=100, method="inclusive")
    return f"{1000 * cuts[49]:.0f} / {1000 * cuts[98]:.0f} ms"
