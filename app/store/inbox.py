"""The inbox: every webhook that was accepted, kept before it was answered for."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
import zstandard

from app.store.database import insert_missing, storable
from app.store.orders import Order
from app.store.statement import Statement, among, texts
from app.store.tables import deliveries, doubles

_LOCAL = threading.local()

RECEIVED, HANDLED, IGNORED, QUARANTINED = "received", "handled", "ignored", "quarantined"


FETCHED = -1
"""In place of the secret: nobody signed it to us, it was fetched from GitHub afterwards."""


class Imprint(msgspec.Struct, frozen=True):
    """By what a body is known again: its hash, and which of the configured secrets signed it, from 0."""

    sha256: bytes
    secret: int

    def agrees_with(self, other: "Imprint") -> bool:
        """Whether both may be one. GitHub's API tells a payload's content and not its bytes."""
        return self.sha256 == other.sha256 or FETCHED in (self.secret, other.secret)


class Delivery(msgspec.Struct, frozen=True):
    """One webhook. `source` is the key that it wakes, None where it concerns nothing of ours; `order` came with it."""

    id: str
    event: str
    body: bytes
    imprint: Imprint
    received_at: datetime
    action: str | None = None
    repository: str | None = None
    pull_request: int | None = None
    source: str | None = None
    state: str = RECEIVED
    order: Order | None = None


@dataclass(frozen=True)
class StoredDelivery:
    """A webhook as it is kept; `body` is None once that was pruned."""

    id: str
    event: str
    received_at: datetime
    state: str
    source: str | None
    secret: int
    body: bytes | None

    @property
    def was_for_us(self) -> bool:
        """Whether it woke its source when it came."""
        return self.source is not None and self.state in (RECEIVED, HANDLED)


def store_deliveries(connection: sa.Connection, found: Sequence[Delivery]) -> None:
    """Keep deliveries whose ids are not known; one that somebody else keeps at this moment stays as it is."""
    if found:
        bodies = compress([delivery.body for delivery in found])
        _INSERT.run(connection, [_row(*each) for each in zip(found, bodies, strict=True)])


def store_double(connection: sa.Connection, delivery: Delivery) -> None:
    """Keep what came under the id of another aside, for a person to look at; the same one once."""
    row = {
        "delivery": delivery.id,
        "event": delivery.event,
        "received_at": delivery.received_at,
        "body": compress([delivery.body])[0],
        "body_sha256": delivery.imprint.sha256,
        "secret": delivery.imprint.secret,
    }
    connection.execute(insert_missing(connection, doubles, row))


def find_imprints(connection: sa.Connection, ids: Sequence[str]) -> dict[str, Imprint]:
    """By which the deliveries among these ids are known that were kept before."""
    found = _IMPRINTS.run(connection, [{"ids": texts(connection, ids)}])
    return {delivery: Imprint(bytes(sha256), secret) for delivery, sha256, secret in found}


def find_delivery(connection: sa.Connection, delivery_id: str) -> StoredDelivery | None:
    """A delivery as it is kept, or None."""
    row = connection.execute(sa.select(deliveries).where(deliveries.c.id == delivery_id)).one_or_none()
    if row is None:
        return None
    body = None if row.body is None else decompress(row.body)
    return StoredDelivery(row.id, row.event, row.received_at, row.state, row.source, row.secret, body)


def resort(connection: sa.Connection, fresh: Delivery) -> None:
    """Note what a delivery means today; when and as what it came stays as it was."""
    meaning = {
        "action": fresh.action,
        "repository": fresh.repository,
        "pull_request": fresh.pull_request,
        "source": fresh.source,
        "state": fresh.state,
    }
    connection.execute(deliveries.update().where(deliveries.c.id == fresh.id).values(**meaning))


def mark_received(connection: sa.Connection, delivery_id: str) -> None:
    """Note that a delivery waits to be looked at, as if it had just come."""
    connection.execute(deliveries.update().where(deliveries.c.id == delivery_id).values(state=RECEIVED))


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


def decompress(body: bytes) -> bytes:
    """What was compressed."""
    return zstandard.ZstdDecompressor().decompress(body)


def compress(bodies: Sequence[bytes]) -> list[bytes]:
    """Zstandard at its fastest: a tenth of the size for a hundredth of a millisecond. All in one call, since each lets
    the event loop's thread in and waits for its turn again."""
    if not hasattr(_LOCAL, "compressor"):
        _LOCAL.compressor = zstandard.ZstdCompressor(level=1)  # costs as much as a body, and serves one thread
    return [frame.tobytes() for frame in _LOCAL.compressor.multi_compress_to_buffer(bodies)]


_COLUMNS = (
    "id",
    "event",
    "action",
    "repository",
    "pull_request",
    "source",
    "received_at",
    "body",
    "body_sha256",
    "secret",
    "state",
    "attempts",
)


_INSERT = Statement(
    lambda connection: insert_missing(connection, deliveries, {name: sa.bindparam(name) for name in _COLUMNS})
)
_IMPRINTS = Statement(
    lambda connection: sa.select(deliveries.c.id, deliveries.c.body_sha256, deliveries.c.secret).where(
        among(connection, deliveries.c.id, "ids")
    )
)


def _row(delivery: Delivery, body: bytes) -> dict[str, Any]:
    """As the driver takes it."""
    return {
        "id": delivery.id,
        "event": delivery.event,
        "action": storable(delivery.action),
        "repository": delivery.repository,
        "pull_request": delivery.pull_request,
        "source": storable(delivery.source),
        "received_at": delivery.received_at.timestamp(),
        "body": body,
        "body_sha256": delivery.imprint.sha256,
        "secret": delivery.imprint.secret,
        "state": delivery.state,
        "attempts": 0,
    }
