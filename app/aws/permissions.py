"""Permissions: each function that calls AWS says which IAM actions it needs.

The list of all of them is what the service's role is granted, and a test compares the two.
"""

import importlib
import pkgutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

_declared: dict[str, tuple[str, ...]] = {}


def permits(*actions: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare the IAM actions that the function below needs."""

    def declare(function: Callable[P, R]) -> Callable[P, R]:
        _declared[f"{function.__module__}.{function.__qualname__}"] = actions
        return function

    return declare


def declared_permissions() -> dict[str, tuple[str, ...]]:
    """The IAM actions of every function that declares any, by the function's full name."""
    return dict(_declared)


def list_actions() -> list[str]:
    """Every IAM action that Mayfly itself needs, once, in order."""
    rooms = [str(Path(__file__).parent)]
    for module in pkgutil.walk_packages(rooms, "app.aws."):
        importlib.import_module(module.name)
    return sorted({action for actions in _declared.values() for action in actions})


if __name__ == "__main__":
    from app.aws.permissions import list_actions as actions

    sys.stdout.write("\n".join(actions()) + "\n")
