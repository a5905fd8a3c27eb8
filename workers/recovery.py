"""The recovery: fetches what GitHub sent and nobody took in, while the doors were down or the network was.

A pass reads GitHub's log back to where the one before stopped, notes what is not in the inbox, and fetches it, the
oldest first, through the same path as the door. Each that was fetched is kept in the transaction that strikes it off,
so a pass that is cut short loses nothing and does nothing twice. What GitHub never sent at all is healed by resync.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from app.github.deliveries import DeliveryLog
from app.github.events import NotAnObject
from app.sorting import Sorter
from app.store.arrivals import keep_arrivals
from app.store.database import Database
from app.store.inbox import FETCHED
from app.store.missed import Missed, list_missed, note_missed, recovered_until, settle_missed
from app.store.wake import Wakes

ROUND = "all"
"""The one key of its passes."""
EVERY = timedelta(minutes=5)
SOON = timedelta(seconds=1)
"""When to go on where a pass left something."""
AT_ONCE = 50
"""So many payloads in one pass; each is a request."""
OVERLAP = timedelta(minutes=10)
"""How late a delivery may appear in GitHub's log."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Recovery:
    """One pass for all; without an App there is no log, and `sent` is None."""

    database: Database
    wakes: Wakes
    sent: DeliveryLog | None
    sorter: Sorter
    clock: Callable[[], datetime]

    def __call__(self, _key: str) -> timedelta | None:
        """Look once. Raises TransientError where GitHub does not answer or wants to be left alone for a while."""
        if self.sent is None:
            log.info("missed deliveries cannot be fetched without a GitHub App; set MAYFLY_GITHUB__APP_ID and its key")
            return None
        self._look(self.sent)
        return SOON if self._fetch(self.sent) else EVERY

    def _look(self, sent: DeliveryLog) -> None:
        with self.database.read() as connection:
            until = recovered_until(connection)
        found = [
            Missed(each.guid, each.number, each.event, each.delivered_at)
            for each in sent.since(until - OVERLAP if until else None)
        ]
        newest = max((each.delivered_at for each in found), default=until)
        with self.database.begin() as connection:
            missing = note_missed(connection, found, newest)
        if missing:
            log.warning("deliveries never arrived; they are fetched now", count=missing)

    def _fetch(self, sent: DeliveryLog) -> bool:
        """Fetch as much as one pass may; whether there is more."""
        with self.database.read() as connection:
            waiting = list_missed(connection, AT_ONCE + 1)
        for each in waiting[:AT_ONCE]:
            self._take_in(each, sent.payload(each.number))
        return len(waiting) > AT_ONCE

    def _take_in(self, each: Missed, payload: bytes | None) -> None:
        try:
            arrived = (
                [] if payload is None else [self.sorter.sort(each.guid, each.event, payload, FETCHED, self.clock())]
            )
        except NotAnObject:
            arrived = []
        with self.database.begin() as connection:
            kept = keep_arrivals(connection, self.wakes, arrived)
            settle_missed(connection, each.guid)
        if kept:
            log.info("delivery fetched", delivery=each.guid, type=each.event, outcome=kept[0].value)
        else:
            log.warning("a delivery is lost: GitHub has its payload no longer", delivery=each.guid, type=each.event)
