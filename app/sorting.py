"""Sorting: what a webhook means for us, whichever way it came.

The door, the recovery of what was missed and `mayfly replay` sort alike, so that a delivery means the same whoever
brings it.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from app.core.errors import MayflyError
from app.github.events import Routing, Unroutable, route
from app.store.arrivals import revive
from app.store.database import Connection
from app.store.inbox import (
    IGNORED,
    QUARANTINED,
    RECEIVED,
    Delivery,
    Imprint,
    StoredDelivery,
    find_delivery,
    resort,
)
from app.store.orders import Order, Origin
from app.store.wake import Wakes


class UnknownDelivery(MayflyError):
    """No delivery bears this id."""


class Sorter:
    """Sorts by the server's list of repositories; an empty one lists them all."""

    def __init__(self, repositories: Iterable[str]) -> None:
        self._repositories = frozenset(name.lower() for name in repositories)

    def sort(self, delivery: str, event: str, body: bytes, secret: int, now: datetime) -> Delivery:
        """A webhook as it is kept. Raises NotAnObject where it is none."""
        routing, state = self._route(event, body)
        return Delivery(
            id=delivery,
            event=event,
            body=body,
            imprint=Imprint(hashlib.sha256(body).digest(), secret),
            received_at=now,
            action=routing.action,
            repository=routing.repository,
            pull_request=routing.pull_request,
            source=str(routing.source) if routing.source else None,
            state=state,
            order=_order(delivery, routing, now) if self._lists(routing) else None,
        )

    def _route(self, event: str, body: bytes) -> tuple[Routing, str]:
        try:
            routing = route(event, body)
        except Unroutable:
            return Routing(), QUARANTINED
        return routing, RECEIVED if routing.source and self._lists(routing) else IGNORED

    def _lists(self, routing: Routing) -> bool:
        return not self._repositories or (routing.repository or "").lower() in self._repositories


def _order(delivery: str, routing: Routing, now: datetime) -> Order | None:
    """What a person asked for, if that is what the webhook tells: a comment's own id, or the delivery's, names it."""
    if routing.comment is not None:
        return Order(f"comment:{routing.comment.comment}", Origin.COMMENT, now, routing.comment.content())
    if routing.press is not None:
        return Order(f"check:{delivery}", Origin.CHECK, now, routing.press.content())
    return None


def replay(connection: Connection, wakes: Wakes, sorter: Sorter, delivery_id: str, now: datetime) -> Mapping[str, Any]:
    """Handle a stored delivery again, as it would be sorted today; what was done. Raises UnknownDelivery.

    A pass looks at the world and not at the delivery, so its source is woken even where the body is no longer kept.
    What a comment told Mayfly to do is done once and for all: again only where it never was.
    """
    stored = find_delivery(connection, delivery_id.strip().lower())
    if stored is None:
        raise UnknownDelivery(f"there is no delivery {delivery_id!r}; GitHub lists their ids with the webhook")
    if stored.body is None:
        woken = revive(connection, wakes, stored.id, stored.source if stored.was_for_us else None, None)
        return _told(stored, stored.source, woken, None)
    fresh = sorter.sort(stored.id, stored.event, stored.body, stored.secret, now)
    resort(connection, fresh)
    source = fresh.source if fresh.state == RECEIVED else None
    return _told(stored, fresh.source, revive(connection, wakes, stored.id, source, fresh.order), fresh.order)


def _told(stored: StoredDelivery, source: str | None, woken: Sequence[str], order: Order | None) -> Mapping[str, Any]:
    return {
        "delivery": stored.id,
        "event": stored.event,
        "received_at": stored.received_at.isoformat().replace("+00:00", "Z"),
        "source": source,
        "order": order.id if order else None,
        "woken": list(woken),
        "is_body_kept": stored.body is not None,
    }
