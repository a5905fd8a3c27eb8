"""Succession: a stack lives on where the repository's file gives it another key.

The only stack of an environment bears the environment's name whatever its key is, so a file that is added, or a stack
that is renamed in it, often means a stack that stands already. It is then handed over and updated. Deleting it and
creating it again under the same name would cost people what they have in it.
"""

from collections.abc import Sequence
from dataclasses import replace

from app.core.environment import Target
from app.core.stack import StackRecord


def hand_over(targets: Sequence[Target], records: Sequence[StackRecord]) -> list[StackRecord]:
    """The records to be written anew: each stack under its new key, and its old key with nothing behind it."""
    keys = {target.stack for target in targets}
    standing = {record.stack for record in records if record.is_alive}
    free = [record for record in records if record.is_alive and record.stack not in keys]
    changed: list[StackRecord] = []
    for target in targets:
        heir = next((record for record in free if _is_meant(target, record)), None)
        if heir is not None and target.stack not in standing:
            changed += [replace(heir, stack=target.stack), emptied(heir)]
    return changed


def _is_meant(target: Target, record: StackRecord) -> bool:
    return record.name == target.name and record.is_at(target.account, target.region)


def emptied(record: StackRecord) -> StackRecord:
    """The record with nothing behind it: no stack, and none that was asked for."""
    return StackRecord(record.environment, record.stack, record.name, record.account, record.region)
