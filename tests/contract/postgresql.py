"""A PostgreSQL of the tests' own: started from the distribution's binaries, reached by a socket in a temporary folder.

It ends with the test session; should the tests be killed, the kernel asks it to end (`setpriv --pdeathsig`).
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.waiting import wait_until

_QUICK = ("fsync=off", "full_page_writes=off", "max_connections=200", "listen_addresses=")


class PostgreSql:
    """A running server; each `create` is a database of its own."""

    def __init__(self, folder: Path, user: str) -> None:
        self._folder = folder
        self._user = user
        self._count = 0

    def url(self, name: str) -> str:
        """Where a database is found."""
        return f"postgresql://{self._user}@/{name}?host={self._folder}"

    def create(self, template: str = "template1") -> str:
        """Make a database, empty or a copy of another; its name."""
        self._count += 1
        name = f"test_{self._count}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
        return name

    @contextmanager
    def away(self, name: str) -> Iterator[None]:
        """For the time of the block nobody is let into a database, and whoever was inside is thrown out."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false".encode())
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
            try:
                yield
            finally:
                connection.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true".encode())

    def is_up(self) -> bool:
        """Whether it answers."""
        try:
            psycopg.connect(self.url("postgres")).close()
        except psycopg.OperationalError:
            return False
        return True


@contextmanager
def running_postgresql() -> Iterator[PostgreSql]:
    """A server for the time of the block; skips the test where PostgreSQL is not installed."""
    binaries = _find_binaries()
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    user, prefix = _other_user(folder)
    data = str(folder / "data")
    try:
        command = [*prefix, str(binaries / "initdb"), "--no-sync", "--auth=trust", "--encoding=UTF8", "-D", data]
        subprocess.run(command, check=True, capture_output=True, cwd=folder)
        with _process([*prefix, str(binaries / "postgres"), "-D", data, "-k", str(folder)], folder):
            server = PostgreSql(folder, user)
            wait_until(server.is_up, seconds=20)
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _find_binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if not found:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    return found[-1].parent


def _other_user(folder: Path) -> tuple[str, list[str]]:
    """PostgreSQL refuses to run as root, and so runs as the user of its package there."""
    ends_with_us = ["setpriv", "--pdeathsig", "INT"] if shutil.which("setpriv") else []
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid()).pw_name, ends_with_us
    other = pwd.getpwnam("postgres")
    os.chown(folder, other.pw_uid, other.pw_gid)
    return "postgres", [*ends_with_us, f"--reuid={other.pw_uid}", f"--regid={other.pw_gid}", "--clear-groups"]


@contextmanager
def _process(command: list[str], folder: Path) -> Iterator[None]:
    options = [word for option in _QUICK for word in ("-c", option)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([*command, *options], stdout=log, stderr=log, cwd=folder)
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
