"""Twins in memory of what the passes need of the world. They keep state and refuse what the real ones refuse."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from app.aws.allowance import QuotaFull
from app.aws.client import AwsDenied, AwsRefused
from app.aws.stacks import Answer, Started
from app.core.blueprint import Blueprint, Payload, Preparation
from app.core.cause import OperationEvent, StackEvent
from app.core.environment import Environment
from app.core.errors import TransientError
from app.core.inventory import Item
from app.core.source import Source
from app.core.stack import ObservedStack, Resource, StackStatus
from tests.builders import NOW
from tests.twin_stack import UPDATABLE, TwinStack

Fault = Literal["crash before", "crash after", "no answer before", "no answer after"]


class Crash(Exception):
    """The process dies here."""


@dataclass
class Clock:
    """A clock that moves only when it is told to."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, span: timedelta) -> None:
        self.now += span


@dataclass
class CloudTwin:
    """CloudFormation in every account and region."""

    stacks: list[TwinStack] = field(default_factory=list)
    mutations: list[tuple[str, str]] = field(default_factory=list)
    fault: Fault | None = None
    full: str | None = None
    """The quota that leaves no room for a creation, if one does."""
    refusal: str | None = None
    """Why creations are refused, if they are."""
    manners: list[tuple[tuple[str, ...], bool]] = field(default_factory=list)
    """What each deletion was to leave out, and whether it was by force."""
    is_old: bool = False
    """Whether DescribeEvents is not known yet."""
    is_next_token_known: bool = False
    """Whether the next creation is refused as the repeat of one that nobody knows, and its like from then on."""
    known_tokens: set[str] = field(default_factory=set)
    skipped: tuple[str, ...] = ()
    """What the last rollback that was taken up left out."""

    def live(self, name: str, region: str = "eu-west-1") -> TwinStack:
        """The stack that bears a name now."""
        return next(s for s in self.stacks if s.name == name and s.region == region and s.is_alive)

    def moving(self) -> list[TwinStack]:
        return [stack for stack in self.stacks if stack.status.is_in_progress]

    def stand(self, name: str, payload: Payload, region: str = "eu-west-1", *, is_ours: bool = False) -> TwinStack:
        """Put a stack there that nobody asked us for."""
        stack = self._begin(f"default/{region}", name, payload, "by hand", is_ours=is_ours)
        stack.goes_on()
        return stack

    def create(self, account: str, region: str, name: str, payload: Payload, token: str) -> Started:
        with self._fault_at("create", f"{account}/{region}/{name}"):
            place = f"{account}/{region}"
            known = self._find(place, name)
            if self.full is not None:
                raise QuotaFull(self.full)
            if self.refusal is not None:
                raise AwsRefused(f"CloudFormation: {self.refusal}", "ValidationError")
            if known is None and self._is_known(token):
                return Started(Answer.NAME_TAKEN)
            if known is None:
                return Started(Answer.STARTED, self._begin(place, name, payload, token, is_ours=True).id)
            if known.events[0].token == token:
                return Started(Answer.STARTED, known.id)
            return Started(Answer.NAME_TAKEN)

    def _is_known(self, token: str) -> bool:
        if self.is_next_token_known:
            self.is_next_token_known = False
            self.known_tokens.add(token)
        return token in self.known_tokens

    def _begin(self, place: str, name: str, payload: Payload, token: str, *, is_ours: bool) -> TwinStack:
        status = StackStatus.CREATE_IN_PROGRESS
        region = place.partition("/")[2]
        stack_id = f"arn:aws:cloudformation:{region}:123456789012:stack/{name}/{len(self.stacks)}"
        stack = TwinStack(stack_id, name, place, status, token, is_ours, payload, payload)
        stack.enter(status)
        self.stacks.append(stack)
        return stack

    def update(self, account: str, region: str, stack_id: str, payload: Payload, token: str) -> Started:
        with self._fault_at("update", stack_id):
            stack = self._find(f"{account}/{region}", stack_id)
            if stack is None or not stack.is_alive:
                return Started(Answer.MISSING, stack_id)
            if any(event.token == token for event in stack.events):
                return Started(Answer.STARTED, stack_id)
            if stack.status not in UPDATABLE:
                return Started(Answer.BUSY, stack_id)
            payload = payload if payload.tags else replace(payload, tags=stack.stands.tags)
            if payload.digest == stack.stands.digest:
                return Started(Answer.UNCHANGED, stack_id)
            stack.asked = payload
            stack.begin(token, StackStatus.UPDATE_IN_PROGRESS)
            return Started(Answer.STARTED, stack_id)

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
        self.manners.append((tuple(retain), is_forced))
        with self._fault_at("delete", stack_id):
            stack = self._find(f"{account}/{region}", stack_id)
            if stack is None or not stack.is_alive or stack.status is StackStatus.DELETE_IN_PROGRESS:
                return Started(Answer.STARTED, stack_id)
            if stack.status.startswith("UPDATE_") and stack.status.is_in_progress:
                return Started(Answer.BUSY, stack_id)
            if stack.is_protected:
                return Started(Answer.PROTECTED, stack_id)
            if (retain or is_forced) and stack.status is not StackStatus.DELETE_FAILED:
                raise AwsRefused("CloudFormation: the stack is not in DELETE_FAILED state", "ValidationError")
            stack.begin(token, StackStatus.DELETE_IN_PROGRESS)
            return Started(Answer.STARTED, stack_id)

    def unprotect(self, account: str, region: str, stack_id: str) -> None:
        stack = self._find(f"{account}/{region}", stack_id)
        assert stack
        stack.is_protected = False

    def cancel_update(self, account: str, region: str, stack_id: str, token: str) -> None:
        self._roll_back("cancel", f"{account}/{region}", stack_id, token, StackStatus.UPDATE_IN_PROGRESS)

    def continue_rollback(self, account: str, region: str, stack_id: str, token: str, skip: Sequence[str] = ()) -> None:
        self.skipped = tuple(skip)
        self._roll_back("continue", f"{account}/{region}", stack_id, token, StackStatus.UPDATE_ROLLBACK_FAILED)

    def roll_back(self, account: str, region: str, stack_id: str, token: str) -> None:
        self._roll_back("rollback", f"{account}/{region}", stack_id, token, StackStatus.UPDATE_FAILED)

    def _roll_back(self, verb: str, place: str, stack_id: str, token: str, from_: StackStatus) -> None:
        with self._fault_at(verb, stack_id):
            stack = self._find(place, stack_id)
            if stack is not None and stack.status is from_:
                stack.begin(token, StackStatus.UPDATE_ROLLBACK_IN_PROGRESS)

    def describe(self, account: str, region: str, id_or_name: str) -> ObservedStack | None:
        stack = self._find(f"{account}/{region}", id_or_name)
        return stack.observed if stack else None

    def every_stack(self, account: str, region: str) -> list[ObservedStack]:
        return [s.observed for s in self.stacks if s.place == f"{account}/{region}" and s.is_alive]

    def resources(self, account: str, region: str, stack_id: str) -> tuple[Resource, ...]:
        stack = self._find(f"{account}/{region}", stack_id)
        return stack.resources if stack else ()

    def events(self, account: str, region: str, stack_id: str) -> Iterator[StackEvent]:
        stack = self._find(f"{account}/{region}", stack_id)
        return iter(stack.events[::-1] if stack else [])

    def describe_together(
        self, account: str, region: str, ids: Sequence[str], most_calls: int
    ) -> dict[str, ObservedStack | None]:
        assert most_calls >= 1
        standing = {stack.id: stack for stack in self.every_stack(account, region)}
        return {each: standing.get(each) for each in ids}

    def failed_events(self, account: str, region: str, stack_id: str) -> list[OperationEvent]:
        stack = self._find(f"{account}/{region}", stack_id)
        if self.is_old:
            raise AwsRefused("CloudFormation: Could not find operation DescribeEvents", "InvalidAction")
        return stack.refusals if stack else []

    def in_progress(self, account: str, region: str) -> dict[str, StackStatus]:
        return {stack.id: stack.status for stack in self.moving() if stack.place == f"{account}/{region}"}

    def _find(self, place: str, id_or_name: str) -> TwinStack | None:
        """By id any incarnation, by name the one that is alive."""
        mine = (stack for stack in self.stacks if stack.place == place)
        return next((s for s in mine if s.id == id_or_name or (s.name == id_or_name and s.is_alive)), None)

    def _fault_at(self, verb: str, subject: str) -> "_Faulty":
        self.mutations.append((verb, subject))
        fault, self.fault = self.fault, None
        return _Faulty(fault)


