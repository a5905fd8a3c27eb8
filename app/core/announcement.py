"""The announcement: everything that people are told about an environment, before it takes the form of any place.

Slack's message and the pull request's comment are two forms of the same announcement, so a fact is worded once. It is
built from records alone: the same environment always gives the same announcement, and only a changed one is told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from app.core.blame import Blame, find_blame
from app.core.blueprint import Preparation
from app.core.console import KINDS, resource_link, stack_link
from app.core.deployment import Deployment, Outcome
from app.core.environment import Environment, Phase
from app.core.remark import Remark
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


class Offer(StrEnum):
    """What people may ask for with a button; the names are those of the marks, and `why`."""

    EXTEND = "extend"
    KEEP = "keep"
    REDEPLOY = "redeploy"
    DESTROY = "destroy"
    WHY = "why"


@dataclass(frozen=True)
class Announcement:
    """What there is to tell of one environment.

    `commit` is the one that stands, `wanted` the one that is to stand: (repository, commit), or None where the
    environment is to go. `outcomes` tells how the latest attempt at each commit ended. `address` is the output that
    people open first. Costs are US dollars a month, None where nobody knows. `warning` is the last one before the end
    that was due.
    """

    environment: str
    ticket: str | None
    phase: Phase
    reason: str
    commit: str
    sources: tuple[Source, ...]
    outputs: tuple[Output, ...]
    resources: tuple[Usable, ...]
    stacks: tuple[StackLine, ...]
    channel: str | None = None
    wanted: tuple[str, str] | None = None
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    address: str | None = None
    created_at: datetime | None = None
    expires_at: datetime | None = None
    keep_until: datetime | None = None
    cost_per_month: float | None = None
    warning: str | None = None
    remarks: tuple[Remark, ...] = ()
    blames: tuple[Blame, ...] = ()

    @property
    def is_over(self) -> bool:
        """Nothing of the environment exists any more."""
        return self.phase is Phase.GONE

    @property
    def headline(self) -> str:
        """Where it stands, in a few words."""
        return f"{self.environment} {HEADLINES[self.phase]}"

    @property
    def explanation(self) -> str:
        """Why it is so, unless the headline has said the same."""
        return "" if self.reason == f"{self.headline}." else self.reason

    @property
    def ticket_page(self) -> str | None:
        """Where the ticket can be read: an issue of the repository itself, else the pull request that names it, since
        nobody says where the other tickets live."""
        page = next((source.url for source in self.sources if source.url), None)
        if page is None or not (self.ticket or "").startswith("#"):
            return page
        site, pull, _ = page.rpartition("/pull/")
        return f"{site}/issues/{(self.ticket or '')[1:]}" if pull else page

    @property
    def offers(self) -> tuple[Offer, ...]:
        """What makes sense to ask for now."""
        return OFFERS[self.phase]

    @property
    def is_kept(self) -> bool:
        """Whether somebody keeps it past the time at which it would have gone."""
        return self.keep_until is not None and (self.expires_at is None or self.keep_until >= self.expires_at)


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


_BUSY = (Offer.EXTEND, Offer.KEEP, Offer.DESTROY, Offer.WHY)

OFFERS = {
    Phase.QUEUED: (Offer.DESTROY, Offer.WHY),
    Phase.CREATING: _BUSY,
    Phase.UPDATING: _BUSY,
    Phase.READY: (Offer.EXTEND, Offer.KEEP, Offer.REDEPLOY, Offer.DESTROY, Offer.WHY),
    Phase.FAILED: (Offer.REDEPLOY, Offer.EXTEND, Offer.KEEP, Offer.DESTROY, Offer.WHY),
    Phase.BLOCKED: (Offer.REDEPLOY, Offer.DESTROY, Offer.WHY),
    Phase.DELETING: (Offer.WHY,),
    Phase.VERIFYING: (Offer.WHY,),
    Phase.GONE: (Offer.REDEPLOY,),
    Phase.LEAKED: (Offer.DESTROY, Offer.WHY),
}
"""The buttons of each phase, in their order: first what is most likely wanted."""


def announce(
    environment: Environment,
    sources: Sequence[Source],
    records: Sequence[StackRecord],
    attempts: Sequence[Deployment] = (),
    preparation: Preparation | None = None,
) -> Announcement:
    """The announcement of an environment as its records stand; `attempts` come newest first, `preparation` is what was
    made of the wanted commit."""
    alive = [record for record in records if record.is_alive]
    over = environment.phase is Phase.GONE
    outputs = () if over else tuple(outputs_of(environment, alive))
    desired = environment.desired
    return Announcement(
        environment=environment.name,
        ticket=environment.ticket,
        phase=environment.phase,
        reason=environment.reason,
        commit=environment.deployed_commit or environment.desired.commit,
        sources=tuple(sources),
        outputs=outputs,
        resources=() if over else tuple(_usable(alive)),
        stacks=tuple(StackLine(r.name, r.status, r.region, stack_link(r.region, r.id or "")) for r in alive),
        channel=environment.channel,
        wanted=(desired.repository, desired.commit) if desired.is_wanted and desired.commit else None,
        outcomes={attempt.commit: attempt.outcome for attempt in reversed(attempts)},
        address=_address(environment, outputs),
        created_at=environment.created_at,
        expires_at=environment.expires_at,
        keep_until=environment.keep_until,
        cost_per_month=environment.cost_per_month,
        warning=environment.warning,
        remarks=preparation.remarks if preparation else (),
        blames=find_blame(desired, records, desired.fault or (preparation.fault if preparation else None)),
    )


def _address(environment: Environment, outputs: Sequence[Output]) -> str | None:
    """The first link among the outputs, those that the repository's file names before the others."""
    named = [key for target in environment.desired.targets for key in target.outputs or ()]
    links = [output for output in outputs if output.is_link]
    ranked = sorted(links, key=lambda link: _rank(named, link.name.rpartition(".")[2]))
    return ranked[0].value if ranked else None


def _rank(named: Sequence[str], key: str) -> int:
    return named.index(key) if key in named else len(named)


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
