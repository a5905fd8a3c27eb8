"""What people do to an environment from the command line: the same marks that they set from Slack and GitHub.

The commands write the mark and leave; whichever worker runs takes it up. So that a refusal is heard at once, the
decision that the worker will come to is made here too, on the same records.
"""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, TypeVar

import typer

from app.cli import EnvironmentArgument, JsonOption, Missing
from app.core.errors import MayflyError
from app.core.lifetime import parse_until
from app.core.mark import Mark, MarkKind
from app.core.span import parse_span
from app.core.steering import Verdict, apply
from app.settings import Settings, load_settings
from app.store.database import Connection, Database
from app.store.environments import find_environment
from app.store.marks import find_facts, set_mark
from app.store.schema import migrate
from app.store.wake import Wakes

ACTOR = "cli"
Value = TypeVar("Value")

SpanArgument = Annotated[str, typer.Argument(metavar="SPAN", help="How much longer: 12h, 2d.")]
UntilOption = Annotated[str, typer.Option("--until", help="A date such as 2026-12-24, or a span such as 7d.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why, for everyone to read.")]
WhyOption = Annotated[str | None, typer.Option("--reason", help="Why, for everyone to read.")]


class Refused(MayflyError):
    """What was asked for cannot be done."""


@dataclass(frozen=True)
class SteeringCommands:
    """The commands; `clock` is the time, which this floor does not read."""

    clock: Callable[[], datetime]

    def all(self) -> dict[str, Callable[..., None]]:
        """Each by its name."""
        return {
            "deploy": self.deploy,
            "destroy": self.destroy,
            "extend": self.extend,
            "keep": self.keep,
            "unkeep": self.unkeep,
        }

    def deploy(self, name: EnvironmentArgument, as_json: JsonOption = False) -> None:
        """Deploy again, also what failed; bring back what was destroyed."""
        self._ask(Mark(MarkKind.DEPLOY, name, ACTOR, self.clock()), as_json=as_json)

    def destroy(self, name: EnvironmentArgument, reason: WhyOption = None, as_json: JsonOption = False) -> None:
        """Destroy; it stays away until it is deployed again or its pull request is reopened."""
        self._ask(Mark(MarkKind.DESTROY, name, ACTOR, self.clock(), reason), as_json=as_json)

    def extend(self, name: EnvironmentArgument, span: SpanArgument, as_json: JsonOption = False) -> None:
        """Let it live longer, up to its greatest age."""
        self._ask(
            Mark(MarkKind.EXTEND, name, ACTOR, self.clock(), span=_read(parse_span, "SPAN", span)), as_json=as_json
        )

    def keep(
        self, name: EnvironmentArgument, until: UntilOption, reason: ReasonOption, as_json: JsonOption = False
    ) -> None:
        """Hold it until a date, past expiry, the reaper and the end of its pull request."""
        now, zone = self.clock(), load_settings().lifetime.span_of_life().zone
        date = _read(lambda text: parse_until(text, now, zone), "--until", until)
        self._ask(Mark(MarkKind.KEEP, name, ACTOR, now, reason, until=date), as_json=as_json)

    def unkeep(self, name: EnvironmentArgument, as_json: JsonOption = False) -> None:
        """End a keep."""
        self._ask(Mark(MarkKind.UNKEEP, name, ACTOR, self.clock()), as_json=as_json)

    def _ask(self, mark: Mark, *, as_json: bool) -> None:
        settings = load_settings()
        database = Database(settings.database_url)
        wakes = Wakes(database)
        try:
            migrate(database)
            with database.begin() as connection:
                verdict = _judge(connection, mark, settings)
                set_mark(connection, wakes, mark)
        finally:
            wakes.close()
            database.close()
        told = {"environment": mark.subject, "asked": mark.kind.value, "reason": verdict.reason}
        sys.stdout.write(f"{json.dumps(told)}\n" if as_json else f"{mark.subject}: {verdict.reason}\n")


def _judge(connection: Connection, mark: Mark, settings: Settings) -> Verdict:
    """What will become of the mark. Raises Missing or Refused where that is nothing."""
    environment = find_environment(connection, mark.subject)
    if environment is None:
        raise Missing(f"there is no environment {mark.subject!r}; `mayfly list --all` lists those there are")
    facts = find_facts(connection, mark.subject)
    verdict = apply(environment, facts, mark, mark.at, settings.lifetime.span_of_life())
    if verdict.is_refused:
        raise Refused(verdict.reason)
    return verdict


def _read(parse: Callable[[str], Value], name: str, text: str) -> Value:
    try:
        return parse(text)
    except ValueError as error:
        raise Refused(f"{name}: {error}") from None