@dataclass
class EstateTwin:
    """What the stacks of CloudFormation's twin hold. What is `alive` is there whatever CloudFormation says."""

    cloud: CloudTwin
    alive: set[str] = field(default_factory=set)
    retained: set[str] = field(default_factory=set)
    """Logical ids that templates keep."""
    nested: dict[str, str] = field(default_factory=dict)
    """The id of the outer stack by that of the one nested in it."""
    denied: set[str] = field(default_factory=set)
    """Physical ids of what may not be touched."""
    full: dict[str, int] = field(default_factory=dict)
    """How many passes it takes to empty a resource, by its physical id."""
    cleared: list[str] = field(default_factory=list)
    unblocked: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)

    def inventory(self, account: str, region: str, stack_id: str) -> list[Item]:
        root = next((outer for inner, outer in self.nested.items() if inner == stack_id), stack_id)
        found = []
        for each in self.cloud.resources(account, region, stack_id):
            if each.status == "DELETE_COMPLETE":
                continue
            is_retained = each.logical_id in self.retained
            place = (account, region, stack_id)
            found.append(Item(root, each.logical_id, each.type, each.physical_id, *place, is_retained, each.status))
            if each.physical_id in self.nested:
                found += self.inventory(account, region, each.physical_id)
        return found

    def clear(self, item: Item) -> bool:
        if item.physical_id in self.denied:
            raise AwsDenied("S3: not authorized")
        self.cleared.append(item.physical_id)
        left = self.full.get(item.physical_id, 0)
        self.full[item.physical_id] = max(left - 1, 0)
        return left <= 1

    def unblock(self, item: Item) -> None:
        self.unblocked.append(item.physical_id)

    def free_networks(self, failed: Iterable[Item], items: Iterable[Item]) -> None:
        """Nothing here is in a network."""

    def can_ask(self, item: Item) -> bool:
        return item.type != "AWS::Odd::Thing"

    def exists(self, item: Item) -> bool:
        return item.physical_id in self.alive

    def drop_log_group(self, item: Item) -> None:
        self.dropped.append(item.physical_id)
        self.alive.discard(item.physical_id)


