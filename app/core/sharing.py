"""Sharing: one environment for one ticket across repositories, where the server allows it.

Each repository contributes the stacks of its own file at its own commit, and all of them stand as long as any of the
sources is open. The repository that came first names its stacks as if it were alone (`SHOP-42`, `SHOP-42-<stack>`), so
that nothing of it moves when another joins; a guest's are `SHOP-42-<repository>` and `SHOP-42-<repository>-<stack>`.
Stacks reach each other's outputs within their repository alone.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

from app.core.environment import Desired, Target
from app.core.graph import StackWish, arrange
from app.core.naming import name_for_second


def contribute(
    before: Desired, first: str, repository: str, commit: str, wishes: Mapping[str, StackWish], environment: str
) -> tuple[Target, ...]:
    """Everything that is to stand once `repository` wants `wishes` at `commit`; `first` is the repository that came
    first. As if it were alone where no other repository contributes."""
    signed = [_signed(target, before) for target in before.targets]
    others = [target for target in signed if target.repository != repository]
    if not others and first == repository:
        return arrange(wishes, environment)
    is_guest = first != repository
    base = name_for_second(environment, repository, None, same_repository=False) if is_guest else environment
    taken = {target.name for target in others}
    mine = [_own(target, repository, commit, taken, is_guest=is_guest) for target in arrange(wishes, base)]
    return (*others, *mine)


def commits_of(desired: Desired) -> dict[tuple[str, str], list[Target]]:
    """The wanted stacks by the repository and commit that they are made from."""
    groups: dict[tuple[str, str], list[Target]] = {}
    for target in desired.targets:
        origin = (target.repository or desired.repository, target.commit or desired.commit)
        groups.setdefault(origin, []).append(target)
    return groups


def _signed(target: Target, desired: Desired) -> Target:
    """The target with the repository and commit that it is made from, unsaid as long as there was one alone."""
    repository, commit = target.repository or desired.repository, target.commit or desired.commit
    return replace(target, repository=repository, commit=commit)


def _own(target: Target, repository: str, commit: str, taken: set[str], *, is_guest: bool) -> Target:
    """A target of one of several repositories. Where its name is taken, part of a hash tells the two apart."""
    mark = hashlib.sha256(repository.encode()).hexdigest()[:6]
    name = f"{target.name}-{mark}" if target.name in taken else target.name
    signed = replace(target, name=name, repository=repository, commit=commit)
    if not is_guest:
        return signed
    return replace(signed, stack=_key(target.stack, repository), needs=_keys(target.needs, repository))


def _key(stack: str, repository: str) -> str:
    return f"{stack}@{repository}"


def _keys(stacks: Sequence[str], repository: str) -> tuple[str, ...]:
    return tuple(_key(stack, repository) for stack in stacks)
