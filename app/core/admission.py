"""Admission: who may have an environment now, and who waits for whom.

Over a limit an environment waits in a queue that people can see; it never fails for it. The queue is fair: the
repository with the fewest environments comes next, and within that the one that has waited longest, so a busy
repository does not keep the others out.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Limits:
    """How many environments there may be at once: in all, of one repository, of one author."""

    environments: int
    per_repository: int
    per_author: int


@dataclass(frozen=True)
class Claim:
    """An environment that is there or would like to be; `since` is when it was first wanted."""

    environment: str
    repository: str
    author: str
    since: datetime
    is_admitted: bool


@dataclass(frozen=True)
class Wait:
    """That an environment has to wait: its position in the queue, from 1, and what would free a place."""

    position: int
    reason: str


def why_wait(name: str, claims: Sequence[Claim], limits: Limits) -> Wait | None:
    """Whether the claim of `name` has to wait; None where there is a place for it now."""
    taken = [claim for claim in claims if claim.is_admitted]
    position = 0
    for claim in queue_of(claims):
        full = _what_is_full(claim, taken, limits)
        if full is None:
            taken = [*taken, claim]
        else:
            position += 1
        if claim.environment == name:
            return Wait(position, _reason(position, *full)) if full else None
    return None


def find_excess(claims: Sequence[Claim], limits: Limits) -> dict[str, str]:
    """The environments that hold a place beyond a limit, with the limit in a sentence: the newest of those it counts.

    Nobody is let in beyond a limit, so this happens where one was lowered.
    """
    kept: list[Claim] = []
    excess: dict[str, str] = {}
    for claim in sorted((each for each in claims if each.is_admitted), key=lambda each: (each.since, each.environment)):
        full = _what_is_full(claim, kept, limits)
        if full is None:
            kept.append(claim)
        else:
            excess[claim.environment] = f"It is one too many: without it, {full[0]}."
    return excess


def queue_of(claims: Sequence[Claim]) -> list[Claim]:
    """Those that wait, in the order in which they get their place."""
    held = Counter(claim.repository for claim in claims if claim.is_admitted)
    waiting = [claim for claim in claims if not claim.is_admitted]
    ordered: list[Claim] = []
    while waiting:
        following = min(waiting, key=lambda claim: (held[claim.repository], claim.since, claim.environment))
        waiting.remove(following)
        ordered.append(following)
        held[following.repository] += 1
    return ordered


def _what_is_full(claim: Claim, taken: Sequence[Claim], limits: Limits) -> tuple[str, Claim] | None:
    """The first limit that leaves no place for `claim`, and the oldest environment that counts for it."""
    bounds = (
        (limits.environments, "in all", taken),
        (limits.per_repository, f"of {claim.repository}", [one for one in taken if one.repository == claim.repository]),
        (limits.per_author, f"of {claim.author}", [one for one in taken if one.author == claim.author]),
    )
    for bound, whose, counted in bounds:
        if len(counted) >= bound:
            return f"{_count(len(counted))} {whose}, as many as there may be", min(counted, key=lambda c: c.since)
    return None


def _count(number: int) -> str:
    return "there is 1 environment" if number == 1 else f"there are {number} environments"


def _reason(position: int, full: str, oldest: Claim) -> str:
    return (
        f"Number {position} in the queue: {full}. The oldest is {oldest.environment}; when one goes, a place is free."
    )
