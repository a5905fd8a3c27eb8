"""Replies: what whoever gave an order is answered, kept with the order until he has heard it."""

from dataclasses import dataclass
from enum import StrEnum

from app.store.database import Database
from app.store.orders import Order, note_answer


class Kind(StrEnum):
    """How an order ended."""

    DONE = "done"
    REFUSED = "refused"
    FORBIDDEN = "forbidden"
    """By somebody who may not ask for anything."""
    TOLD = "told"


@dataclass(frozen=True)
class Reply:
    """One answer."""

    kind: Kind
    text: str

    def __str__(self) -> str:
        return f"{self.kind.value}: {self.text}"

    @classmethod
    def parse(cls, text: str) -> "Reply":
        """The reply that `str` wrote."""
        kind, _, said = text.partition(": ")
        return cls(Kind(kind), said)


def done(text: str) -> Reply:
    """It was done."""
    return Reply(Kind.DONE, text)


def refused(text: str) -> Reply:
    """It was not done, and why."""
    return Reply(Kind.REFUSED, text)


def forbidden(login: str, repository: str) -> Reply:
    """It was not done, since whoever asked may not."""
    return Reply(Kind.FORBIDDEN, f"{login} has no write access to {repository}.")


def told(text: str) -> Reply:
    """What was asked."""
    return Reply(Kind.TOLD, text)


def noted(database: Database, order: Order, reply: Reply) -> Reply:
    """The reply, once it is noted with its order, of which nothing else is left to be done."""
    with database.begin() as connection:
        note_answer(connection, order.id, str(reply))
    return reply
