"""Orders from a pull request's comments: carried out on its environment, answered by a reaction.

Words come with it where something was asked or refused; to somebody who may ask for nothing they come once in a pull
request, so that nobody can have Mayfly fill it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import Any

from app.core.command import HELP, Command, CommandRefused, Verb, parse_command
from app.core.mark import Mark, MarkKind
from app.core.source import Source, SourceKey
from app.core.trigger import why_untrusted
from app.github.client import GitHub
from app.github.events import ADDRESSED
from app.github.people import Access
from app.github.reactions import DONE, REFUSED, SEEN, Conversation
from app.report import tell_why
from app.store.database import Connection, Database
from app.store.environments import find_environment
from app.store.marks import set_mark
from app.store.orders import Order, note_answer
from app.store.sources import find_source, sources_of
from app.store.wake import Wakes
from workers.acts import Steering
from workers.petition import allows
from workers.ports import Pulls
from workers.reply import Kind, Reply, done, forbidden, noted, refused, told

AccessOf = Callable[[str, str, int | None], Access]
"""Asks what a login, which is to belong to an account, may do in a repository."""

_REACTIONS = {Kind.DONE: DONE, Kind.TOLD: SEEN, Kind.REFUSED: REFUSED, Kind.FORBIDDEN: REFUSED}


@dataclass(frozen=True)
class CommentOrders:
    """Carries out comments."""

    database: Database
    wakes: Wakes
    github: GitHub
    pulls: Pulls
    access: AccessOf
    steering: Steering
    zone: tzinfo

    def carry_out(self, order: Order, now: datetime) -> Reply:
        """Do what a comment says. Raises TransientError or PermanentError where GitHub gives no clear word."""
        said = order.content
        if self.access(said["repository"], said["author"], said["author_id"]) < Access.WRITE:
            return noted(self.database, order, forbidden(said["author"], said["repository"]))
        try:
            command = parse_command(said["line"].removeprefix(ADDRESSED), now, self.zone)
        except CommandRefused as not_understood:
            return noted(self.database, order, refused(str(not_understood)))
        if command.verb is Verb.HELP:
            return noted(self.database, order, told(HELP))
        shown = self._look(said, command)
        with self.database.begin() as connection:
            reply = self._do(connection, order, command, shown)
            note_answer(connection, order.id, str(reply))
        return reply

    def answer(self, order: Order, reply: Reply) -> None:
        """Tell whoever wrote the comment."""
        said = order.content
        conversation = Conversation(self.github, said["repository"], said["pull_request"])
        is_there = conversation.react(said["comment"], _REACTIONS[reply.kind])
        if is_there and reply.kind is not Kind.DONE:
            subject = f"stranger:{said['author']}" if reply.kind is Kind.FORBIDDEN else f"order:{said['comment']}"
            conversation.say_once(subject, reply.text)

    def _look(self, said: Any, command: Command) -> Source | None:
        """The pull request as it is now, where the command is about its head."""
        if command.verb not in (Verb.APPROVE, Verb.DEPLOY, Verb.RETRY):
            return None
        return self.pulls.pull_request(said["repository"], said["pull_request"])

    def _do(self, connection: Connection, order: Order, command: Command, shown: Source | None) -> Reply:
        said = order.content
        key = SourceKey(said["repository"], pull_request=said["pull_request"])
        if command.verb is Verb.APPROVE:
            return self._approve(connection, key, order, command, shown)
        name = environment_of(connection, key)
        is_left_out = shown is not None and shown.is_open and not _is_held_open(connection, key)
        if name is not None and not is_left_out:
            return self.steering.obey(connection, name, command, said["author"], order.received_at)
        if command.verb in (Verb.DEPLOY, Verb.RETRY):
            return self._deploy(connection, key, order, shown)
        if command.verb in (Verb.STATUS, Verb.WHY):
            return told(tell_why(connection, str(key)))
        return refused(f"{key} has no environment.")

    def _deploy(self, connection: Connection, key: SourceKey, order: Order, shown: Source | None) -> Reply:
        """Ask for the first deployment of what the repository's triggers leave out."""
        if shown is None or not shown.is_open:
            return refused(f"{key} is not open.")
        if shown.fork and not _is_approved(connection, shown):
            return refused(why_untrusted(shown))
        mark = Mark(MarkKind.DEPLOY, str(key), order.content["author"], order.received_at)
        set_mark(connection, self.wakes, mark)
        return done(f"{key} is to be deployed.")

    def _approve(
        self, connection: Connection, key: SourceKey, order: Order, command: Command, shown: Source | None
    ) -> Reply:
        mark = Mark(MarkKind.APPROVE, str(key), order.content["author"], order.received_at, commit=command.commit)
        if shown is None or not shown.is_open:
            return refused(f"{key} is not open.")
        if not shown.fork:
            return refused(f"{key} does not come from a fork; it needs no approval.")
        if not allows(mark, shown):
            return refused(f"The head of {key} is {shown.commit[:12]} now; look at it and approve that one.")
        set_mark(connection, self.wakes, replace(mark, commit=shown.commit))
        return done(f"Commit {shown.commit[:12]} of {key} is approved.")


def environment_of(connection: Connection, key: SourceKey) -> str | None:
    """The environment that a source has, or had last; None where another source holds it by now."""
    known = find_source(connection, key)
    if known is None or known[1] is None or find_environment(connection, known[1]) is None:
        return None
    others = any(other.is_open for other in sources_of(connection, known[1]) if other.key != key)
    return None if others and not known[0].is_open else known[1]


def _is_held_open(connection: Connection, key: SourceKey) -> bool:
    """Whether the source keeps an environment alive, as far as we know: one that the triggers leave out does not."""
    known = find_source(connection, key)
    return known is not None and known[0].is_open


def _is_approved(connection: Connection, shown: Source) -> bool:
    known = find_source(connection, shown.key)
    return known is not None and known[0].approved == shown.commit
