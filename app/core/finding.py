"""Findings: what a rule of the reaper says of one stack, or of one resource that no stack holds any more.

A rule looks at a case and answers with a judgement, or with None where it has nothing to say. What becomes of a
judgement over the days (`app.core.reaping`) is kept in a finding.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from app.core.environment import Environment
from app.core.fleet import Evidence, FleetStack, LooseResource, Verdict
from app.core.guard import MANAGED_TAG
from app.core.source import SourceKey
from app.core.stack import StackRecord


class Rule(StrEnum):
    """The rules, the one that speaks first for a subject first."""

    STUCK = "stuck"
    ORPHANED = "orphaned"
    EXPIRED = "expired"
    LEFTOVER = "leftover"
    UNTRACKED = "untracked"
    IDLE = "idle"
    OVER_QUOTA = "over_quota"


class State(StrEnum):
    """Where a finding stands; the names are part of `reap --json`."""

    UNDECIDED = "undecided"
    """What it needs to know could not be read."""
    SEEN = "seen"
    """Seen, and nobody is told before it is seen again."""
    FLAGGED = "flagged"
    WARNED = "warned"
    """The final notice was given."""
    DUE = "due"
    DELETING = "deleting"
    KEPT = "kept"
    CLEARED = "cleared"


class SubjectKind(StrEnum):
    """What a finding is about."""

    STACK = "stack"
    RESOURCE = "resource"


class Word(StrEnum):
    """What GitHub says of a source at this moment."""

    OPEN = "open"
    CLOSED = "closed"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Subject:
    """What a finding is about. `key` is the stack's id or the resource's ARN and names one incarnation for ever."""

    key: str
    kind: SubjectKind
    name: str
    account: str
    region: str
    stack_id: str | None = None
    stack_name: str | None = None
    resource_arn: str | None = None
    resource_type: str | None = None
    environment: str | None = None
    ticket: str | None = None
    owner: str | None = None
    repository: str | None = None
    pull_request: int | None = None
    cost_per_month: float | None = None


@dataclass(frozen=True)
class Judgement:
    """What a rule says. `verdict` is whether anybody needs the subject; `doubt` is what could not be told, in a
    sentence, and freezes the finding. `may_act` says that the rule alone is ground enough to delete; `grace` replaces
    the rule's own where a case needs another.
    """

    rule: Rule
    verdict: Verdict
    reason: str
    evidence: tuple[Evidence, ...] = ()
    doubt: str | None = None
    may_act: bool = False
    grace: timedelta | None = None


@dataclass(frozen=True)
class Finding:
    """A judgement and what became of it so far. `due_at` is set once and moved by people alone."""

    id: str
    subject: Subject
    rule: Rule
    verdict: Verdict
    state: State
    reason: str
    first_seen_at: datetime
    last_seen_at: datetime
    evidence: tuple[Evidence, ...] = ()
    may_act: bool = False
    note: str | None = None
    flagged_at: datetime | None = None
    due_at: datetime | None = None
    warned_at: datetime | None = None
    acted_at: datetime | None = None
    cleared_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is still true, as far as anybody knows."""
        return self.state is not State.CLEARED

    @property
    def told(self) -> str:
        """The reason, and what stands beside it: why it is kept, held, undecided or cleared."""
        return f"{self.reason} {self.note}" if self.note else self.reason


class ReplyKind(StrEnum):
    """What a person said of a finding."""

    KEEP = "keep"
    EXTEND = "extend"
    IGNORE = "ignore"
    NOT_OURS = "not-ours"
    DELETE = "delete"


@dataclass(frozen=True)
class Reply:
    """A person's word about a subject; it holds for every rule. `until` is missing where it holds for ever."""

    kind: ReplyKind
    subject: str
    actor: str
    at: datetime
    until: datetime | None = None
    reason: str | None = None


@dataclass(frozen=True)
class Case:
    """One stack and all that rules judge it by. `words` is GitHub's on each source of its environment, `blockers` what
    stands in the way of its deletion, `over` the limit that its environment is over, in a sentence.
    """

    stack: FleetStack
    installation: str
    now: datetime
    environment: Environment | None = None
    record: StackRecord | None = None
    words: dict[SourceKey, Word] = field(default_factory=dict)
    deployed_at: datetime | None = None
    blockers: tuple[LooseResource, ...] = ()
    over: str | None = None
    window: timedelta = timedelta(days=14)

    @property
    def bears_our_mark(self) -> bool:
        """Whether its tags say that this installation made it."""
        return (self.stack.tags or {}).get(MANAGED_TAG) == self.installation

    @property
    def is_ours(self) -> bool:
        """Whether it is a stack of ours: it bears our mark, and its id is in our records."""
        return self.bears_our_mark and self.record is not None and self.record.id == self.stack.id


