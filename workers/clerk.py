"""The clerk: carries out what people typed and clicked, once each, and answers whoever asked.

    who      a comment's author is whom GitHub names; a Slack user is mapped to a GitHub login
    may      access to the repository, asked of GitHub at that moment; without a clear word: no
    do       a mark is set, or a question answered, in one transaction with the note of the answer
    answer   a comment gets a reaction, and words where they are needed; in Slack one person is told alone

A process that dies between the third and the fourth answers later and does nothing twice. While GitHub does not answer
an order waits, but no longer than PATIENCE: what is carried out late surprises people.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from app.core.errors import PermanentError, TransientError
from app.store.database import Database
from app.store.orders import Order, OrderAnswered, Origin, find_order, settle_order
from workers.reply import Reply, noted, refused

PATIENCE = timedelta(minutes=10)
"""How long an order waits for a service that does not answer before it is refused."""
PATIENCE_TO_ANSWER = timedelta(hours=6)
UNHEARD = "Nobody could be asked whether you may do that, so nothing was done. Say it again later."

log = structlog.get_logger()


class Office(Protocol):
    """Where the orders of one origin are dealt with."""

    def carry_out(self, order: Order, now: datetime) -> Reply:
        """Do it and note the answer, in one transaction."""

    def answer(self, order: Order, reply: Reply) -> None:
        """Tell whoever gave the order."""


@dataclass(frozen=True)
class Clerk:
    """One pass per order."""

    database: Database
    offices: Mapping[Origin, Office]
    clock: Callable[[], datetime]

    def __call__(self, order_id: str) -> timedelta | None:
        """Carry an order out, then answer. Raises TransientError where that is to be tried again."""
        with self.database.read() as connection:
            order = find_order(connection, order_id)
        if order is None:
            return None
        reply = Reply.parse(order.answer) if order.answer else self._carry_out(order)
        self._answer(order, reply)
        with self.database.begin() as connection:
            settle_order(connection, order.id, str(reply), self.clock())
        log.info("order settled", origin=order.origin.value, outcome=reply.kind.value)
        return None

    def _carry_out(self, order: Order) -> Reply:
        """What became of it; refused where it cannot be known whether it may be done."""
        now = self.clock()
        try:
            return self.offices[order.origin].carry_out(order, now)
        except OrderAnswered:
            raise
        except TransientError:
            if now - order.received_at < PATIENCE:
                raise
        except PermanentError as fault:
            log.warning("an order could not be judged", order=order.id, reason=str(fault))
        return noted(self.database, order, refused(UNHEARD))

    def _answer(self, order: Order, reply: Reply) -> None:
        try:
            self.offices[order.origin].answer(order, reply)
        except TransientError:
            if self.clock() - order.received_at < PATIENCE_TO_ANSWER:
                raise
            log.warning("an answer was given up", order=order.id)
        except PermanentError as fault:
            log.warning("an answer was refused", order=order.id, reason=str(fault))
