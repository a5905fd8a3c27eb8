"""The follower: one shared watch of each account and region in which something is under way.

One ListStacks answers for every stack that CloudFormation works on, however many there are; an environment is woken
when one of its stacks moved. A watch lives only while there is something to watch.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.stack import StackRecord
from app.store.database import Database
from app.store.environments import stacks_at
from app.store.wake import Kind, Wakes
from workers.ports import Cloud

QUICKEST = timedelta(seconds=1)
SLOWEST = timedelta(seconds=3)


@dataclass(frozen=True)
class Follower:
    """One pass per `account/region`."""

    database: Database
    wakes: Wakes
    cloud: Cloud
    clock: Callable[[], datetime]

    def __call__(self, place: str) -> timedelta | None:
        """Look once. Raises TransientError where CloudFormation does not answer."""
        account, _, region = place.partition("/")
        with self.database.read() as connection:
            records = stacks_at(connection, account, region)
        if not records:
            return None
        seen = self.cloud.in_progress(account, region)
        moved = {record.environment for record in records if seen.get(record.id or "") is not record.status}
        with self.database.begin() as connection:
            for environment in sorted(moved):
                self.wakes.wake(connection, Kind.ENVIRONMENT, environment)
        return pace(records, self.clock())


def pace(records: Iterable[StackRecord], now: datetime) -> timedelta:
    """How soon to look again: a fiftieth of the time that the youngest operation has taken, within bounds."""
    ages = [now - record.started_at for record in records if record.started_at]
    return min(max(min(ages, default=QUICKEST) / 50, QUICKEST), SLOWEST)
