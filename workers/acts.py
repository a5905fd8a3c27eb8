"""Acts: what a click or a command does, once it is known who asks.

A button carries an action id, by which its act is found in one table (`Clerk.acts`), and a value, a key of ours. An act
names the repositories on one of which whoever asks must be allowed to write, and does its work in a transaction in
which it also says what became of it, so that an order is carried out once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from app.core.announcement import Offer
from app.core.command import USUAL_EXTENSION, USUAL_KEEP, Command, Verb
from app.core.lifetime import Lifetime
from app.core.mark import Mark
from app.core.steering import apply
from app.report import tell_standing, tell_why
from app.slack.buttons import CONFIRM_RESYNC, PREFIX
from app.store.database import Connection, Database
from app.store.environments import find_environment, touch_activity
from app.store.marks import find_facts, set_mark
from app.store.sightings import list_sightings
from app.store.sources import sources_of
from app.store.wake import Kind, Wakes
from workers.reply import Reply, done, refused, told
from workers.resync import Resync

Settle = Callable[[Connection, Reply], None]
"""Notes in a transaction that the order is carried out, and what is answered."""


@dataclass(frozen=True)
class Asked:
    """One order of a person who is known: the GitHub login, the button's value and the moment."""

    login: str
    value: str
    at: datetime


class Act(Protocol):
    """What one action id does."""

    def repositories(self, connection: Connection, value: str) -> Sequence[str]:
        """Where whoever asks must be allowed to write, in one of them; empty where `value` names nothing."""

    def do(self, asked: Asked, settle: Settle) -> Reply:
        """Do it, and say what became of it. Calls `settle` once, in the transaction that changes something."""


@dataclass(frozen=True)
class Steering:
    """Sets the marks of environments, and answers what is asked about them."""

    database: Database
    wakes: Wakes
    lifetime: Lifetime

    def obey(self, connection: Connection, name: str, command: Command, login: str, at: datetime) -> Reply:
        """Do what a command says of one environment, in the caller's transaction."""
        environment = find_environment(connection, name, lock=True)
        if environment is None:
            return refused(f"There is no environment {name[:80]}.")
        touch_activity(connection, name, at)
        if command.verb.kind is None:
            self.wakes.wake(connection, Kind.ENVIRONMENT, name)
            return told(tell_why(connection, name) if command.verb is Verb.WHY else tell_standing(environment))
        mark = Mark(command.verb.kind, name, login, at, command.reason, command.span, command.until, command.commit)
        verdict = apply(environment, find_facts(connection, name), mark, at, self.lifetime)
        if verdict.is_refused:
            return refused(verdict.reason)
        set_mark(connection, self.wakes, mark)
        return done(f"{name}: {verdict.reason}")


@dataclass(frozen=True)
class Button:
    """A button under an environment's message; its value is the environment's name."""

    steering: Steering
    verb: Verb

    def repositories(self, connection: Connection, value: str) -> Sequence[str]:
        """The environment's own, and those that share it."""
        return repositories_of(connection, value)

    def do(self, asked: Asked, settle: Settle) -> Reply:
        """What the button says, as a command without further words."""
        span = USUAL_EXTENSION if self.verb is Verb.EXTEND else None
        until = asked.at + USUAL_KEEP if self.verb is Verb.KEEP else None
        command = Command(self.verb, span=span, until=until)
        with self.steering.database.begin() as connection:
            reply = self.steering.obey(connection, asked.value, command, asked.login, asked.at)
            settle(connection, reply)
        return reply


def repositories_of(connection: Connection, name: str) -> tuple[str, ...]:
    """Where somebody must have rights for what he asks of an environment: in one of the repositories it stands for."""
    environment = find_environment(connection, name)
    if environment is None:
        return ()
    open_sources = (source.repository for source in sources_of(connection, name) if source.is_open)
    return tuple(dict.fromkeys((environment.repository, *open_sources)))


@dataclass(frozen=True)
class ConfirmResync:
    """`mayfly resync --confirm`: a round that lets go what the breaker holds.

    Whoever may write to one of the repositories concerned answers for it. The round looks at everything anew, so a
    click that comes late lets go only what is still closed then.
    """

    database: Database
    resync: Resync

    def repositories(self, connection: Connection, _value: str) -> Sequence[str]:
        """Those of the sources that look closed."""
        return tuple(dict.fromkeys(sighting.source.repository for sighting in list_sightings(connection)))

    def do(self, asked: Asked, settle: Settle) -> Reply:
        """The round; once more, should the process die before it is noted, it finds nothing left to let go."""
        found = self.resync.look(is_confirmed=True)
        self.resync.apply(found, asked.login)
        gone = ", ".join(str(source) for source in found.closings.due) or "nothing"
        reply = done(f"Resync lets go of {gone}.")
        with self.database.begin() as connection:
            settle(connection, reply)
        return reply


def usual_acts(steering: Steering, resync: Resync) -> dict[str, Act]:
    """What each button of ours does, by its action id."""
    verbs = {
        Offer.EXTEND: Verb.EXTEND,
        Offer.KEEP: Verb.KEEP,
        Offer.REDEPLOY: Verb.DEPLOY,
        Offer.DESTROY: Verb.DESTROY,
        Offer.WHY: Verb.WHY,
    }
    buttons: dict[str, Act] = {f"{PREFIX}{offer.value}": Button(steering, verb) for offer, verb in verbs.items()}
    return {**buttons, CONFIRM_RESYNC: ConfirmResync(steering.database, resync)}
