"""Orders from Slack: buttons and slash commands of people who are mapped to a GitHub login and may do it there.

    /mayfly list | show ENV | why ENV | destroy ENV | extend ENV 2d | keep ENV [7d] [why]

`list`, `show` and `why` want read access to the environment's repository, all else write access. What is answered only
whoever asked can see.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from app.core.command import Command, CommandRefused, Verb, parse_command
from app.github.people import Access
from app.report import tell_standing
from app.slack.replies import reply as tell_person
from app.store.database import Connection, Database
from app.store.environments import list_environments
from app.store.orders import Order, Origin, note_answer
from app.store.sources import authors_of
from workers.acts import Act, Asked, Steering, repositories_of
from workers.comment_orders import AccessOf
from workers.people import People
from workers.reply import Reply, noted, refused, told

HELP = """\
/mayfly list: the environments there are
/mayfly show ENV: where one stands
/mayfly why ENV: what was decided about it and why
/mayfly extend ENV 2d: let it live longer, up to its greatest age
/mayfly keep ENV [7d or 2026-12-24] [why]: hold it past its age and the closing of its pull request
/mayfly destroy ENV: delete everything; it stays away until somebody deploys it again"""
NOT_MAPPED = (
    "Mayfly does not know who you are on GitHub. Ask for an entry in MAYFLY_SLACK__USERS, or show the same e-mail "
    "address in your GitHub profile as in Slack."
)
MOST_LISTED = 30

_VERBS = {"show": Verb.STATUS, "why": Verb.WHY, "destroy": Verb.DESTROY, "extend": Verb.EXTEND, "keep": Verb.KEEP}
_READING = frozenset({Verb.STATUS, Verb.WHY})


@dataclass(frozen=True)
class SlackOrders:
    """Carries out clicks and slash commands; `acts` holds what each button does, by its action id."""

    database: Database
    people: People
    access: AccessOf
    steering: Steering
    zone: tzinfo
    api_url: str
    acts: Mapping[str, Act] = field(default_factory=dict)

    def carry_out(self, order: Order, now: datetime) -> Reply:
        """Do what somebody clicked or typed. Raises TransientError or PermanentError where nobody gives a clear word
        of who that is or what he may."""
        if order.origin is Origin.SLACK_CLICK:
            return self._click(order)
        return self._type(order, now)

    def answer(self, order: Order, reply: Reply) -> None:
        """Tell whoever asked, and nobody else."""
        address = order.content.get("response_url")
        if address:
            tell_person(address, reply.text, self.api_url)

    def _click(self, order: Order) -> Reply:
        act, value = self.acts.get(order.content["action"]), order.content["value"] or ""
        if act is None:
            return noted(self.database, order, refused("This button does nothing any more."))
        with self.database.read() as connection:
            repositories = act.repositories(connection, value)
        login = self._who(order, repositories)
        if isinstance(login, Reply):
            return noted(self.database, order, login)
        if not self._may(login, repositories, Access.WRITE):
            return noted(self.database, order, _not_permitted(login, repositories))

        def settle(connection: Connection, reply: Reply) -> None:
            note_answer(connection, order.id, str(reply))

        return act.do(Asked(login, value, order.received_at), settle)

    def _type(self, order: Order, now: datetime) -> Reply:
        word, _, rest = order.content["text"].strip().partition(" ")
        name, _, rest = rest.strip().partition(" ")
        if word == "list" and not name:
            return noted(self.database, order, self._list(order))
        if word not in _VERBS or not name:
            return noted(self.database, order, told(HELP))
        try:
            command = parse_command(f"{_VERBS[word]} {rest}", now, self.zone)
        except CommandRefused as not_understood:
            return noted(self.database, order, refused(str(not_understood)))
        return self._command(order, command, name)

    def _command(self, order: Order, command: Command, name: str) -> Reply:
        with self.database.read() as connection:
            repositories = repositories_of(connection, name)
        login = self._who(order, repositories)
        if isinstance(login, Reply):
            return noted(self.database, order, login)
        if not self._may(login, repositories, Access.READ if command.verb in _READING else Access.WRITE):
            return noted(self.database, order, _not_permitted(login, repositories))
        with self.database.begin() as connection:
            reply = self.steering.obey(connection, name, command, login, order.received_at)
            note_answer(connection, order.id, str(reply))
        return reply

    def _list(self, order: Order) -> Reply:
        """The environments of the repositories that whoever asks can read."""
        with self.database.read() as connection:
            environments = list_environments(connection)
        repositories = tuple(dict.fromkeys(each.repository for each in environments))
        login = self._who(order, repositories) if repositories else ""
        if isinstance(login, Reply):
            return login
        readable = [name for name in repositories if self.access(name, login, None) >= Access.READ]
        lines = [tell_standing(each) for each in environments if each.repository in readable]
        more = f"\nand {len(lines) - MOST_LISTED} more" if len(lines) > MOST_LISTED else ""
        return told("\n".join(lines[:MOST_LISTED]) + more if lines else "There are no environments.")

    def _who(self, order: Order, repositories: Sequence[str]) -> str | Reply:
        """The GitHub login of whoever asks, or what he is told where that is unknown."""
        if not repositories:
            return refused("There is no such environment any more.")
        with self.database.read() as connection:
            candidates = authors_of(connection, repositories)
        return self.people.login(order.content["user"], repositories[0], candidates) or refused(NOT_MAPPED)

    def _may(self, login: str, repositories: Sequence[str], least: Access) -> bool:
        return any(self.access(name, login, None) >= least for name in repositories)


def _not_permitted(login: str, repositories: Sequence[str]) -> Reply:
    return refused(f"{login} has no right to do that in {' or '.join(repositories)}.")
