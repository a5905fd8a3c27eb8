"""The steward: what people and time ask of an environment, before its next step is decided.

It works inside the reconciler's own transaction, so that a mark is settled together with what it changed, and a process
that dies leaves either both or neither.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from app.core.environment import Ending, Environment
from app.core.lifetime import Lifetime, expires_at, next_moment, warning, why_expired
from app.core.mark import Mark
from app.core.steering import Facts, Verdict, apply, hold
from app.core.teardown import RETRIES
from app.store.database import Connection
from app.store.decisions import Decision, record_decision
from app.store.environments import save_environment, save_stack, stacks_of, void_verification
from app.store.marks import find_facts, list_marks, settle_mark
from app.store.preparations import forget_preparation
from app.store.wake import Kind, Wakes

LOOK_AT_TAGS = timedelta(hours=1)
"""How soon a stack is looked at again that only its own tag keeps: nobody tells us when the tag is taken off."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Steward:
    """Attends to one environment at a time."""

    wakes: Wakes
    lifetime: Lifetime

    def attend(self, connection: Connection, before: Environment, now: datetime) -> Environment:
        """The environment after every mark that was set and everything that its age means, written down."""
        facts = find_facts(connection, before.name)
        environment = before
        for number, mark in list_marks(connection, before.name):
            environment = self._obey(connection, environment, facts, mark, now)
            settle_mark(connection, number, now)
        environment = self._age(connection, hold(environment, facts, now), facts, now)
        if environment != before:
            save_environment(connection, environment)
            self.wakes.wake(connection, Kind.ANNOUNCEMENT, environment.name)
        return environment

    def wait(self, environment: Environment, facts: Facts, now: datetime) -> timedelta | None:
        """When the environment's age or a keep next means something; None for one that is to go."""
        if not environment.desired.is_wanted:
            return None
        wait = next_moment(environment, self.lifetime, now)
        if _is_kept_by_tag(facts, now) and (environment.desired.why_gone or wait == timedelta(0)):
            return LOOK_AT_TAGS
        return wait

    def _obey(
        self, connection: Connection, before: Environment, facts: Facts, mark: Mark, now: datetime
    ) -> Environment:
        verdict = apply(before, facts, mark, now, self.lifetime)
        reason = f"Refused to {mark.kind} for {mark.actor}: {verdict.reason}" if verdict.is_refused else verdict.reason
        record_decision(connection, Decision(before.name, now, before.phase.value, reason, (mark.kind,), mark.actor))
        log.info("mark settled", mark=mark.kind.value, actor=mark.actor, refused=verdict.is_refused)
        if verdict.is_fresh_start:
            _forget_failures(connection, before.name)
        self._recall(connection, verdict, facts)
        return verdict.environment

    def _recall(self, connection: Connection, verdict: Verdict, facts: Facts) -> None:
        if verdict.is_recalled:
            for source in facts.open_sources:
                self.wakes.wake(connection, Kind.SOURCE, source)

    def _age(self, connection: Connection, before: Environment, facts: Facts, now: datetime) -> Environment:
        """Ends what is past its time, and notes the end and the warnings of what is not."""
        if not before.desired.is_wanted:
            return replace(before, expires_at=None, warning=None)
        if _is_kept_by_tag(facts, now):
            return replace(before, expires_at=None, warning=None)
        end = expires_at(before, self.lifetime)
        if end <= now:
            return _expired(before, why_expired(before, self.lifetime))
        notice = warning(before, self.lifetime, now)
        text = notice.text if notice else None
        if text is not None and text != before.warning:
            record_decision(connection, Decision(before.name, now, before.phase.value, text))
        return replace(before, expires_at=end, warning=text)


def _forget_failures(connection: Connection, name: str) -> None:
    """Nothing that failed before stands in the way of another try, and what was left behind is looked for again."""
    forget_preparation(connection, name)
    void_verification(connection, name)
    for record in stacks_of(connection, name):
        attempts = min(record.attempts, len(RETRIES))
        fresh = replace(record, failed=None, retry_at=None, recreated=None, attempts=attempts)
        if fresh != record:
            save_stack(connection, fresh)


def _expired(environment: Environment, why: str) -> Environment:
    gone = replace(environment.desired, is_wanted=False, ending=Ending.EXPIRED, why_gone=why, note="")
    return replace(environment, desired=gone, expires_at=None, warning=None)


def _is_kept_by_tag(facts: Facts, now: datetime) -> bool:
    return facts.kept_until is not None and facts.kept_until > now
