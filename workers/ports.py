"""Ports: what the passes need of the world, so that a twin in memory can stand in for it.

The adapters in `app` fit these by their shape; `workers/__main__.py` plugs them in, and the type checker holds the two
together there.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from app.aws.stacks import Started
from app.core.announcement import Announcement
from app.core.blueprint import Payload, Preparation
from app.core.cause import OperationEvent, StackEvent
from app.core.environment import Environment
from app.core.fleet import FleetStack, Look
from app.core.inventory import Item
from app.core.memory import Memory
from app.core.source import Source
from app.core.stack import ObservedStack, Resource, StackStatus
from app.store.outbox import Told


class Pulls(Protocol):
    """GitHub's pull requests, branches and files as they are now."""

    def pull_request(self, repository: str, number: int) -> Source | None:
        """A pull request, or None."""

    def changed_paths(self, repository: str, number: int) -> Sequence[str]:
        """The files that a pull request changes."""

    def branch(self, repository: str, branch: str) -> Source | None:
        """A branch, or None."""

    def is_readable(self, repository: str) -> bool:
        """Whether the repository can be read at all, so that a 404 below it means what it says."""

    def file(self, repository: str, path: str, commit: str) -> bytes | None:
        """A file at a commit, or None."""


class Cloud(Protocol):
    """CloudFormation in every account and region that the server may use."""

    def create(self, account: str, region: str, name: str, payload: Payload, token: str) -> Started:
        """Begin to create a stack."""

    def update(self, account: str, region: str, stack_id: str, payload: Payload, token: str) -> Started:
        """Begin to update a stack."""

    def delete(
        self,
        account: str,
        region: str,
        stack_id: str,
        token: str,
        retain: Sequence[str] = (),
        *,
        is_forced: bool = False,
    ) -> Started:
        """Begin to delete a stack, without the resources `retain`, or by force."""

    def unprotect(self, account: str, region: str, stack_id: str) -> None:
        """Take a stack's termination protection off."""

    def cancel_update(self, account: str, region: str, stack_id: str, token: str) -> None:
        """Cancel an update."""

    def continue_rollback(self, account: str, region: str, stack_id: str, token: str, skip: Sequence[str] = ()) -> None:
        """Take up a rollback that failed, without the resources `skip`."""

    def roll_back(self, account: str, region: str, stack_id: str, token: str) -> None:
        """Roll back an update that was left standing."""

    def describe(self, account: str, region: str, id_or_name: str) -> ObservedStack | None:
        """A stack, or None."""

    def resources(self, account: str, region: str, stack_id: str) -> tuple[Resource, ...]:
        """A stack's resources."""

    def events(self, account: str, region: str, stack_id: str) -> Iterator[StackEvent]:
        """A stack's events, the newest first."""

    def failed_events(self, account: str, region: str, stack_id: str) -> Sequence[OperationEvent]:
        """What failed a stack's operations, the newest first."""

    def every_stack(self, account: str, region: str) -> Sequence[ObservedStack]:
        """Every stack that exists there."""

    def describe_together(
        self, account: str, region: str, ids: Sequence[str], most_calls: int
    ) -> dict[str, ObservedStack | None]:
        """Those of several stacks that few calls can tell of; None for one that is in no list of all."""

    def in_progress(self, account: str, region: str) -> dict[str, StackStatus]:
        """Every stack on which CloudFormation is at work."""


class Estate(Protocol):
    """What a stack holds: listed, put out of the way before a deletion, and looked for after it."""

    def inventory(self, account: str, region: str, stack_id: str) -> Sequence[Item]:
        """Everything that a stack holds now."""

    def clear(self, item: Item) -> bool:
        """Put out of the way what would block an item's deletion; False where there is more to do."""

    def unblock(self, item: Item) -> None:
        """Put out of the way what blocked the deletion of an item."""

    def free_networks(self, failed: Iterable[Item], items: Iterable[Item]) -> None:
        """Delete network interfaces that functions among `items` left over, where something that failed is held."""

    def can_ask(self, item: Item) -> bool:
        """Whether an item's own service can be asked whether it is there."""

    def exists(self, item: Item) -> bool:
        """Whether an item is still there."""

    def drop_log_group(self, item: Item) -> None:
        """Delete a log group."""


class Sight(Protocol):
    """A look, and what to remember of it."""

    @property
    def look(self) -> Look:
        """What was seen."""

    @property
    def memory(self) -> Memory:
        """What the next look need not ask again."""


class Fleet(Protocol):
    """Everything that stands in the accounts and regions that the server may look at."""

    @property
    def places(self) -> Sequence[tuple[str, str]]:
        """Each account with each of its regions."""

    def look(
        self,
        account: str,
        region: str,
        ledger: Mapping[str, Sequence[Resource]],
        memory: Memory,
        window: timedelta,
        now: datetime,
    ) -> Sight:
        """One look. `ledger` are the resources of our stacks by stack id, also of those that are gone. Raises
        TransientError or PermanentError where nothing at all could be read."""

    def confirm(self, stack: FleetStack) -> FleetStack | None:
        """A stack as CloudFormation describes it at this moment by its id, tags and termination protection included;
        None where it is gone."""


class Preparer(Protocol):
    """Packages a commit."""

    def prepare(self, environment: Environment) -> Preparation:
        """What is made of the commit that is wanted of an environment."""


class Text(Protocol):
    """An announcement in the form of one place, on its way there."""

    @property
    def digest(self) -> str:
        """Equal for texts that read the same."""

    def post(self) -> str:
        """Tell it for the first time; the reference under which it can be changed."""

    def edit(self, reference: str) -> bool:
        """Change what was told; False where that is no longer there."""

    def find(self, since: datetime) -> str | None:
        """What was posted since then, should nobody have noted it."""


class Place(Protocol):
    """Somewhere an announcement is told: posted once, then edited."""

    @property
    def name(self) -> str:
        """How the place is named in the outbox."""

    @property
    def under(self) -> str | None:
        """The place below whose text this one's stands: it is told only once that one is."""

    @property
    def is_needed(self) -> bool:
        """Whether a first post is worth it; what stands already is kept up to date in any case."""

    @property
    def room(self) -> str | None:
        """Whose pace it has to keep, together with others; None where it need not."""

    def tell(self, root: str | None) -> Text:
        """What there is to tell in this place's form; `root` is the reference of what stands at `under`."""


class Directory(Protocol):
    """Knows where an environment is announced."""

    def of(self, announcement: Announcement, told: Mapping[str, Told]) -> Sequence[Place]:
        """The places of one environment; `told` is what stands so far, by place."""
