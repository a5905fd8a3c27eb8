"""The reconciler: brings one environment a step closer to what is wanted of it.

    observe -> core.plan -> core.guard -> executor -> record -> announce, and again after T

A pass reads everything anew, does at most one change per stack and waits for nothing: while CloudFormation works, the
watch wakes the environment when something moved, and a safety net looks again by itself.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from app.aws.allowance import QuotaFull
from app.core.actions import Action, Prepare, Verify
from app.core.blueprint import payload_for
from app.core.cost import Prices, monthly_cost, total
from app.core.environment import Environment, Phase
from app.core.errors import MayflyError, PermanentError
from app.core.guard import guard
from app.core.plan import Actual, PayloadMaker, Plan, plan
from app.core.sight import AT_REST, BEFORE_REMOVAL
from app.core.stack import StackRecord
from app.core.steering import notes
from app.core.succession import hand_over
from app.core.tagging import tags_of
from app.store.database import Connection, Database
from app.store.decisions import Decision, record_decision
from app.store.environments import (
    find_environment,
    find_verification,
    save_environment,
    save_stack,
    stacks_of,
)
from app.store.marks import find_facts
from app.store.preparations import find_preparation
from app.store.wake import Kind, Wakes
from workers.chronicle import follow_attempt
from workers.executor import Executor
from workers.gate import Gate
from workers.lookout import Lookout
from workers.renewal import renew
from workers.steward import Steward

MOST_ROUNDS = 4
"""Looks in one pass: reading the commit, acting, and seeing that there is nothing more to do now. What is left over,
such as a second change of the same stack, is the next pass's, after GATHER at the latest."""

TRIES_AGAIN = "Mayfly tries again by itself."
"""How a reason ends that tells of something outside which stands in the way."""
GATHER = timedelta(seconds=1)
_ON_THE_WAY = frozenset({Phase.QUEUED, Phase.CREATING, Phase.UPDATING, Phase.DELETING, Phase.VERIFYING})

log = structlog.get_logger()


