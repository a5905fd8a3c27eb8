"""Figures: how the house is doing, as one line of the log every few minutes and one sample every hour.

Where nobody scrapes `/metrics`, the log is all there is: the alarms of `infra/mayfly.yaml` read their figures from
this line, and its absence says that no worker is alive.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from app.store.census import take_census
from app.store.database import Database
from app.store.samples import last_sampled_at, save_sample, take_sample

ROUND = "all"
EVERY = timedelta(minutes=5)
SAMPLED_EVERY = timedelta(hours=1)

log = structlog.get_logger()


@dataclass(frozen=True)
class Figures:
    """One pass for all."""

    database: Database
    clock: Callable[[], datetime]

    def __call__(self, _key: str) -> timedelta | None:
        """Count, say and keep."""
        now = self.clock()
        with self.database.read() as connection:
            census = take_census(connection, now)
            last = last_sampled_at(connection)
        log.info(
            "figures",
            oldest_unhandled_seconds=round(census.oldest_unhandled.total_seconds()),
            failing_keys=sum(census.failing.values()),
            waiting_passes=sum(census.waiting.values()),
            quarantined=census.deliveries["quarantined"],
            environments={phase: number for phase, number in census.environments.items() if number},
        )
        if last is None or now - last >= SAMPLED_EVERY:
            self._sample(now)
        return EVERY

    def _sample(self, now: datetime) -> None:
        with self.database.begin() as connection:
            save_sample(connection, take_sample(connection, now))
