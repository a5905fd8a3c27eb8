"""`mayfly token ...`: who may ask the API. A secret is shown once, when it is made, and kept nowhere."""

import json
import re
import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.cli import JsonOption, Missing
from app.cli.steering import Refused
from app.core.span import parse_span
from app.core.visitor import PREFIX, Scope, Token, digest
from app.report import stamp
from app.settings import load_settings
from app.store.database import Connection, Database
from app.store.schema import migrate
from app.store.tokens import add_token, list_tokens, revoke_token

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_REPOSITORY = re.compile(r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+")

NameOption = Annotated[str, typer.Option("--name", help="What it is for, such as ci.")]
ScopeOption = Annotated[Scope, typer.Option("--scope", help="What it is good for.")]
RepositoryOption = Annotated[
    str | None, typer.Option("--repository", metavar="OWNER/NAME", help="The only one whose environments it sees.")
]
ExpiresOption = Annotated[str, typer.Option("--expires", metavar="SPAN", help="How long it is good: 12h, 90d.")]
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="As `mayfly token list` has it.")]


@dataclass(frozen=True)
class TokenCommands:
    """The commands; `clock` is the time, which this floor does not read."""

    clock: Callable[[], datetime]

    def make(self) -> typer.Typer:
        """All of them."""
        cli = typer.Typer(help="Make, list and revoke access tokens of the API.", no_args_is_help=True)
        for name, command in (("create", self.create), ("list", self.list), ("revoke", self.revoke)):
            cli.command(name)(command)
        return cli

    def create(
        self,
        name: NameOption,
        scope: ScopeOption = Scope.READ,
        repository: RepositoryOption = None,
        expires: ExpiresOption = "90d",
        as_json: JsonOption = False,
    ) -> None:
        """Make a token and print it, this once."""
        secret = PREFIX + secrets.token_urlsafe(32)
        token = self._token(name, secret, scope, repository, expires)
        with _store() as connection:
            if not add_token(connection, token):
                raise Refused(f"--name: there is a token {name!r}; `mayfly token revoke {name}` ends it")
        if as_json:
            sys.stdout.write(json.dumps({**self._report(token), "token": secret}) + "\n")
            return
        sys.stderr.write(f"Token {name}, good until {stamp(token.expires_at)}. It is shown this once:\n")
        sys.stdout.write(f"{secret}\n")

    def _token(self, name: str, secret: str, scope: Scope, repository: str | None, expires: str) -> Token:
        if not _NAME.fullmatch(name):
            raise Refused(f"--name: {name!r} is no name; write it like ci or ci.shop, with 64 characters at most")
        if repository is not None and not _REPOSITORY.fullmatch(repository):
            raise Refused(f"--repository: {repository!r} is no repository; write it like acme/shop")
        now = self.clock()
        try:
            until = now + parse_span(expires)
        except (ValueError, OverflowError) as error:
            raise Refused(f"--expires: {error}") from None
        return Token(name, digest(secret), scope, repository, now, until)

    def list(self, as_json: JsonOption = False) -> None:
        """List the tokens that there are and were; their secrets are known to nobody here."""
        with _store() as connection:
            told = [self._report(token) for token in list_tokens(connection)]
        if as_json:
            sys.stdout.write(json.dumps({"tokens": told}, indent=2) + "\n")
        elif told:
            table = Table("Name", "State", "Scope", "Repository", "Created", "Expires", box=None, pad_edge=False)
            for each in told:
                cells = ("name", "state", "scope", "repository", "created_at", "expires_at")
                table.add_row(*(escape(each[cell] or "all") for cell in cells))
            Console().print(table)
        else:
            sys.stdout.write("There are no tokens. `mayfly token create --name ci` makes one.\n")

    def revoke(self, name: NameArgument, as_json: JsonOption = False) -> None:
        """End a token at once."""
        with _store() as connection:
            if not revoke_token(connection, name, self.clock()):
                raise Missing(f"there is no token {name!r} to revoke; `mayfly token list` lists those there are")
        told = {"name": name, "state": "revoked"}
        sys.stdout.write(f"{json.dumps(told)}\n" if as_json else f"{name}: it is revoked, from the next request on.\n")

    def _report(self, token: Token) -> dict[str, Any]:
        return {
            "name": token.name,
            "state": token.standing(self.clock()),
            "scope": token.scope.value,
            "repository": token.repository,
            "created_at": stamp(token.created_at),
            "expires_at": stamp(token.expires_at),
            "revoked_at": stamp(token.revoked_at),
        }


@contextmanager
def _store() -> Iterator[Connection]:
    database = Database(load_settings().database_url)
    try:
        migrate(database)
        with database.begin() as connection:
            yield connection
    finally:
        database.close()