@dataclass(frozen=True)
class LooseCase:
    """One resource without a stack, and all that rules judge it by. `origin` is the record of the stack that it came
    from, if that was ours; `leak` is why it was recorded when that stack was deleted; `unread` is what the look could
    not read, for which everything here may be a mistake.
    """

    resource: LooseResource
    installation: str
    now: datetime
    origin: StackRecord | None = None
    environment: Environment | None = None
    is_origin_standing: bool = False
    leak: str | None = None
    unread: tuple[str, ...] = ()

    @property
    def is_ours(self) -> bool:
        """Whether there is evidence that it came from a stack of ours."""
        return (
            self.origin is not None
            or self.leak is not None
            or (self.resource.tags or {}).get(MANAGED_TAG) == self.installation
        )


def finding_id(rule: Rule, key: str) -> str:
    """The id of what a rule says of a subject: the same in every round, short enough for a button."""
    return hashlib.sha256(f"{rule}|{key}".encode()).hexdigest()[:20]


def describe_stack(case: Case) -> Subject:
    """The subject of a case; what the records do not know is taken from the tags."""
    stack, tags, known = case.stack, case.stack.tags or {}, case.environment
    return Subject(
        key=stack.id,
        kind=SubjectKind.STACK,
        name=stack.name,
        account=stack.account,
        region=stack.region,
        stack_id=stack.id,
        stack_name=stack.name,
        environment=known.name if known else tags.get("mayfly:environment"),
        ticket=known.ticket if known else tags.get("mayfly:ticket"),
        owner=known.owner if known else tags.get("mayfly:owner"),
        repository=known.repository if known else tags.get("mayfly:repository"),
        pull_request=known.pull_request if known else _number(tags.get("mayfly:pull-request")),
        cost_per_month=stack.cost,
    )


def describe_resource(case: LooseCase) -> Subject:
    """The subject of a case; without tags or a record, what the look found out by its name."""
    resource, tags, known = case.resource, case.resource.tags or {}, case.environment
    return Subject(
        key=resource.arn,
        kind=SubjectKind.RESOURCE,
        name=resource.name,
        account=resource.account,
        region=resource.region,
        stack_id=resource.stack_id,
        stack_name=resource.stack_name,
        resource_arn=resource.arn,
        resource_type=resource.type,
        environment=known.name if known else tags.get("mayfly:environment"),
        ticket=known.ticket if known else tags.get("mayfly:ticket"),
        owner=known.owner if known else tags.get("mayfly:owner") or resource.maker,
        repository=known.repository if known else tags.get("mayfly:repository"),
        pull_request=known.pull_request if known else _number(tags.get("mayfly:pull-request")),
        cost_per_month=resource.cost,
    )


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() else None


def gather_evidence(case: Case) -> tuple[Evidence, ...]:
    """What speaks for and against a stack: its last use first, then its sources and its last deployment."""
    used = sorted(case.stack.usage.evidence, key=_recency, reverse=True)
    sources = [Evidence(f"{_kind_of(key)} {word}", str(key)) for key, word in case.words.items()]
    deployed = [Evidence("last deployment", case.stack.name, case.deployed_at)] if case.deployed_at else []
    schedule = [Evidence("only its own schedule runs it", case.stack.name)] if case.stack.usage.is_own_schedule else []
    return (*used, *sources, *deployed, *schedule)


def _recency(evidence: Evidence) -> float:
    return evidence.last_used_at.timestamp() if evidence.last_used_at else 0.0


def _kind_of(key: SourceKey) -> str:
    return "branch" if key.branch else "pull request"


def tell_last_use(evidence: Sequence[Evidence]) -> str:
    """The last use in a few words; that none is known where there was none."""
    used = [each for each in evidence if each.last_used_at and each.value]
    if not used:
        return "no use of it was seen"
    last = max(used, key=_recency)
    return f"last use on {last.last_used_at:%Y-%m-%d} ({last.resource}, {last.signal} {last.value:g})"
