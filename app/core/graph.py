"""The graph of an environment's stacks: which stand where, and which must stand before which."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.core.blueprint import references
from app.core.environment import Target
from app.core.errors import PermanentError
from app.core.naming import stack_name


class GraphRefused(PermanentError):
    """The stacks need each other in a way that cannot be followed."""


@dataclass(frozen=True)
class StackWish:
    """One entry under `stacks:` in the repository's file."""

    template: str
    regions: tuple[str, ...]
    account: str = "default"
    needs: tuple[str, ...] = ()
    parameters: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    outputs: tuple[str, ...] | None = None


def arrange(wishes: Mapping[str, StackWish], environment: str) -> tuple[Target, ...]:
    """The targets in an order in which each comes after those it needs. Raises GraphRefused.

    A stack of several regions becomes a target in each, `api@eu-west-1`; what it needs is taken from the same region
    where that is there, so that data stays in its region.
    """
    targets = []
    for name in order(wishes):
        wish = wishes[name]
        for region in wish.regions:
            key = _key(name, region, wish)
            needs = tuple(_key(need, _region_of(wishes[need], region), wishes[need]) for need in wish.needs)
            targets.append(_target(key, name, region, wish, needs, environment, alone=len(wishes) == 1))
    return tuple(targets)


def _target(
    key: str, name: str, region: str, wish: StackWish, needs: tuple[str, ...], environment: str, *, alone: bool
) -> Target:
    return Target(
        stack=key,
        name=stack_name(environment, name, alone=alone),
        template=wish.template,
        region=region,
        account=wish.account,
        needs=needs,
        parameters=wish.parameters,
        tags=wish.tags,
        outputs=wish.outputs,
    )


def _key(name: str, region: str, wish: StackWish) -> str:
    return name if len(wish.regions) == 1 else f"{name}@{region}"


def _region_of(need: StackWish, wanted: str) -> str:
    return wanted if wanted in need.regions else need.regions[0]


def order(wishes: Mapping[str, StackWish]) -> list[str]:
    """The names, each after those it needs, else as written. Raises GraphRefused for a cycle or an unknown name."""
    _check(wishes)
    ordered: list[str] = []
    while len(ordered) < len(wishes):
        free = [name for name in wishes if name not in ordered and set(wishes[name].needs) <= set(ordered)]
        if not free:
            circle = ", ".join(name for name in wishes if name not in ordered)
            raise GraphRefused(f"stacks: {circle} need each other in a circle; remove one of their `needs`")
        ordered.extend(free)
    return ordered


def _check(wishes: Mapping[str, StackWish]) -> None:
    for name, wish in wishes.items():
        for need in wish.needs:
            if need not in wishes:
                raise GraphRefused(f"stacks.{name}.needs: there is no stack {need!r}")
        for parameter, text in wish.parameters.items():
            _check_references(name, wish.needs, parameter, text)


def _check_references(name: str, needs: Sequence[str], parameter: str, text: str) -> None:
    for reference in references(text):
        stack, dot, _ = reference.partition(".")
        if dot and stack not in needs:
            raise GraphRefused(f"stacks.{name}.parameters.{parameter}: ${{{reference}}} wants `needs: [{stack}]`")
