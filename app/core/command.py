"""Commands: what people write to Mayfly, in a pull request's comment or in Slack, word for word.

    /mayfly deploy | destroy | status | why | retry | unkeep | help
    /mayfly extend 2d
    /mayfly keep [7d | 2026-12-24] [why]
    /mayfly approve <12 or more hex digits of the head commit>

A command stands alone on its line. What is anything else is refused with one sentence, never guessed at.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum

from app.core.errors import PermanentError
from app.core.lifetime import parse_until
from app.core.mark import MarkKind
from app.core.span import parse_span

USUAL_EXTENSION = timedelta(days=1)
"""What a button gives, which has no room for a span."""
USUAL_KEEP = timedelta(days=7)
SHORTEST_COMMIT = 12
"""Hex digits of an approval; with fewer, somebody could push a commit that begins alike."""

HELP = """\
deploy: deploy the head again, also what failed, and bring back what was destroyed
retry: try again what failed, be it a deployment or a deletion
destroy: delete everything; it stays away until deploy, or until the pull request is reopened
extend 2d: let it live longer, up to its greatest age
keep [7d or 2026-12-24] [why]: hold it past its age and past the closing until then; 7d if nothing is named
unkeep: end a keep
approve <commit>: let this one commit of a fork be deployed; at least 12 digits of it
status: where it stands
why: what was decided and why"""


class Verb(StrEnum):
    """What can be asked for."""

    DEPLOY = "deploy"
    DESTROY = "destroy"
    STATUS = "status"
    WHY = "why"
    RETRY = "retry"
    EXTEND = "extend"
    KEEP = "keep"
    UNKEEP = "unkeep"
    APPROVE = "approve"
    HELP = "help"

    @property
    def kind(self) -> MarkKind | None:
        """The mark that it sets; None for what only asks."""
        return None if self in _QUESTIONS else MarkKind(self.value)


_QUESTIONS = frozenset({Verb.STATUS, Verb.WHY, Verb.HELP})
_COMMIT = re.compile(rf"[0-9a-fA-F]{{{SHORTEST_COMMIT},40}}")


@dataclass(frozen=True)
class Command:
    """One command, as it is meant."""

    verb: Verb
    span: timedelta | None = None
    until: datetime | None = None
    reason: str | None = None
    commit: str | None = None


class CommandRefused(PermanentError):
    """This is no command."""


def parse_command(text: str, now: datetime, zone: tzinfo) -> Command:
    """The command in the words after `/mayfly`. Raises CommandRefused."""
    word, _, rest = text.strip().partition(" ")
    rest = rest.strip()
    try:
        verb = Verb(word)
    except ValueError:
        raise CommandRefused("No such command; `/mayfly help` lists those there are.") from None
    match verb:
        case Verb.EXTEND:
            return Command(verb, span=_span(rest))
        case Verb.KEEP:
            return _keep(rest, now, zone)
        case Verb.APPROVE:
            return Command(verb, commit=_commit(rest))
    if rest:
        raise CommandRefused(f"`/mayfly {verb}` stands alone on its line.")
    return Command(verb)


def _span(text: str) -> timedelta:
    try:
        return parse_span(text)
    except ValueError:
        raise CommandRefused("Write how much longer, like `/mayfly extend 2d`.") from None


def _keep(rest: str, now: datetime, zone: tzinfo) -> Command:
    """A first word that begins with a digit is a date or span; all else is the reason."""
    first, _, reason = rest.partition(" ")
    if not first[:1].isdigit():
        return Command(Verb.KEEP, until=now + USUAL_KEEP, reason=rest or None)
    try:
        return Command(Verb.KEEP, until=parse_until(first, now, zone), reason=reason.strip() or None)
    except ValueError:
        raise CommandRefused("Write until when, like `/mayfly keep 7d` or `/mayfly keep 2026-12-24`.") from None


def _commit(text: str) -> str:
    if not _COMMIT.fullmatch(text):
        raise CommandRefused(f"Name the head commit by at least {SHORTEST_COMMIT} hex digits.")
    return text.lower()
