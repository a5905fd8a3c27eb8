"""Orders: what people typed or clicked, kept before it is answered. Written by the doors, carried out by the clerk.

A door only makes sure that an order is genuine; who may give it is asked of GitHub later, when it is carried out.
What an order holds is said where it is made: `app.github.events.Comment`, `app.slack.gestures`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from app.core.errors import TransientError
from app.store.database import Connection, insert_missing
from app.store.tables import orders

SAME_GESTURE = timedelta(seconds=5)
"""Two equal clicks so close to each other are one, also where the first was carried out in between."""


class Origin(StrEnum):
    """Where an order was given."""

    COMMENT = "comment"
    SLACK_COMMAND = "slack-command"
    SLACK_CLICK = "slack-click"
    CHECK = "check"
    INTAKE = "intake"


@dataclass(frozen=True)
class Order:
    """One order. `id` is equal for a repeat of the same one; `content` is what its origin said, bounded by the door.

    `gesture` is equal for clicks that mean the same: Slack repeats none, people click again instead.
    """

    id: str
    origin: Origin
    received_at: datetime
    content: Mapping[str, Any] = field(default_factory=dict)
    gesture: str | None = None
    answer: str | None = None


def add_order(connection: Connection, order: Order) -> bool:
    """Keep an order; False where it is not to be carried out, since the same one was kept before.

    Of a click that means the same as another the id alone is kept, so that it cannot be sent once more later.
    """
    row = {
        "id": order.id,
        "origin": order.origin.value,
        "content": dict(order.content),
        "gesture": order.gesture,
        "received_at": order.received_at,
    }
    if not _has_twin(connection, order) and _insert(connection, row):
        return True
    if order.gesture is not None:
        _insert(connection, {**row, "settled_at": order.received_at, "answer": "clicked again"})
    return False


def knows_order(connection: Connection, order_id: str) -> bool:
    """Whether this very order was given before."""
    return connection.execute(sa.select(orders.c.id).where(orders.c.id == order_id)).first() is not None


def _insert(connection: Connection, row: Mapping[str, Any]) -> bool:
    added = insert_missing(connection, orders, dict(row)).returning(orders.c.id)
    return connection.execute(added).first() is not None


def _has_twin(connection: Connection, order: Order) -> bool:
    """Whether the same click came a moment ago, or waits to be carried out."""
    if order.gesture is None:
        return False
    lately = orders.c.received_at > order.received_at - SAME_GESTURE
    same = (orders.c.gesture == order.gesture) & (lately | orders.c.settled_at.is_(None))
    return connection.execute(sa.select(orders.c.id).where(same).limit(1)).first() is not None


def find_order(connection: Connection, order_id: str) -> Order | None:
    """An order that is not settled yet, with its answer where it was carried out; None where there is none."""
    query = sa.select(orders).where(orders.c.id == order_id, orders.c.settled_at.is_(None))
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    return Order(row.id, Origin(row.origin), row.received_at, row.content, row.gesture, row.answer)


class OrderAnswered(TransientError):
    """Another pass has carried this order out meanwhile."""


def note_answer(connection: Connection, order_id: str, answer: str) -> None:
    """Note that an order was carried out or refused, and what is to be answered. It is carried out once: where that was
    noted before, it raises OrderAnswered, and with it everything that the transaction did is undone."""
    unanswered = (orders.c.id == order_id) & orders.c.answer.is_(None) & orders.c.settled_at.is_(None)
    if connection.execute(orders.update().where(unanswered).values(answer=answer)).rowcount != 1:
        raise OrderAnswered


def settle_order(connection: Connection, order_id: str, answer: str, now: datetime) -> None:
    """Note that whoever gave an order was answered, as far as that was possible, and what."""
    connection.execute(orders.update().where(orders.c.id == order_id).values(answer=answer, settled_at=now))
