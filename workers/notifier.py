"""The notifier: tells people what an environment's records say, in each place once, and edits it from then on.

The announcement is made from the records at the moment of telling, so several changes in a row become one edit, and a
place that was out of reach is told the last state when it is back. Places are told independently: one that fails is
tried again and holds up neither the others nor any deployment.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from app.core.announcement import announce
from app.store.database import Database
from app.store.deployments import list_deployments
from app.store.environments import find_environment, stacks_of
from app.store.outbox import list_told
from app.store.preparations import find_preparation
from app.store.sources import sources_of
from workers.pace import Pace
from workers.ports import Directory
from workers.speaker import Speaker


@dataclass(frozen=True)
class Notifier:
    """One pass per environment."""

    database: Database
    places: Directory
    clock: Callable[[], datetime]
    pace: Pace = field(default_factory=Pace)

    def __call__(self, name: str) -> timedelta | None:
        """Tell each place what it does not know yet; when to try again those that could not be told."""
        with self.database.read() as connection:
            environment = find_environment(connection, name)
            sources = sources_of(connection, name)
            records = stacks_of(connection, name)
            attempts = list_deployments(connection, name)
            told = list_told(connection, name)
            preparation = find_preparation(connection, name, environment.desired.commit) if environment else None
        if environment is None:
            return None
        announcement = announce(environment, sources, records, attempts, preparation)
        speaker = Speaker(self.database, self.clock, self.pace)
        with structlog.contextvars.bound_contextvars(phase=announcement.phase.value):
            pauses = [speaker.tell(name, place) for place in self.places.of(announcement, told)]
        return min((pause for pause in pauses if pause is not None), default=None)
