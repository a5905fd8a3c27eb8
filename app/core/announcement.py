"""The announcement: everything that people are told about an environment, before it takes the form of any place.

Slack's message and the pull request's comment are two forms of the same announcement, so a fact is worded once. It is
built from records alone: the same environment always gives the same announcement, and only a changed one is told.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.console import KINDS, resource_link, stack_link
from app.core.environment import Environment, Phase
from app.core.secrecy import mask
from app.core.source import Source
from app.core.stack import StackRecord


@dataclass(frozen=True)
class Output:
    """One output of a stack, ready to be shown: masked where it looks like a secret."""

    name: str
    value: str

    @property
    def is_link(self) -> bool:
        """Whether the value is an address that people open."""
        return self.value.startswith(("https://", "http://"))


@dataclass(frozen=True)
class Usable:
    """One resource that people use, with its page in the console."""

    kind: str
    name: str
    link: str


@dataclass(frozen=True)
class StackLine:
    """One stack: its name, status and page in the console."""

    name: str
    status: str
    region: str
    link: str | None


@dataclass(frozen=True)
class Announcement:
    """What there is to tell of one environment."""

    environment: str
    ticket: str | None
    phase: Phase
    reason: str
    commit: str
    sources: tuple[Source, ...]
    outputs: tuple[Output, ...]
    resources: tuple[Usable, ...]
    stacks: tuple[StackLine, ...]

    @property
    def is_over(self) -> bool:
        """Nothing of the environment exists any more."""
        return self.phase is Phase.GONE


HEADLINES = {
    Phase.QUEUED: "is waiting for its turn",
    Phase.CREATING: "is being created",
    Phase.UPDATING: "is being updated",
    Phase.READY: "is ready",
    Phase.FAILED: "failed",
    Phase.BLOCKED: "is blocked",
    Phase.DELETING: "is being deleted",
    Phase.VERIFYING: "is deleted; checking what is left",
    Phase.GONE: "is gone",
    Phase.LEAKED: "left something behind",
}


def announce(environment: Environment, sources: Sequence[Source], records: Sequence[StackRecord]) -> Announcement:
    """The announcement of an environment as its records stand."""
    alive = [record for record in records if record.is_alive]
    over = environment.phase is Phase.GONE
    return Announcement(
        environment=environment.name,
        ticket=environment.ticket,
        phase=environment.phase,
        reason=environment.reason,
        commit=environment.deployed_commit or environment.desired.commit,
        sources=tuple(sources),
        outputs=() if over else tuple(outputs_of(environment, alive)),
        resources=() if over else tuple(_usable(alive)),
        stacks=tuple(StackLine(r.name, r.status, r.region, stack_link(r.region, r.id or "")) for r in alive),
    )


def outputs_of(environment: Environment, records: Sequence[StackRecord]) -> list[Output]:
    """Every output that the repository's file lets be shown; a key of two stacks stands as `<stack>.<Key>`."""
    shown = {target.stack: target.outputs for target in environment.desired.targets}
    pairs = [
        (record.stack, key, value)
        for record in records
        for key, value in record.outputs.items()
        if (allowed := shown.get(record.stack)) is None or key in allowed
    ]
    keys = [key for _, key, _ in pairs]
    return [Output(f"{stack}.{key}" if keys.count(key) > 1 else key, mask(key, value)) for stack, key, value in pairs]


def _usable(records: Sequence[StackRecord]) -> list[Usable]:
    order = list(KINDS)
    found = [
        (order.index(resource.type), Usable(KINDS[resource.type].word, resource.physical_id, link))
        for record in records
        for resource in record.resources
        if (link := resource_link(record.region, resource))
    ]
    return [usable for _, usable in sorted(found, key=lambda pair: (pair[0], pair[1].name))]
