"""The verdict on one commit of an environment: what a check, a commit status and a deployment say of it.

    the commit is                      | and                                             | verdict
    -----------------------------------+-------------------------------------------------+----------
    the wanted one                     | its attempt succeeded and the environment is    | SUCCESS
                                       |   ready                                         |
                                       | its attempt failed, something foreign in its way| BLOCKED
                                       | its attempt failed otherwise                    | FAILURE
                                       | it waits for a place                            | QUEUED
                                       | anything else                                   | RUNNING
    of an open source, nothing wanted  |                                                 | TAKEN_AWAY
    any other                          | its attempt succeeded or failed                 | none: what was said stands
                                       | its attempt never ended                         | CANCELLED

The attempt's outcome leads, not the phase: between a push and the first look at it the environment is still ready with
the commit before, and a success told then would send tests against the wrong stack.
"""

from enum import StrEnum

from app.core.announcement import Announcement
from app.core.deployment import Outcome
from app.core.environment import Phase


class Verdict(StrEnum):
    """What there is to say of a commit."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCESS = "success"
    FAILURE = "failure"
    BLOCKED = "blocked"
    TAKEN_AWAY = "taken away"
    CANCELLED = "cancelled"

    @property
    def is_open(self) -> bool:
        """Whether there will be another."""
        return self in (Verdict.QUEUED, Verdict.RUNNING)


def judge_commit(announcement: Announcement, repository: str, commit: str) -> Verdict | None:
    """What there is to say of a commit; None where what was said of it stands."""
    outcome = announcement.outcomes.get(commit)
    if announcement.wanted == (repository, commit):
        return _judge_wanted(announcement.phase, outcome)
    heads = {(source.repository, source.commit) for source in announcement.sources if source.is_open}
    if announcement.wanted is None and (repository, commit) in heads:
        return Verdict.TAKEN_AWAY
    return None if outcome in (Outcome.SUCCEEDED, Outcome.FAILED) else Verdict.CANCELLED


def _judge_wanted(phase: Phase, outcome: Outcome | None) -> Verdict:
    if outcome is Outcome.SUCCEEDED and phase is Phase.READY:
        return Verdict.SUCCESS
    if outcome is Outcome.FAILED and phase in (Phase.FAILED, Phase.BLOCKED):
        return Verdict.BLOCKED if phase is Phase.BLOCKED else Verdict.FAILURE
    return Verdict.QUEUED if phase is Phase.QUEUED else Verdict.RUNNING
