"""`mayfly list` beside the environments: what fails again and again is told where people look."""

from pathlib import Path

import pytest

from app.cli import make_cli, run
from app.store.census import DEAD_LETTER
from app.store.database import Database
from app.store.schema import migrate
from app.store.tables import wakes as slots
from app.store.wake import Kind, Wakes


def test_a_key_that_fails_again_and_again_is_told_with_its_last_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    address = f"sqlite:///{tmp_path / 'mayfly.db'}"
    monkeypatch.setenv("MAYFLY_DATABASE_URL", address)
    monkeypatch.setattr("sys.argv", ["mayfly", "list"])
    database = Database(address)
    migrate(database)
    wakes = Wakes(database)
    with database.begin() as connection:
        wakes.wake(connection, Kind.SOURCE, "acme/shop#57")
        connection.execute(slots.update().values(attempts=DEAD_LETTER, last_error="GitHub answered 502"))
    wakes.close()
    database.close()
    with pytest.raises(SystemExit):
        run(make_cli())
    told = capsys.readouterr().out
    assert "source acme/shop#57 failed 5 times in a row and needs somebody's look: GitHub answered 502\n" in told
