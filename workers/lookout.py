"""The lookout: brings an environment's records up to what is known of its stacks, with as few questions as that takes.

It heeds what was heard of the stacks since the last look, has the observer ask where that is not enough, and keeps what
was seen, how long an operation took among it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.pace import QUICKEST, took
from app.core.sight import is_overdue
from app.core.stack import StackRecord
from app.core.succession import emptied
from app.core.teardown import UNTOUCHABLE
from app.core.tiding import Tiding
from app.store.database import Database
from app.store.durations import save_duration
from app.store.environments import save_stack, stacks_of
from app.store.tidings import heed, tidings_of
from app.store.wake import Kind, Wakes
from workers.observer import Observer


@dataclass(frozen=True)
class Lookout:
    """Looks at the stacks of one environment at a time."""

    database: Database
    wakes: Wakes
    observer: Observer
    clock: Callable[[], datetime]

    def look(self, name: str) -> None:
        """Look at each stack of which something was heard, or nothing for long.

        One that another key holds already is not held by a note of an earlier creation too.
        """
        with self.database.read() as connection:
            records = stacks_of(connection, name)
            tidings = tidings_of(connection, [record.id for record in records if record.id])
        held = {record.id for record in records if record.id}
        for record in records:
            tiding = tidings.get(record.id or "")
            seen = self.observer.look(record, tiding)
            if record.id is None and seen is not None and seen.id in held:
                seen = emptied(record)
            self._keep(record, seen, tiding)
            held.add(seen.id or "" if seen else "")

    def overdue(self, name: str, within: timedelta) -> list[StackRecord]:
        """The stacks at rest that nobody has looked at for so long."""
        with self.database.read() as connection:
            return [record for record in stacks_of(connection, name) if is_overdue(record, self.clock(), within)]

    def revisit(self, record: StackRecord) -> None:
        """Look at a stack of which nothing was heard."""
        self._keep(record, self.observer.revisit(record), None)

    def _keep(self, before: StackRecord, seen: StackRecord | None, tiding: Tiding | None) -> None:
        """Write down what was seen; where that was nothing yet, what was heard stays for the next look."""
        if seen is None or (seen == before and tiding is None):
            return
        with self.database.begin() as connection:
            heed(connection, [tiding] if tiding else [])
            if seen == before:
                return
            save_stack(connection, seen)
            spent = took(before, seen, self.clock())
            if spent is not None and before.operation is not None:
                save_duration(connection, before, before.operation, spent)
            if seen.status.is_in_progress and seen.status not in UNTOUCHABLE:
                self.wakes.wake(connection, Kind.WATCH, f"{seen.account}/{seen.region}", QUICKEST)
