"""Orders: what people typed or clicked, kept before it is answered. Written by the doors, carried out by the clerk.

A door only makes sure that an order is genuine; who may give it is asked of GitHub later, when it is carried out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from app.store.database import Connection, insert_missing
from app.store.tables import orders


class Origin(StrEnum):
    """Where an order was given."""

    COMMENT = "comment"
    SLACK_COMMAND = "slack-command"
    SLACK_CLICK = "slack-click"


@dataclass(frozen=True)
class Order:
    """One order. `id` is equal for a repeat of the same one; `content` is what its origin said, bounded by the door."""

    id: str
    origin: Origin
    received_at: datetime
    content: Mapping[str, Any] = field(default_factory=dict)


def add_order(connection: Connection, order: Order) -> bool:
    """Keep an order; False where the same one was kept before."""
    row = {"id": order.id, "origin": order.origin.value, "received_at": order.received_at}
    missing = insert_missing(connection, orders, {**row, "content": dict(order.content)})
    return connection.execute(missing.returning(orders.c.id)).first() is not None


def find_order(connection: Connection, order_id: str) -> Order | None:
    """An order that was not carried out yet; None where it was, or there is none."""
    query = sa.select(orders).where(orders.c.id == order_id, orders.c.settled_at.is_(None))
    row = connection.execute(query).one_or_none()
    return Order(row.id, Origin(row.origin), row.received_at, row.content) if row is not None else None


def settle_order(connection: Connection, order_id: str, answer: str, now: datetime) -> None:
    """Note that an order was carried out or refused, and what was answered."""
    connection.execute(orders.update().where(orders.c.id == order_id).values(answer=answer, settled_at=now))
