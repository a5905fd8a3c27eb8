"""The casebook: puts what was seen on AWS, what GitHub says and what our records know together, and asks every rule."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.admission import Limits, find_excess
from app.core.environment import Environment
from app.core.finding import (
    Case,
    Judgement,
    LooseCase,
    Rule,
    Word,
    describe_resource,
    describe_stack,
)
from app.core.fleet import FleetStack, Look, LooseResource
from app.core.protection import why_kept, why_resource_kept
from app.core.reaping import Opinion
from app.core.source import SourceKey
from app.core.stack import StackRecord
from app.core.verification import Leak
from app.rules import expired, idle, leftover, orphaned, over_quota, stuck, untracked
from app.store.admissions import list_claims
from app.store.database import Connection
from app.store.deployments import last_deployed
from app.store.environments import every_stack, list_environments
from app.store.leaks import list_leaks
from app.store.sources import every_source

_OF_STACKS = (stuck, orphaned, expired, untracked, idle, over_quota)
GRACES: Mapping[Rule, timedelta] = {
    Rule.STUCK: stuck.GRACE,
    Rule.ORPHANED: orphaned.GRACE,
    Rule.EXPIRED: expired.GRACE,
    Rule.LEFTOVER: leftover.GRACE,
    Rule.UNTRACKED: untracked.GRACE,
    Rule.IDLE: idle.GRACE,
    Rule.OVER_QUOTA: over_quota.GRACE,
}
OVER: Mapping[Rule, str] = {
    Rule.STUCK: stuck.OVER,
    Rule.ORPHANED: orphaned.OVER,
    Rule.EXPIRED: expired.OVER,
    Rule.LEFTOVER: leftover.OVER,
    Rule.UNTRACKED: untracked.OVER,
    Rule.IDLE: idle.OVER,
    Rule.OVER_QUOTA: over_quota.OVER,
}


@dataclass(frozen=True)
class Books:
    """What our records know, read once for a round. `records` are by the stack's id."""

    records: Mapping[str, StackRecord]
    environments: Mapping[str, Environment]
    sources: Mapping[str, Sequence[SourceKey]]
    deployed: Mapping[str, datetime]
    over: Mapping[str, str]
    leaks: Mapping[str, Leak]

    def environment_of(self, record: StackRecord | None) -> Environment | None:
        """The environment that a stack belongs to."""
        return self.environments.get(record.environment) if record else None

    def sources_of(self, looks: Sequence[Look]) -> set[SourceKey]:
        """The sources of every environment that has a stack among those seen."""
        seen = (self.records.get(stack.id) for look in looks for stack in look.stacks)
        return {source for record in seen if record for source in self.sources.get(record.environment, ())}


def read_books(connection: Connection, limits: Limits) -> Books:
    """What our records know now."""
    return Books(
        records={record.id: record for record in every_stack(connection) if record.id},
        environments={each.name: each for each in list_environments(connection, with_gone=True)},
        sources=every_source(connection),
        deployed=last_deployed(connection),
        over=find_excess(list_claims(connection), limits),
        leaks={leak.arn: leak for leak in list_leaks(connection)},
    )


@dataclass(frozen=True)
class Casebook:
    """The cases of one round."""

    books: Books
    words: Mapping[SourceKey, Word]
    installation: str
    window: timedelta
    now: datetime

    def opinions(self, look: Look) -> Iterator[Opinion]:
        """What the rules say of everything in a look; nested stacks are judged with their root."""
        for stack in look.stacks:
            if stack.parent_id is None and not stack.status.is_gone:
                yield self._judge(self._case(stack, look))
        standing = {stack.id for stack in look.stacks if not stack.status.is_gone}
        for resource in look.loose:
            yield self._judge_loose(self._loose_case(resource, standing, look.unread))

    def stack_opinion(self, stack: FleetStack, look: Look) -> Opinion:
        """What the rules say of one stack, as it was described anew."""
        return self._judge(self._case(stack, look))

    def _case(self, stack: FleetStack, look: Look) -> Case:
        record = self.books.records.get(stack.id)
        environment = self.books.environment_of(record)
        name = environment.name if environment else ""
        return Case(
            stack,
            self.installation,
            self.now,
            environment=environment,
            record=record,
            words={key: self.words.get(key, Word.UNKNOWN) for key in self.books.sources.get(name, ())},
            deployed_at=self.books.deployed.get(name),
            blockers=tuple(each for each in look.loose if each.blocks == stack.id),
            over=self.books.over.get(name),
            window=self.window,
        )

    def _judge(self, case: Case) -> Opinion:
        said = (rule.judge(case) for rule in _OF_STACKS)
        judgements = tuple(judgement for judgement in said if judgement is not None)
        return Opinion(describe_stack(case), judgements, why_kept(case), is_ours=case.is_ours)

    def _loose_case(self, resource: LooseResource, standing: set[str], unread: tuple[str, ...]) -> LooseCase:
        leak = self.books.leaks.get(resource.arn)
        origin = self.books.records.get(resource.stack_id or (leak.stack_id if leak else ""))
        return LooseCase(
            resource,
            self.installation,
            self.now,
            origin=origin,
            environment=self.books.environment_of(origin),
            is_origin_standing=resource.stack_id in standing,
            leak=leak.why if leak else None,
            unread=unread,
        )

    def _judge_loose(self, case: LooseCase) -> Opinion:
        said: Judgement | None = leftover.judge(case)
        judgements = (said,) if said else ()
        return Opinion(describe_resource(case), judgements, why_resource_kept(case), is_ours=case.is_ours)
