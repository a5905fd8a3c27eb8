"""Upkeep: the hourly round that forgets what is old and mends wake-ups that were lost.

One transaction is one portion of one rule. A pass does a bounded number of them and leaves the rest to the next, which
then comes soon, so that neither the database nor the engine's threads are held up by years of history.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from app.store.database import Database
from app.store.retention import RULES, Rule
from app.store.wake import Wakes

ROUND = "all"
"""The one key of upkeep: however many processes there are, one round goes on at a time."""
EVERY = timedelta(hours=1)
SOON = timedelta(seconds=10)
"""When to go on where a pass left something."""
PORTION = 200
MOST_PORTIONS = 20
"""So many of each rule in one pass."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Upkeep:
    """One pass for all."""

    database: Database
    wakes: Wakes
    clock: Callable[[], datetime]
    rules: Mapping[str, Rule] = field(default_factory=lambda: RULES)
    portion: int = PORTION

    def __call__(self, _key: str) -> timedelta | None:
        """One round by itself."""
        forgotten = {name: self._forget(rule) for name, rule in self.rules.items()}
        slots = self.wakes.forget_slots(self.database)
        mended = self.wakes.heal(self.database)
        if mended:
            log.warning("woke keys afresh whose passes were lost", keys=mended)
        if slots or any(forgotten.values()):
            log.info("forgot what is old", slots=slots, **forgotten)
        return SOON if max(forgotten.values(), default=0) >= MOST_PORTIONS * self.portion else EVERY

    def _forget(self, rule: Rule) -> int:
        """Portion after portion, until one is not full or there were enough; how much was forgotten."""
        forgotten = 0
        for _ in range(MOST_PORTIONS):
            with self.database.begin() as connection:
                portion = rule(connection, self.clock(), self.portion)
            forgotten += portion
            if portion < self.portion:
                break
        return forgotten
