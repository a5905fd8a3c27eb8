"""Arrivals: what came in through whichever door, kept together with the wake-ups that it gives rise to.

The webhook's door, Slack's and the recovery of what was missed all take this way, so that one delivery is one row and
one comment one order, whoever brought them and however often. Everything happens in the caller's transaction.
"""

from collections.abc import Sequence
from enum import Enum

import structlog

from app.store.database import Connection
from app.store.inbox import (
    RECEIVED,
    Delivery,
    Imprint,
    find_imprints,
    mark_received,
    store_deliveries,
    store_double,
)
from app.store.orders import Order, add_order, find_order, knows_order
from app.store.passes import Kind
from app.store.wake import Wakes

Keys = set[tuple[Kind, str]]

log = structlog.get_logger()


class Kept(Enum):
    """What became of an arrival."""

    STORED = "stored"
    REPEATED = "repeated"
    CONFLICTING = "conflicting"
    NOT_STORED = "not stored"


def keep_arrivals(connection: Connection, wakes: Wakes, items: Sequence[Delivery | Order]) -> list[Kept]:
    """Keep them and wake whom they concern, each key once; what became of each, in their order."""
    known = find_imprints(connection, [item.id for item in items if isinstance(item, Delivery)])
    fresh: list[Delivery] = []
    keys: Keys = set()
    kept = [
        _keep_order(connection, item, keys) if isinstance(item, Order) else _sort_out(connection, item, known, fresh)
        for item in items
    ]
    store_deliveries(connection, fresh)
    for delivery in fresh:
        if delivery.state == RECEIVED and delivery.source:
            keys.add((Kind.SOURCE, delivery.source))
        if delivery.order is not None:
            _keep_order(connection, delivery.order, keys)
    if keys:
        wakes.wake_all(connection, keys)
    return kept


def revive(
    connection: Connection, wakes: Wakes, delivery_id: str, source: str | None, order: Order | None
) -> list[str]:
    """Have a delivery that was kept handled again; the keys that were woken, each with its kind.

    An order that was carried out or refused stays so.
    """
    keys: Keys = set()
    if source is not None:
        mark_received(connection, delivery_id)
        keys.add((Kind.SOURCE, source))
    if order is not None:
        _keep_order(connection, order, keys)
        if find_order(connection, order.id) is not None:
            keys.add((Kind.ORDER, order.id))
    for kind, key in sorted(keys):
        wakes.wake(connection, kind, key)
    return [f"{kind} {key}" for kind, key in sorted(keys)]


def _sort_out(connection: Connection, item: Delivery, known: dict[str, Imprint], fresh: list[Delivery]) -> Kept:
    """Whether it is new, the same again, or another under the same id: then the first one stands."""
    first = known.setdefault(item.id, item.imprint)
    if first is item.imprint:
        fresh.append(item)
        return Kept.STORED
    if first.agrees_with(item.imprint):
        return Kept.REPEATED
    store_double(connection, item)
    log.warning("a delivery came again with another body; the first one stands", delivery=item.id)
    return Kept.CONFLICTING


def _keep_order(connection: Connection, order: Order, keys: Keys) -> Kept:
    if knows_order(connection, order.id):
        return Kept.REPEATED
    if add_order(connection, order):
        keys.add((Kind.ORDER, order.id))
    return Kept.STORED
