"""`mayfly token ...`: shown once, kept as a hash."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from app.cli.tokens import TokenCommands
from app.core.visitor import Scope, digest
from app.store.database import Database
from app.store.tokens import list_tokens

NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """The database that the commands are pointed at."""
    url = f"sqlite:///{tmp_path / 'mayfly.db'}"
    monkeypatch.setenv("MAYFLY_DATABASE_URL", url)
    opened = Database(url)
    yield opened
    opened.close()


def _run(*words: str) -> Result:
    return CliRunner().invoke(TokenCommands(lambda: NOW).make(), words)


def _json(*words: str) -> Any:
    result = _run(*words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.mark.usefixtures("database")
class TestTokens:
    def test_a_secret_is_printed_alone_and_kept_as_a_hash(self, database: Database) -> None:
        result = _run("create", "--name", "ci", "--scope", "write", "--repository", "acme/shop", "--expires", "30d")
        secret = result.stdout.strip()
        assert secret.startswith("mfy_")
        assert len(secret) == len("mfy_") + 43
        assert "good until 2026-12-23T08:30:00Z" in result.stderr
        with database.read() as connection:
            (token,) = list_tokens(connection)
        assert (token.sha256, token.scope, token.repository) == (digest(secret), Scope.WRITE, "acme/shop")
        assert secret.encode() not in Path(str(database.engine.url.database)).read_bytes()

    def test_what_is_not_said_is_narrow(self) -> None:
        told = _json("create", "--name", "ci")
        assert told.pop("token").startswith("mfy_")
        assert told == {
            "name": "ci",
            "state": "live",
            "scope": "read",
            "repository": None,
            "created_at": "2026-11-23T08:30:00Z",
            "expires_at": "2027-02-21T08:30:00Z",
            "revoked_at": None,
        }

    def test_the_list_tells_no_secret(self) -> None:
        secret = _json("create", "--name", "ci")["token"]
        assert secret not in _run("list").stdout
        (told,) = _json("list")["tokens"]
        assert (told["name"], told["state"]) == ("ci", "live")
        assert "token" not in told

    def test_an_empty_list_says_what_to_do(self) -> None:
        assert "mayfly token create" in _run("list").stdout

    def test_a_revoked_one_stays_listed_and_its_name_is_free(self) -> None:
        _json("create", "--name", "ci")
        assert _json("revoke", "ci") == {"name": "ci", "state": "revoked"}
        _json("create", "--name", "ci")
        assert [each["state"] for each in _json("list")["tokens"]] == ["revoked", "live"]

    @pytest.mark.parametrize(
        ("words", "told"),
        [
            (("create", "--name", "a b"), "--name: 'a b' is no name"),
            (("create", "--name", "ci", "--repository", "shop"), "--repository: 'shop' is no repository"),
            (("create", "--name", "ci", "--expires", "soon"), "--expires: 'soon' is no duration"),
            (("create", "--name", "ci", "--expires", "0d"), "--expires: '0d' is no duration"),
            (("create", "--name", "ci", "--expires", "99999999d"), "--expires: "),
            (("revoke", "ci"), "there is no token 'ci' to revoke"),
        ],
    )
    def test_what_cannot_be_done_is_said_in_a_line(self, words: tuple[str, ...], told: str) -> None:
        assert str(_run(*words).exception).startswith(told)

    def test_a_name_is_good_for_one(self) -> None:
        _json("create", "--name", "ci")
        assert "`mayfly token revoke ci`" in str(_run("create", "--name", "ci").exception)
