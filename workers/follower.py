"""The follower: one shared watch of each account and region in which something is under way.

One ListStacks answers for every stack that CloudFormation works on, however many there are; where several moved at
once, one DescribeStacks answers for all of them. What it finds becomes tidings, and the environments are woken. A watch
lives only while there is something to watch, and leaves it to events where those have been reliable.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.core.pace import WITH_EVENTS, Running, is_reliable, pace
from app.core.stack import ENDS, ObservedStack, StackRecord, StackStatus
from app.core.tiding import Tiding
from app.store.database import Connection, Database
from app.store.durations import expected_durations
from app.store.environments import stacks_at
from app.store.hearing import find_hearing, note_missed
from app.store.tidings import hear, tidings_of
from app.store.wake import Kind, Wakes
from workers.ports import Cloud

TOGETHER = 3
"""From so many stacks on, that moved at once, they are asked about together."""


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
            heard = tidings_of(connection, [record.id or "" for record in records])
        if not records:
            return None
        now = self.clock()
        found = moved(records, self.cloud.in_progress(account, region), now)
        fresh = [tiding for tiding in found if not _is_known(tiding, heard.get(tiding.stack_id))]
        news = self._ask_together(account, region, fresh)
        with self.database.begin() as connection:
            unchanged = {record.id or "" for record in stacks_at(connection, account, region) if record in records}
            news = [tiding for tiding in news if tiding.stack_id in unchanged]
            self._tell(connection, place, news, heard, now)
            self._wake(connection, records, unchanged & {tiding.stack_id for tiding in found})
            return self._pace(connection, place, records)

    def _ask_together(self, account: str, region: str, news: Sequence[Tiding]) -> Sequence[Tiding]:
        """The same with the whole of each stack that moved; where that would take many calls, as they are."""
        ids = [tiding.stack_id for tiding in news if tiding.status not in _ENDED]
        if len(ids) < TOGETHER:
            return news
        found = self.cloud.describe_together(account, region, ids, most_calls=len(ids) // 2)
        return [_with(tiding, found[tiding.stack_id]) if tiding.stack_id in found else tiding for tiding in news]

    @staticmethod
    def _tell(
        connection: Connection, place: str, news: Sequence[Tiding], heard: dict[str, Tiding], now: datetime
    ) -> None:
        for tiding in news:
            hear(connection, tiding)
        if any(tiding.stack_id not in heard for tiding in news):
            note_missed(connection, place, now)

    def _wake(self, connection: Connection, records: Sequence[StackRecord], ids: set[str]) -> None:
        for environment in sorted({record.environment for record in records if record.id in ids}):
            self.wakes.wake(connection, Kind.ENVIRONMENT, environment)

    def _pace(self, connection: Connection, place: str, records: Sequence[StackRecord]) -> timedelta:
        now = self.clock()
        if is_reliable(find_hearing(connection, place), now):
            return WITH_EVENTS
        expected = expected_durations(connection, records)
        return pace(
            [
                Running(record.started_at, expected.get((record.environment, record.stack, record.operation or "")))
                for record in records
                if record.started_at
            ],
            now,
        )


_ENDED = frozenset(ENDS.values())


def moved(records: Sequence[StackRecord], seen: dict[str, StackStatus], now: datetime) -> list[Tiding]:
    """What the list says of the stacks that are not as recorded: what they are in, or, of one that is no longer under
    way, how that always ends, UNKNOWN where it may end in several ways."""
    return [
        Tiding(record.id, now, seen.get(record.id) or ENDS.get(record.status, StackStatus.UNKNOWN))
        for record in records
        if record.id is not None and seen.get(record.id) is not record.status
    ]


def _is_known(tiding: Tiding, heard: Tiding | None) -> bool:
    return heard is not None and (heard.status is tiding.status or tiding.status is StackStatus.UNKNOWN)


def _with(tiding: Tiding, observed: ObservedStack | None) -> Tiding:
    status = observed.status if observed else StackStatus.DELETE_COMPLETE
    return replace(tiding, status=status, observed=observed)
