"""Deliveries that GitHub made and that never arrived: noted by the recovery until each was fetched or is lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from app.store.database import Connection, insert_missing
from app.store.tables import deliveries, installation, missed

_PORTION = 500


@dataclass(frozen=True)
class Missed:
    """One of them. `number` is GitHub's for an attempt to deliver it."""

    guid: str
    number: int
    event: str
    delivered_at: datetime


def recovered_until(connection: Connection) -> datetime | None:
    """Up to when GitHub's log was looked through; None where it never was."""
    until: datetime | None = connection.execute(sa.select(installation.c.recovered_until)).scalar_one()
    return until


def note_missed(connection: Connection, sent: Sequence[Missed], until: datetime | None) -> int:
    """Note those of what GitHub sent that are not in the inbox, and up to when its log was looked through; how many."""
    known: set[str] = set()
    for start in range(0, len(sent), _PORTION):
        guids = [each.guid for each in sent[start : start + _PORTION]]
        known.update(connection.execute(sa.select(deliveries.c.id).where(deliveries.c.id.in_(guids))).scalars())
    found = {each.guid: each for each in sent if each.guid not in known}
    for each in found.values():
        row = {
            "guid": each.guid,
            "number": each.number,
            "event": each.event,
            "delivered_at": each.delivered_at,
        }
        connection.execute(insert_missing(connection, missed, row))
    if until is not None:
        connection.execute(installation.update().values(recovered_until=until))
    return len(found)


def list_missed(connection: Connection, most: int) -> Sequence[Missed]:
    """So many of them, the oldest first: what people said is carried out in the order in which they said it."""
    rows = connection.execute(sa.select(missed).order_by(missed.c.delivered_at, missed.c.number).limit(most))
    return [Missed(row.guid, row.number, row.event, row.delivered_at) for row in rows]


def settle_missed(connection: Connection, guid: str) -> None:
    """One was fetched, or is lost for good."""
    connection.execute(missed.delete().where(missed.c.guid == guid))
