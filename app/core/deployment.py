"""Deployments: one attempt to bring one commit to an environment, and its outcome."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Outcome(StrEnum):
    """How a deployment ended; RUNNING until it has."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    SUPERSEDED = "superseded"


@dataclass(frozen=True)
class Deployment:
    """One attempt. `id` is part of every ClientRequestToken, so a repeat after a crash is recognised by AWS."""

    id: str
    environment: str
    commit: str
    outcome: Outcome
    started_at: datetime
    ended_at: datetime | None = None
    cause: str | None = None
