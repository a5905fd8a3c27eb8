"""The inbox: every webhook that was accepted, kept before it was answered for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
import zstandard

from app.store.database import insert_missing
from app.store.orders import Order
from app.store.tables import deliveries

RECEIVED, HANDLED, IGNORED, QUARANTINED = "received", "handled", "ignored", "quarantined"


@dataclass(frozen=True)
class Delivery:
    """One webhook. `source` is the key that it wakes, None where it concerns nothing of ours; `order` came with it."""

    id: str
    event: str
    body: bytes
    body_sha256: bytes
    secret: int
    received_at: datetime
    action: str | None = None
    repository: str | None = None
    pull_request: int | None = None
    source: str | None = None
    state: str = RECEIVED
    order: Order | None = None


def store_delivery(connection: sa.Connection, delivery: Delivery) -> bool:
    """Keep a delivery; False where its id was kept before, and then nothing is changed."""
    row = {
        "id": delivery.id,
        "event": delivery.event,
        "action": delivery.action,
        "repository": delivery.repository,
        "pull_request": delivery.pull_request,
        "source": delivery.source,
        "received_at": delivery.received_at,
        "body": compress(delivery.body),
        "body_sha256": delivery.body_sha256,
        "secret": delivery.secret,
        "state": delivery.state,
        "attempts": 0,
    }
    added = insert_missing(connection, deliveries, row).returning(deliveries.c.number)
    return connection.execute(added).first() is not None


def body_hash(connection: sa.Connection, delivery_id: str) -> bytes | None:
    """The hash of the body that came first under an id."""
    query = sa.select(deliveries.c.body_sha256).where(deliveries.c.id == delivery_id)
    return connection.execute(query).scalar()


def last_number(connection: sa.Connection) -> int:
    """The number of the newest delivery: what a pass that begins now takes into account."""
    return connection.execute(sa.select(sa.func.max(deliveries.c.number))).scalar() or 0


@dataclass(frozen=True)
class Act:
    """What one delivery says that somebody did."""

    event: str
    action: str | None
    received_at: datetime


def list_unhandled(connection: sa.Connection, source: str, up_to: int) -> Sequence[Act]:
    """What the deliveries about a source say that no pass has looked at yet."""
    columns = (deliveries.c.event, deliveries.c.action, deliveries.c.received_at)
    mine = (deliveries.c.source == source) & (deliveries.c.number <= up_to) & (deliveries.c.state == RECEIVED)
    return [Act(*row) for row in connection.execute(sa.select(*columns).where(mine))]


def mark_handled(connection: sa.Connection, source: str, up_to: int) -> None:
    """Note that a pass has looked at `source` after these deliveries came."""
    mine = (deliveries.c.source == source) & (deliveries.c.number <= up_to) & (deliveries.c.state == RECEIVED)
    connection.execute(deliveries.update().where(mine).values(state=HANDLED, attempts=deliveries.c.attempts + 1))


def count_by_state(connection: sa.Connection) -> dict[str, int]:
    """How many deliveries are in each state."""
    query = sa.select(deliveries.c.state, sa.func.count().label("number")).group_by(deliveries.c.state)
    return {row.state: row.number for row in connection.execute(query)}


def stored_ids(connection: sa.Connection) -> Sequence[str]:
    """The ids of all deliveries, oldest first."""
    return connection.execute(sa.select(deliveries.c.id).order_by(deliveries.c.number)).scalars().all()


def compress(body: bytes) -> bytes:
    """Zstandard at its fastest: a tenth of the size for a hundredth of a millisecond."""
    return zstandard.ZstdCompressor(level=1).compress(body)
