"""Orders from a check run's buttons: the same acts as Slack's buttons, of whom GitHub itself names.

Nothing is answered: the check run and the message tell what became of it, and a refusal is noted with the order.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import structlog

from app.github.people import Access
from app.store.database import Connection, Database
from app.store.orders import Order, note_answer
from workers.acts import Act, Asked
from workers.comment_orders import AccessOf
from workers.reply import Reply, forbidden, noted, refused

log = structlog.get_logger()


@dataclass(frozen=True)
class CheckOrders:
    """Carries out presses; `acts` holds what each button does, by its action id."""

    database: Database
    access: AccessOf
    acts: Mapping[str, Act]

    def carry_out(self, order: Order, _now: datetime) -> Reply:
        """Do what the button says. Raises TransientError or PermanentError where GitHub gives no clear word."""
        said = order.content
        act = self.acts.get(said["action"])
        with self.database.read() as connection:
            repositories = act.repositories(connection, said["environment"]) if act else ()
        if act is None or said["repository"] not in repositories:
            return noted(
                self.database, order, refused(f"{said['repository']} has no environment {said['environment']}.")
            )
        if self.access(said["repository"], said["author"], said["author_id"]) < Access.WRITE:
            return noted(self.database, order, forbidden(said["author"], said["repository"]))

        def settle(connection: Connection, reply: Reply) -> None:
            note_answer(connection, order.id, str(reply))

        return act.do(Asked(said["author"], said["environment"], order.received_at), settle)

    def answer(self, order: Order, reply: Reply) -> None:
        """Leave a line in the log; GitHub has no place for an answer to a press."""
        log.info("a check run's button", order=order.id, outcome=reply.kind.value, answer=reply.text)
