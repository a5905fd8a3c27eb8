"""The gate: who may have an environment now, and how many stacks may be created at once.

An environment takes its place before its commit is read and gives it back when it is gone. Places are counted and taken
in one transaction under one lock, and so is the turn of each creation, whose record is the note that it was taken.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.core.actions import Action, Create
from app.core.admission import Limits, why_wait
from app.core.environment import Environment, Phase
from app.core.plan import Plan
from app.store.admissions import count_creations, list_claims, list_queued, lock_admissions
from app.store.database import Connection
from app.store.environments import save_environment, save_stack, stacks_of
from app.store.wake import Kind, Wakes
from workers.intent import creation_of

TURN = timedelta(seconds=5)
"""How soon a creation asks again for its turn."""
LONGEST_CREATION = timedelta(hours=1)
"""A creation that was decided upon and never answered for counts no longer than this."""


@dataclass(frozen=True)
class Gate:
    """Holds the limits."""

    wakes: Wakes
    limits: Limits
    concurrent_creates: int

    def enter(self, connection: Connection, environment: Environment, now: datetime) -> tuple[Environment, Plan | None]:
        """The environment with its place; or, where there is none, the plan to wait for one."""
        desired = environment.desired
        if environment.admitted_at is not None or not desired.is_wanted or desired.fault is not None:
            return environment, None
        lock_admissions(connection)
        wait = why_wait(environment.name, list_claims(connection), self.limits)
        if wait is not None:
            return environment, Plan(Phase.QUEUED, wait.reason)
        admitted = replace(environment, admitted_at=now)
        save_environment(connection, admitted)
        return admitted, None

    def leave(self, connection: Connection) -> None:
        """A place became free: those that wait look whether it is theirs."""
        for name in list_queued(connection):
            self.wakes.wake(connection, Kind.ENVIRONMENT, name)

    def take_turns(self, connection: Connection, environment: Environment, decided: Plan, now: datetime) -> Plan:
        """The plan without the creations whose turn it is not yet; the others are noted as begun."""
        if not any(isinstance(action, Create) for action in decided.actions):
            return decided
        lock_admissions(connection)
        kept = [action for action in decided.actions if self._may(connection, environment, action, now)]
        if len(kept) == len(decided.actions):
            return decided
        return replace(decided, actions=tuple(kept), reason=_wait_reason(decided, kept), requeue_after=TURN)

    def _may(self, connection: Connection, environment: Environment, action: Action, now: datetime) -> bool:
        if not isinstance(action, Create):
            return True
        record, is_new = creation_of(environment, action, stacks_of(connection, environment.name), now)
        if not is_new:
            return True
        under_way = count_creations(connection, record.account, record.region, now - LONGEST_CREATION)
        if under_way >= self.concurrent_creates:
            return False
        save_stack(connection, record)
        return True


def _wait_reason(decided: Plan, kept: Sequence[Action]) -> str:
    held = [action for action in decided.actions if action not in kept and isinstance(action, Create)]
    target = held[0].target
    return f"{target.name} waits for its turn: as many stacks as may be are being created in {target.place}."
