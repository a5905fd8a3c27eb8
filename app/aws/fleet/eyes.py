"""The eyes: one look at one account and region, in order.

1. The stacks; beside them the short lists, and where nothing is known yet the tags of all that stacks made.
2. The resources of each stack: from the ledger, from memory, from the tags, or asked for.
3. What is in the lists and in no stack: what is loose of it.
4. The use of every stack and of what is loose, in the same batches.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.aws.caller import Caller
from app.aws.client import Aws
from app.aws.fleet.arns import resource_of
from app.aws.fleet.catalog import Catalog
from app.aws.fleet.lists import ALWAYS, AUDIT
from app.aws.fleet.standing import list_resources, list_stacks
from app.aws.fleet.strays import Ledger, Strays
from app.aws.fleet.tags import LOGICAL_ID, STACK_ID, Tagged, read_made, read_named
from app.aws.usage.facts import Fact, Rule
from app.aws.usage.probe import Probe, Subject
from app.core.cost import Prices, monthly_cost
from app.core.errors import MayflyError
from app.core.fleet import FleetStack, Look, LooseResource, Usage
from app.core.memory import Memory, StackMemory
from app.core.stack import Resource, StackStatus
from app.core.usage import Window, last_use

AT_ONCE = 8
"""Chains of calls side by side; the rates of each service hold whatever their number."""
FEW = 5
"""So many stacks whose resources nobody knows are asked for one by one; for more the tags of everything are cheaper."""
_STORES = frozenset(
    {
        "AWS::DynamoDB::Table",
        "AWS::ECR::Repository",
        "AWS::EFS::FileSystem",
        "AWS::Logs::LogGroup",
        "AWS::S3::Bucket",
    }
)
"""What costs by the gigabyte: left alone it may hold any number of them, and nobody measured."""
UNREAD = Usage(why_unknown="Its resources could not be read.")
_CONFIRMED_BY = {
    "AWS::Lambda::Function": ":lambda:",
    "AWS::DynamoDB::Table": ":dynamodb:",
    "AWS::SNS::Topic": ":sns:",
}
"""Lists that are read between audits only where something that was loose may still be in them."""


@dataclass(frozen=True)
class Sight:
    """A look, what to remember of it, and how many requests it took."""

    look: Look
    memory: Memory
    requests: int


@dataclass(frozen=True)
class Eyes:
    """Looks at accounts and regions; nothing that it calls changes anything."""

    aws: Aws
    prices: Callable[[str], Prices]

    def look(
        self, account: str, region: str, ledger: Ledger, memory: Memory, window: timedelta, now: datetime
    ) -> Sight:
        """One look. Raises AwsUnreachable or AwsDenied where the stacks could not be listed: then nothing is known."""
        caller = Caller(self.aws, account, region)
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix=f"look {account}/{region}") as pool:
            catalog = Catalog(caller, self.aws.account_id(account), pool)
            gaze = _Gaze(catalog, ledger, memory, Window(now, window))
            stacks, loose = gaze.see()
        prices = self.prices(region)
        stacks = [replace(each, cost=_cost(each, prices)) for each in stacks]
        loose = [replace(each, cost=None if each.type in _STORES else prices.of(each.type)) for each in loose]
        look = Look(account, region, now, tuple(stacks), tuple(loose), tuple(catalog.unread))
        return Sight(look, gaze.remember(stacks, loose), caller.requests)

    def tags_of(self, account: str, region: str, arns: Sequence[str]) -> Mapping[str, Mapping[str, str] | None]:
        """The tags of what is loose as they are now, a hundred a call; None where they could not be read.

        Between two audits a look tells them as the last one read them, so before anything is taken away they are read
        anew.
        """
        caller = Caller(self.aws, account, region)
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix=f"tags {account}/{region}") as pool:
            tagged = read_named(caller, arns, pool)
        return {arn: tagged.of(arn) for arn in arns}


def _cost(stack: FleetStack, prices: Prices) -> float | None:
    return None if stack.resources is None else monthly_cost(stack.resources, prices)


@dataclass
class _Gaze:
    """One look under way."""

    catalog: Catalog
    ledger: Ledger
    memory: Memory
    window: Window
    is_audit: bool = False
    others: frozenset[str] = frozenset()

    def see(self) -> tuple[list[FleetStack], list[LooseResource]]:
        """The stacks and what is loose."""
        catalog, memory = self.catalog, self.memory
        is_first = not self.ledger and memory.audited_at is None
        made = catalog.pool.submit(read_made, catalog.caller) if is_first else None
        catalog.begin_rules()
        catalog.begin(ALWAYS)
        stacks = list_stacks(catalog.caller)
        self.is_audit = memory.is_audit_due([stack.id for stack in stacks], self.window.now)
        catalog.begin(each for each in AUDIT if self.is_audit or self._confirms(each))
        stacks, tagged = self._fill(stacks, made)
        rules = catalog.rules()
        if rules.fault:
            catalog.note(f"The rules of EventBridge could not be listed. {rules.fault}")
        strays = Strays(catalog, self.ledger, memory, self.is_audit)
        loose = strays.find(stacks, tagged, rules)
        self.others = frozenset(strays.candidates)
        return self._judge(stacks, loose, rules)

    def _confirms(self, kind: str) -> bool:
        return any(_CONFIRMED_BY[kind] in arn for arn in self.memory.loose)

    def _fill(self, stacks: list[FleetStack], made: "Future[Tagged] | None") -> tuple[list[FleetStack], Tagged | None]:
        """The stacks with their resources, and the tags of everything where they were read for it."""
        known = {stack.id: self._known(stack) for stack in stacks}
        missing = [stack for stack in stacks if known[stack.id] is None]
        if made is None and len(missing) > FEW:
            made = self.catalog.pool.submit(read_made, self.catalog.caller)
        tagged = self._tags_of_all(made) if made is not None else None
        if tagged is not None:
            known |= _by_stack(missing, tagged)
        elif len(missing) <= FEW:
            known |= dict(self.catalog.pool.map(self._ask, missing))
        return [replace(stack, resources=known[stack.id]) for stack in stacks], tagged

    def _known(self, stack: FleetStack) -> tuple[Resource, ...] | None:
        """The resources of a stack as the ledger has them, or as an earlier look did; one under review has none."""
        if stack.status is StackStatus.REVIEW_IN_PROGRESS:
            return ()
        if listed := self.ledger.get(stack.id):
            return tuple(listed)
        remembered = self.memory.of(stack.id)
        return remembered.resources if remembered.as_of == (stack.updated_at or stack.created_at) else None

    def _tags_of_all(self, made: "Future[Tagged]") -> Tagged | None:
        try:
            return made.result()
        except MayflyError as fault:
            self.catalog.note(f"The tags of what stacks made could not be read. {fault}")
            return None

    def _ask(self, stack: FleetStack) -> tuple[str, tuple[Resource, ...] | None]:
        try:
            return stack.id, list_resources(self.catalog.caller, stack.id)
        except MayflyError as fault:
            self.catalog.note(f"The resources of {stack.name} could not be listed. {fault}")
            return stack.id, None

    def _judge(
        self, stacks: list[FleetStack], loose: list[LooseResource], rules: Fact[Rule]
    ) -> tuple[list[FleetStack], list[LooseResource]]:
        """Everything with its use; stacks that are nested in one another are judged together."""
        catalog = self.catalog
        families = _families(stacks)
        subjects = [self._subject(stack, families[stack.id]) for stack in stacks]
        subjects += [
            Subject(each.arn, (Resource("", each.type, each.arn),), each.created_at, is_loose=True) for each in loose
        ]
        probe = Probe(catalog.caller, catalog.account_id, rules, self.window, catalog.pool)
        verdicts = probe.judge([subject for subject in subjects if subject is not None])
        return (
            [replace(stack, usage=verdicts.get(stack.id, UNREAD)) for stack in stacks],
            [replace(each, usage=verdicts[each.arn]) for each in loose],
        )

    def _subject(self, stack: FleetStack, family: Sequence[FleetStack]) -> Subject | None:
        """What is asked about a stack; None where nobody knows what is in it."""
        if any(member.resources is None for member in family):
            return None
        resources = tuple(each for member in family for each in member.resources or ())
        updated = max((each.updated_at for each in family if each.updated_at), default=None)
        uses = [use for each in family if (use := self.memory.of(each.id).last_use) and use.last_used_at]
        newest = max(uses, key=lambda use: use.last_used_at or self.window.since, default=None)
        was_quiet = stack.id in self.memory.stacks
        return Subject(stack.id, resources, stack.created_at, updated, newest, was_quiet=was_quiet)

    def remember(self, stacks: Sequence[FleetStack], loose: Sequence[LooseResource]) -> Memory:
        """What the next look need not ask. What could not be read stays as it was known."""
        known = {
            stack.id: StackMemory(
                last_use(stack.usage) or self.memory.of(stack.id).last_use,
                None if self.ledger.get(stack.id) else stack.resources,
                stack.updated_at or stack.created_at,
            )
            for stack in stacks
        }
        seen = {each.arn: each.tags for each in loose}
        if self.catalog.unread:
            return Memory(known, {**self.memory.loose, **seen}, self.memory.others, self.memory.audited_at)
        if not self.is_audit:
            return Memory(known, seen, self.memory.others, self.memory.audited_at)
        return Memory(known, seen, self.others - set(seen), self.window.now)


def _by_stack(stacks: Sequence[FleetStack], tagged: Tagged) -> dict[str, tuple[Resource, ...]]:
    """The resources of each stack as their tags tell them."""
    found: dict[str, list[Resource]] = {stack.id: [] for stack in stacks}
    for arn, tags in tagged.tags.items():
        if tags.get(STACK_ID) in found:
            found[tags[STACK_ID]].append(resource_of(arn, tags.get(LOGICAL_ID, "")))
    return {stack_id: tuple(resources) for stack_id, resources in found.items()}


def _families(stacks: Sequence[FleetStack]) -> dict[str, list[FleetStack]]:
    """For each stack all those that hang together with it by nesting, itself among them."""
    by_id = {stack.id: stack for stack in stacks}
    members: dict[str, list[FleetStack]] = {}
    roots = {stack.id: _root_of(stack, by_id) for stack in stacks}
    for stack in stacks:
        members.setdefault(roots[stack.id], []).append(stack)
    return {stack.id: members[roots[stack.id]] for stack in stacks}


def _root_of(stack: FleetStack, by_id: dict[str, FleetStack]) -> str:
    seen = {stack.id}
    while (parent := by_id.get(stack.parent_id or "")) is not None and parent.id not in seen:
        stack = parent
        seen.add(stack.id)
    return stack.id
