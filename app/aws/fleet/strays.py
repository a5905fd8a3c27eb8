"""Strays: of all that exists, what to ask for before it can be said whether it is loose.

Three questions are asked of what no stack holds: its tags, a hundred a call; whether the writer of a log group is gone;
and of types that have no list here, each suspect by itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.aws.fleet.arns import resource_of
from app.aws.fleet.catalog import Catalog
from app.aws.fleet.checks import CHECKS, TAGGED, is_there
from app.aws.fleet.lists import Listed
from app.aws.fleet.loose import LOG_GROUP, Named, Origin, Surroundings, find_loose, rules_as_listed, writer_of
from app.aws.fleet.tags import STACK_ID, Tagged, join, read_made, read_named
from app.aws.usage.facts import Fact, Rule
from app.aws.usage.naming import name_of
from app.core.errors import MayflyError
from app.core.fleet import FleetStack, LooseResource
from app.core.memory import Memory
from app.core.stack import Resource

_FUNCTION = "AWS::Lambda::Function"
Ledger = Mapping[str, Sequence[Resource]]
"""The resources of our own stacks by stack id, also of those that are gone."""


@dataclass(frozen=True)
class Strays:
    """Finds what is loose. `is_audit` where every list is read; `candidates` are the ARNs of all that no stack held."""

    catalog: Catalog
    ledger: Ledger
    memory: Memory
    is_audit: bool
    candidates: list[str] = field(default_factory=list)

    def find(self, stacks: Sequence[FleetStack], tagged: Tagged | None, rules: Fact[Rule]) -> list[LooseResource]:
        """What exists and belongs to no stack. `tagged` are the tags of all that stacks made, where they were read."""
        standing = {stack.id for stack in stacks}
        held = {(each.type, name_of(each)) for stack in stacks for each in stack.resources or ()}
        listed = [*self.catalog.everything(), *rules_as_listed(rules.known.values())]
        candidates = [each for each in listed if (each.type, each.name) not in held]
        self.candidates[:] = [each.arn for each in candidates]
        rare, rare_tags = self._rare(standing, held, tagged)
        around = Surroundings(
            self.catalog.caller.account,
            self.catalog.caller.region,
            standing,
            self._gone(standing),
            self._tags(candidates, [rare_tags, *([tagged] if tagged else [])]),
            _bus_owners(stacks),
            self._writers(candidates, held),
            self.memory.loose,
        )
        return find_loose([*candidates, *rare], around)

    def _tags(self, candidates: Sequence[Listed], known: Sequence[Tagged]) -> Tagged:
        """The tags of every candidate, those asked for that are not known yet."""
        if not self.is_audit:
            remembered = {arn: tags for arn, tags in self.memory.loose.items() if tags is not None}
            known = [Tagged({**{arn: {} for arn in self.memory.others}, **remembered}), *known]
        missing = [each.arn for each in candidates if all(each.arn not in tagged.tags for tagged in known)]
        tags = join([*known, read_named(self.catalog.caller, missing, self.catalog.pool)])
        for fault in tags.faults:
            self.catalog.note(f"Some tags could not be read. {fault}")
        return tags

    def _gone(self, standing: set[str]) -> dict[Named, Origin]:
        """What our ledger has of stacks that are gone and stood here: elsewhere the same names are others'."""
        here = f":cloudformation:{self.catalog.caller.region}:{self.catalog.account_id}:"
        return {
            (each.type, name_of(each)): Origin(stack_id, stack_id.partition(":stack/")[2].partition("/")[0])
            for stack_id, resources in self.ledger.items()
            if stack_id not in standing and here in stack_id
            for each in resources
        }

    def _writers(self, candidates: Sequence[Listed], held: set[Named]) -> dict[str, set[str]]:
        """The names that exist of each type that is asked for by a log group whose writer nobody knows."""
        asked = {_FUNCTION} if self.catalog.of(_FUNCTION) is not None else set()
        asked |= {
            writer[0]
            for each in candidates
            if each.type == LOG_GROUP and each.arn not in self.memory.loose and (writer := writer_of(each.name))
        }
        self.catalog.begin(asked)
        return {
            kind: {each.name for each in listed} | {name for known, name in held if known == kind}
            for kind in asked
            if (listed := self.catalog.of(kind)) is not None
        }

    def _rare(self, standing: set[str], held: set[Named], tagged: Tagged | None) -> tuple[list[Listed], Tagged]:
        """What only tags tell of: in an audit, and where it was loose before."""
        made = tagged or self._rare_tags()
        suspects = [
            Listed(resource.type, name_of(resource), arn)
            for arn, tags in made.tags.items()
            if (resource := resource_of(arn)).type in CHECKS
            and tags.get(STACK_ID) not in standing
            and (resource.type, name_of(resource)) not in held
        ]
        there = list(self.catalog.pool.map(self._is_there, suspects))
        return [each for each, is_so in zip(suspects, there, strict=True) if is_so], made

    def _rare_tags(self) -> Tagged:
        caller, pool = self.catalog.caller, self.catalog.pool
        if not self.is_audit:
            return read_named(caller, [arn for arn in self.memory.loose if resource_of(arn).type in CHECKS], pool)
        try:
            return read_made(caller, TAGGED)
        except MayflyError as fault:
            return Tagged({}, faults=(str(fault),))

    def _is_there(self, thing: Listed) -> bool:
        try:
            return is_there(self.catalog.caller, thing.type, thing.name)
        except MayflyError as fault:
            self.catalog.note(f"Whether {thing.name} exists could not be told. {fault}")
            return False


def _bus_owners(stacks: Sequence[FleetStack]) -> dict[str, str]:
    return {
        name_of(each): stack.id
        for stack in stacks
        for each in stack.resources or ()
        if each.type == "AWS::Events::EventBus"
    }