@dataclass
class _Faulty:
    """A call during which the process, or the connection, may die: before it has an effect, or after."""

    fault: Fault | None

    def __enter__(self) -> None:
        self._strike("before")

    def __exit__(self, *_: object) -> None:
        self._strike("after")

    def _strike(self, when: str) -> None:
        if self.fault == f"crash {when}":
            raise Crash
        if self.fault == f"no answer {when}":
            raise TransientError("CloudFormation did not answer.")


@dataclass
class PullsTwin:
    """GitHub: sources by their key as text, files by commit and path."""

    sources: dict[str, Source] = field(default_factory=dict)
    files: dict[tuple[str, str], bytes] = field(default_factory=dict)
    paths: Sequence[str] = ()
    deleted_branches: set[str] = field(default_factory=set)

    def show(self, source: Source) -> Source:
        """Have a pull request or branch look like this from now on."""
        self.sources[str(source.key)] = source
        return source

    def pull_request(self, repository: str, number: int) -> Source | None:
        return self.sources.get(f"{repository}#{number}")

    def branch(self, repository: str, branch: str) -> Source | None:
        """A branch that was shown, or that a pull request which was shown comes from."""
        if branch in self.deleted_branches:
            return None
        shown = [s for s in self.sources.values() if (s.repository, s.branch) == (repository, branch)]
        return replace(shown[0], pull_request=None) if shown else None

    def changed_paths(self, repository: str, number: int) -> Sequence[str]:  # noqa: ARG002 - one answer for all
        return self.paths

    def is_readable(self, repository: str) -> bool:
        return any(key.startswith(repository) for key in self.sources)

    def file(self, repository: str, path: str, commit: str) -> bytes | None:  # noqa: ARG002 - commits are unique
        return self.files.get((commit, path))


@dataclass
class PreparerTwin:
    """Packages nothing: a commit's blueprints are named after the version that it was given."""

    versions: dict[str, str] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)

    def prepare(self, environment: Environment) -> Preparation:
        commit = environment.desired.commit
        if commit in self.faults:
            return Preparation(commit, fault=self.faults[commit])
        made = {
            target.stack: Blueprint(
                target.stack,
                "{}",
                None,
                self.versions.get(target.commit or commit, "v1"),
                (),
                tuple(target.parameters),
                places=self.places,
            )
            for target in environment.desired.targets
        }
        return replace(Preparation(commit), blueprints=made)
