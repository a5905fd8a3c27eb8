"""The commands that steer an environment: a mark in the store, or one line that says why not."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli import make_cli, run
from app.cli.steering import SteeringCommands
from app.core.environment import Phase
from app.core.mark import Mark
from app.store.database import Database
from app.store.environments import save_environment
from app.store.marks import list_marks
from app.store.schema import migrate
from tests.builders import NOW, an_environment


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A database with one environment that is ready, and the settings that lead to it."""
    address = f"sqlite:///{tmp_path / 'mayfly.db'}"
    monkeypatch.setenv("MAYFLY_DATABASE_URL", address)
    monkeypatch.setenv("MAYFLY_LIFETIME__TIMEZONE", "Europe/Berlin")
    database = Database(address)
    migrate(database)
    with database.begin() as connection:
        save_environment(connection, an_environment(phase=Phase.READY))
    yield database
    database.close()


def mayfly(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """The exit status of a command."""
    monkeypatch.setattr("sys.argv", ["mayfly", *arguments])
    cli = make_cli()
    for name, command in SteeringCommands(lambda: NOW).all().items():
        cli.command(name)(command)
    try:
        return run(cli)
    except SystemExit as ended:
        return int(ended.code or 0)


def marks(database: Database) -> list[Mark]:
    with database.read() as connection:
        return [mark for _, mark in list_marks(connection, "SHOP-42")]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("deploy SHOP-42", "asked for another deployment"),
        ("destroy SHOP-42 --reason enough", "destroyed it: enough."),
        ("extend SHOP-42 2d", "extended it until 2026-03-07 10:00 UTC."),
        ("keep SHOP-42 --until 2026-03-20 --reason demo", "keeps it until 2026-03-20 23:00 UTC: demo."),
    ],
    ids=["deploy", "destroy", "extend", "keep"],
)
def test_what_is_asked_for_becomes_a_mark(
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    line: str,
    told: str,
) -> None:
    assert mayfly(monkeypatch, *line.split(), "--json") == 0
    kind = line.split(maxsplit=1)[0]
    assert [(mark.kind, mark.actor) for mark in marks(database)] == [(kind, "cli")]
    printed = json.loads(capsys.readouterr().out)
    assert (printed["environment"], printed["asked"], told in printed["reason"]) == ("SHOP-42", kind, True)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("unkeep SHOP-42", "SHOP-42 is not kept."),
        ("destroy SHOP-99", "there is no environment 'SHOP-99'"),
        ("extend SHOP-42 soon", "SPAN: 'soon' is no duration"),
        ("keep SHOP-42 --until soon --reason demo", "--until: 'soon' is no date"),
        ("keep SHOP-42 --until 2026-01-01 --reason demo", "still to come"),
    ],
    ids=["not kept", "unknown", "no span", "no date", "past"],
)
def test_what_cannot_be_done_is_one_line_and_no_mark(
    database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], line: str, told: str
) -> None:
    assert mayfly(monkeypatch, *line.split()) == 1
    out, err = capsys.readouterr()
    assert (out, err.count("\n"), told in err) == ("", 1, True)
    assert marks(database) == []
