"""Requests for a ticket: one comment to a pull request that names none, where its repository's file wants one.

Intake leaves the request as an order, so that it is written once and no look at a source waits for it.
"""

from dataclasses import dataclass
from datetime import datetime

from app.core.source import SourceKey
from app.github.client import GitHub
from app.github.reactions import Conversation
from app.repository_file import FILE_NAME
from app.store.database import Connection, Database
from app.store.orders import Order, Origin, add_order, note_answer
from app.store.wake import Kind, Wakes
from workers.reply import Reply, told

TEXT = (
    f"This pull request names no ticket in its branch, title or body, and {FILE_NAME} wants one. "
    "Put it into the title, and the environment appears."
)


def request_ticket(connection: Connection, wakes: Wakes, key: SourceKey, now: datetime) -> None:
    """Have a pull request asked for its ticket, once."""
    content = {"repository": key.repository, "pull_request": key.pull_request}
    order = Order(f"ticket:{key}", Origin.INTAKE, now, content)
    if add_order(connection, order):
        wakes.wake(connection, Kind.ORDER, order.id)


@dataclass(frozen=True)
class TicketRequests:
    """Asks for tickets."""

    database: Database
    github: GitHub

    def carry_out(self, order: Order, _now: datetime) -> Reply:
        """There is nothing to be done but to ask."""
        reply = told(TEXT)
        with self.database.begin() as connection:
            note_answer(connection, order.id, str(reply))
        return reply

    def answer(self, order: Order, reply: Reply) -> None:
        """Ask."""
        said = order.content
        Conversation(self.github, said["repository"], said["pull_request"]).say_once("ticket", reply.text)