@dataclass(frozen=True)
class Reconciler:
    """One pass per environment."""

    database: Database
    wakes: Wakes
    lookout: Lookout
    executor: Executor
    gate: Gate
    steward: Steward
    installation: str
    clock: Callable[[], datetime]
    prices: Callable[[str], Prices] = Prices
    """The prices of a region; without any every cost is unknown."""

    def __call__(self, name: str) -> timedelta | None:
        """Take the next step. Raises TransientError where a service did not answer."""
        self._look(name)
        acted_on: set[str] = set()
        again = None
        revisited: set[str] = set()
        for _ in range(MOST_ROUNDS):
            self._revisit(name, revisited)
            decision = self._decide(name)
            if decision is None:
                return None
            environment, decided = decision
            again = decided.requeue_after
            actions = [action for action in decided.actions if _subject(action) not in acted_on]
            acted_on |= {_subject(action) for action in actions}
            if not self._carry_out(environment, actions):
                break
        return again

    def _look(self, name: str) -> None:
        try:
            self.lookout.look(name)
        except MayflyError as fault:
            self._tell(name, fault)
            raise

    def _revisit(self, name: str, revisited: set[str]) -> None:
        """Look at what nobody has looked at for long, before it is deleted or there is believed to be nothing to do."""
        within = self._good_enough(name)
        overdue = [record for record in self.lookout.overdue(name, within) if record.stack not in revisited]
        if not overdue or (within == AT_REST and self._has_work(name)):
            return
        try:
            for record in overdue:
                revisited.add(record.stack)
                self.lookout.revisit(record)
        except MayflyError as fault:
            self._tell(name, fault)
            raise

    def _good_enough(self, name: str) -> timedelta:
        """How old a look may be, as far as the environment tells: little before it goes."""
        with self.database.read() as connection:
            environment = find_environment(connection, name)
        if environment is None or not environment.desired.is_wanted:
            return BEFORE_REMOVAL
        ends = environment.expires_at is not None and environment.expires_at <= self.clock()
        return BEFORE_REMOVAL if ends else AT_REST

    def _has_work(self, name: str) -> bool:
        """Whether CloudFormation's answer to what is done next tells by itself how a stack stands."""
        with self.database.begin() as connection:
            environment = find_environment(connection, name, lock=True)
            if environment is None:
                return False
            actual, maker = self._actual(connection, environment), self._payload_maker(environment)
            return bool(plan(environment, actual, maker, self.clock()).actions)

    @staticmethod
    def _records(connection: Connection, environment: Environment) -> list[StackRecord]:
        """The records under the keys that the wanted stacks have now."""
        records = stacks_of(connection, environment.name)
        if not environment.desired.is_wanted:
            return records
        changed = {record.stack: record for record in hand_over(environment.desired.targets, records)}
        for record in changed.values():
            save_stack(connection, record)
        return [*changed.values(), *(record for record in records if record.stack not in changed)]

    def _decide(self, name: str) -> tuple[Environment, Plan] | None:
        """Decide the next step and write down what it means; None where there is no such environment."""
        now = self.clock()
        with self.database.begin() as connection:
            environment = find_environment(connection, name, lock=True)
            if environment is None:
                return None
            environment = self.steward.attend(connection, environment, now)
            environment, wait = self.gate.enter(connection, environment, now)
            decided = wait or self._plan(connection, environment, now)
            follow_attempt(connection, environment, decided, now)
            decided = self._live_on(connection, environment, decided, now)
            if not _is_still_in_trouble(environment, decided):
                environment = self._move(connection, environment, decided, now)
        return environment, decided

    def _plan(self, connection: Connection, environment: Environment, now: datetime) -> Plan:
        actual = self._actual(connection, environment)
        actual = renew(connection, environment, actual)
        decided = guard(plan(environment, actual, self._payload_maker(environment), now))
        return self.gate.take_turns(connection, environment, decided, now)

    def _live_on(self, connection: Connection, environment: Environment, decided: Plan, now: datetime) -> Plan:
        """The plan with what is to be told beside the state, and with a look when the environment's age next counts."""
        facts = find_facts(connection, environment.name)
        own = decided.requeue_after or (GATHER if decided.actions else None)
        waits = (own, self.steward.wait(environment, facts, now))
        soonest = min((wait for wait in waits if wait is not None), default=None)
        told = f"{decided.reason} {notes(environment, facts, now)}".rstrip()
        return replace(decided, reason=told, requeue_after=soonest)

    def _actual(self, connection: Connection, environment: Environment) -> Actual:
        return Actual(
            records=tuple(self._records(connection, environment)),
            preparation=find_preparation(connection, environment.name, environment.desired.commit),
            verification=find_verification(connection, environment.name),
        )

    def _move(self, connection: Connection, before: Environment, decided: Plan, now: datetime) -> Environment:
        """The environment as the plan leaves it, written down, and told where that is news."""
        after = _moved(before, decided, now)
        if after.phase is Phase.READY:
            after = replace(after, cost_per_month=self._cost(connection, after.name))
        done = tuple(type(action).__name__ for action in decided.actions)
        record_decision(connection, Decision(after.name, now, decided.phase.value, decided.reason, done))
        if after != before:
            save_environment(connection, after)
            self.wakes.wake(connection, Kind.ANNOUNCEMENT, after.name, _pause_before_telling(after))
            if before.admitted_at is not None and after.admitted_at is None:
                self.gate.leave(connection)
            log.info("environment moved", phase=after.phase.value, reason=decided.reason)
        return after

    def _cost(self, connection: Connection, name: str) -> float | None:
        """The list price of what stands, from the records that were saved when it came to stand."""
        alive = [record for record in stacks_of(connection, name) if record.is_alive]
        return total(monthly_cost(record.resources, self.prices(record.region)) for record in alive)

    def _payload_maker(self, environment: Environment) -> PayloadMaker:
        tags = tags_of(environment, self.installation)
        return lambda target, blueprint, outputs: payload_for(target, blueprint, environment, tags, outputs)

    def _carry_out(self, environment: Environment, actions: list[Action]) -> bool:
        """Do each action whatever becomes of the others; whether any was done. Raises the first fault at the end."""
        faults: list[MayflyError] = []
        for action in actions:
            try:
                self.executor.do(environment, action)
            except MayflyError as fault:
                faults.append(fault)
        if faults:
            self._tell(environment.name, faults[0])
            raise faults[0]
        return bool(actions)

    def _tell(self, name: str, fault: MayflyError) -> None:
        """Let people know what stands in the way; the pass is tried again all the same."""
        with self.database.begin() as connection:
            environment = find_environment(connection, name, lock=True)
            if environment is None:
                return
            phase = _phase_in(fault, environment.phase)
            reason = f"{fault} {TRIES_AGAIN}"
            if (phase, reason) != (environment.phase, environment.reason):
                save_environment(connection, replace(environment, phase=phase, reason=reason))
                record_decision(connection, Decision(name, self.clock(), phase.value, reason))
                self.wakes.wake(connection, Kind.ANNOUNCEMENT, name)


def _phase_in(fault: MayflyError, before: Phase) -> Phase:
    if isinstance(fault, QuotaFull):
        return Phase.QUEUED
    return Phase.FAILED if isinstance(fault, PermanentError) else before


def _is_still_in_trouble(environment: Environment, decided: Plan) -> bool:
    """Whether people were told what stands in the way and the plan is to try that again: the try itself is no news."""
    return environment.reason.endswith(TRIES_AGAIN) and bool(decided.actions)


def _subject(action: Action) -> str:
    """What an action changes: the commit's preparation, the census, or one stack."""
    if isinstance(action, Prepare | Verify):
        return type(action).__name__
    return action.target.stack if hasattr(action, "target") else action.record.stack


def _pause_before_telling(environment: Environment) -> timedelta:
    """What people wait for is told at once; steps on the way are gathered, so that they cost one edit together."""
    return GATHER if environment.phase in _ON_THE_WAY else timedelta(0)


def _moved(environment: Environment, decided: Plan, now: datetime) -> Environment:
    """The environment as the plan leaves it."""
    after = replace(environment, phase=decided.phase, reason=decided.reason)
    if decided.phase is Phase.READY:
        return replace(after, deployed_commit=environment.desired.commit, gone_at=None)
    if decided.phase is Phase.GONE:
        over = replace(after, deployed_commit=None, admitted_at=None, cost_per_month=None)
        return replace(over, gone_at=environment.gone_at or now)
    return after
