"""`mayfly show ENV --wait`: what a test job calls before it runs its tests against the stack.

It returns once the environment is ready, and with a reason once there is nothing more to wait for. An environment that
does not exist yet is waited for too: a job may begin before the webhook was handled.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from app.core.environment import Phase
from app.core.errors import MayflyError
from app.core.span import format_span
from app.report import report_environment, report_outputs
from app.store.database import Database

LOOK_SECONDS = 1.0
_HOPELESS = frozenset({Phase.FAILED, Phase.BLOCKED, Phase.LEAKED, Phase.GONE})


class NotReady(MayflyError):
    """The environment is not ready."""


@dataclass(frozen=True)
class Waiter:
    """Waits for one environment; with `commit`, until it is ready at that commit and no earlier one."""

    database: Database
    name: str
    commit: str
    limit: timedelta
    clock: Callable[[], float] = time.monotonic
    pause: Callable[[float], None] = time.sleep

    def __call__(self) -> dict[str, Any]:
        """The outputs, once it is ready. Raises NotReady with the reason where it will not be, or not in time."""
        deadline = self.clock() + self.limit.total_seconds()
        while True:
            found, outputs = self._look()
            if outputs is not None and outputs["ready"] and self._is_at(outputs["commit"]):
                return outputs
            if found is not None and found["phase"] in _HOPELESS and self._is_at(_tried(found)):
                raise NotReady(f"{self.name} is {found['phase']}: {found['reason']}")
            if self.clock() >= deadline:
                raise NotReady(self._late(found))
            self.pause(LOOK_SECONDS)

    def _look(self) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
        with self.database.read() as connection:
            return report_environment(connection, self.name), report_outputs(connection, self.name)

    def _is_at(self, commit: str | None) -> bool:
        return not self.commit or (commit or "").startswith(self.commit)

    def _late(self, found: dict[str, Any] | None) -> str:
        span = format_span(self.limit)
        if found is None:
            return f"there is no environment {self.name!r} after {span}; `mayfly list --all` lists those there are"
        return f"{self.name} is not ready after {span}; it is {found['phase']}: {found['reason']}"


def _tried(found: dict[str, Any]) -> str | None:
    """The commit of the latest attempt."""
    attempts = found["deployments"]
    return str(attempts[0]["commit"]) if attempts else None
