"""The verifier: looks for what the deleted stacks of an environment may have left, and writes down what it finds.

Each item of the inventory is asked of its own service where that can be; the rest is judged by CloudFormation's word.
An error is never taken for "gone": it is raised, and the look is tried again. Log groups that functions make at run
time, or make anew with their last lines, are deleted here, unless a function of that name lives again.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.core.environment import Environment, Phase
from app.core.errors import PermanentError
from app.core.inventory import FUNCTION, LOG_GROUP, NESTED, Item, log_groups_of
from app.core.stack import StackRecord
from app.core.verification import Leak, Verification, begin_look
from app.store.database import Database
from app.store.environments import find_verification, save_stack, save_verification, stacks_of
from app.store.inventory import inventory_of, save_inventory
from app.store.leaks import save_leaks
from workers.ports import Estate

KEPT = "its template keeps it"
SKIPPED = "CloudFormation could not delete it"
STILL_THERE = "it is still there though CloudFormation deleted it"
_FUNCTION_LOGS = "/aws/lambda/"


@dataclass(frozen=True)
class Survivor:
    """An item that is still there, and why; `is_late` says that it may be on its way out."""

    item: Item
    why: str
    is_late: bool = False

    @property
    def text(self) -> str:
        """How people read of it."""
        return f"{self.item.type} {self.item.arn} ({self.why})"


@dataclass(frozen=True)
class Verifier:
    """Looks for what is left."""

    database: Database
    estate: Estate
    clock: Callable[[], datetime]

    def verify(self, environment: Environment) -> None:
        """One look. Raises TransientError or PermanentError where a service does not answer, or may not be asked."""
        with self.database.read() as connection:
            records = stacks_of(connection, environment.name)
            before = find_verification(connection, environment.name)
        seen = begin_look(before, self.clock())
        items = self._take_stock(environment, records)
        groups = [*(item for item in items if item.type == LOG_GROUP), *log_groups_of(items)]
        is_over = before is not None and before.phase is Phase.GONE
        others = [] if is_over else [item for item in items if item.type not in (LOG_GROUP, NESTED)]
        survivors = [*self._survivors(others), *self._sweep(groups)]
        self._conclude(environment, records, _concluded(seen, survivors, has_groups=bool(groups)), survivors)

    def _take_stock(self, environment: Environment, records: Sequence[StackRecord]) -> list[Item]:
        """The inventory, with CloudFormation's last word on each stack that was deleted."""
        with self.database.read() as connection:
            items = {(item.stack_id, item.logical_id): item for item in inventory_of(connection, environment.name)}
        places = {item.stack_id: (item.account, item.region) for item in items.values()}
        places |= {record.id: (record.account, record.region) for record in records if record.id}
        for stack_id, (account, region) in places.items():
            left = self.estate.inventory(account, region, stack_id)
            items |= {(item.stack_id, item.logical_id): item for item in left}
            with self.database.begin() as connection:
                save_inventory(connection, environment.name, left)
        return list(items.values())

    def _survivors(self, items: Iterable[Item]) -> list[Survivor]:
        found = []
        for item in items:
            was_left = item.is_retained or item.status in ("DELETE_SKIPPED", "DELETE_FAILED")
            is_there = self.estate.exists(item) if self.estate.can_ask(item) else was_left
            if is_there:
                why = KEPT if item.is_retained else SKIPPED if was_left else STILL_THERE
                found.append(Survivor(item, why, is_late=not was_left))
        return found

    def _sweep(self, groups: Iterable[Item]) -> list[Survivor]:
        """The log groups that stay; those that are ours and nobody's any more are deleted."""
        found = []
        for group in groups:
            if not self.estate.exists(group):
                continue
            if group.is_retained:
                found.append(Survivor(group, KEPT))
            elif not self._is_in_use(group):
                found += self._drop(group)
        return found

    def _is_in_use(self, group: Item) -> bool:
        """Whether a function lives whose log group this is: another than ours, which is deleted."""
        _, prefix, name = group.physical_id.partition(_FUNCTION_LOGS)
        return bool(prefix) and self.estate.exists(replace(group, type=FUNCTION, physical_id=name))

    def _drop(self, group: Item) -> list[Survivor]:
        try:
            self.estate.drop_log_group(group)
        except PermanentError as fault:
            return [Survivor(group, str(fault))]
        return []

    def _conclude(
        self, environment: Environment, records: Iterable[StackRecord], seen: Verification, found: Sequence[Survivor]
    ) -> None:
        leaks = [_leak(environment, survivor, seen.last_at) for survivor in found if survivor.text in seen.leftovers]
        with self.database.begin() as connection:
            save_verification(connection, environment.name, seen)
            save_leaks(connection, environment.name, leaks)
            for record in records:
                save_stack(connection, replace(record, failed=None, cause=None))


def _concluded(seen: Verification, found: Sequence[Survivor], *, has_groups: bool) -> Verification:
    pending = [survivor for survivor in found if survivor.is_late and seen.is_patient]
    left = tuple(survivor.text for survivor in found if survivor not in pending)
    is_over = not found and not has_groups
    return replace(
        seen,
        pending=tuple(f"{survivor.item.type} {survivor.item.physical_id}" for survivor in pending),
        leftovers=left,
        is_second_done=seen.is_second_done or is_over,
    )


def _leak(environment: Environment, survivor: Survivor, now: datetime) -> Leak:
    item = survivor.item
    return Leak(environment.name, item.stack_id, item.arn, item.type, item.account, item.region, survivor.why, now)
