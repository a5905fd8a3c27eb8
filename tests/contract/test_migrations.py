"""The migrations make exactly the tables that the code knows, whoever runs them and however often."""

import subprocess
import sys
from typing import Any

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from app.store.database import Database
from app.store.migrations import HEAD
from app.store.schema import installation_id, migrate
from app.store.tables import metadata

MIGRATE = """
import sys
from app.store.database import Database
from app.store.migrations import HEAD
from app.store.schema import migrate
migrate(Database(sys.argv[1]))
"""


def _is_ours(name: str | None, kind: str, _parents: Any) -> bool:
    return kind != "table" or name in metadata.tables


def _differences(database: Database) -> list[Any]:
    with database.read() as connection:
        options = {"compare_type": True, "include_name": _is_ours}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


def _installation(database: Database) -> str:
    with database.read() as connection:
        return installation_id(connection)


class TestMigrations:
    def test_they_make_what_the_code_knows(self, database: Database) -> None:
        assert _differences(database) == []

    def test_the_newest_is_the_one_that_the_code_knows(self, database: Database) -> None:
        with database.read() as connection:
            assert MigrationContext.configure(connection).get_current_revision() == HEAD

    def test_a_difference_would_be_seen(self, database: Database) -> None:
        with database.begin() as connection:
            connection.execute(sa.text("DROP TABLE outbox"))
        assert _differences(database) != []

    def test_a_database_that_is_up_to_date_stays_as_it_is(self, database: Database) -> None:
        before = _installation(database)
        migrate(database)
        assert _differences(database) == []
        assert _installation(database) == before

    def test_processes_that_start_together_agree(self, empty_database_url: str) -> None:
        commands = [[sys.executable, "-c", MIGRATE, empty_database_url] for _ in range(3)]
        running = [subprocess.Popen(command, stderr=subprocess.PIPE) for command in commands]
        errors = [process.communicate(timeout=60)[1].decode() for process in running]
        assert [process.returncode for process in running] == [0, 0, 0], errors
        database = Database(empty_database_url)
        assert _differences(database) == []
        assert _installation(database)
        database.close()
