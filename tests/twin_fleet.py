"""The fleet's twin: what stands in an account and region, shown as the test arranges it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from app.core.errors import TransientError
from app.core.fleet import FleetStack, Look, LooseResource
from app.core.memory import Memory
from app.core.stack import Resource
from tests.builders import REGION


@dataclass(frozen=True)
class SightTwin:
    """A look and what to remember of it: what was remembered before."""

    look: Look
    memory: Memory


@dataclass
class FleetTwin:
    """Stacks and loose resources by id; `unread` cannot be read of them, and a place that is `dark` not at all."""

    stacks: dict[str, FleetStack] = field(default_factory=dict)
    loose: dict[str, LooseResource] = field(default_factory=dict)
    unread: tuple[str, ...] = ()
    dark: set[str] = field(default_factory=set)
    described: dict[str, FleetStack | None] = field(default_factory=dict)
    """What a stack is described as when it is asked about by itself, where that differs from the list."""
    regions: Sequence[str] = (REGION,)
    looks: int = 0

    @property
    def places(self) -> Sequence[tuple[str, str]]:
        return [("default", region) for region in self.regions]

    def show(self, *subjects: FleetStack | LooseResource) -> None:
        """They stand there from now on."""
        for subject in subjects:
            if isinstance(subject, FleetStack):
                self.stacks[subject.id] = subject
            else:
                self.loose[subject.arn] = subject

    def look(
        self,
        account: str,
        region: str,
        _ledger: Mapping[str, Sequence[Resource]],
        memory: Memory,
        _window: timedelta,
        now: datetime,
    ) -> SightTwin:
        self.looks += 1
        if region in self.dark:
            raise TransientError(f"CloudFormation did not answer in {region}")
        stacks = tuple(stack for stack in self.stacks.values() if stack.region == region)
        loose = tuple(each for each in self.loose.values() if each.region == region)
        return SightTwin(Look(account, region, now, stacks, loose, self.unread), memory)

    def confirm(self, stack: FleetStack) -> FleetStack | None:
        if stack.id in self.described:
            return self.described[stack.id]
        found = self.stacks.get(stack.id)
        return replace(found, is_protected=bool(found.is_protected)) if found else None
