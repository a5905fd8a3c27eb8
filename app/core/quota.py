"""Quotas: what an account still has room for, looked at before a stack is created.

A creation over a quota fails half way and is rolled back, minutes later; one that waits costs nothing. Where a count is
not known, nothing is held back.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

STACKS, ROLES = "stacks", "IAM roles"


@dataclass(frozen=True)
class Quota:
    """How many of something there may be and are: `scope` is where that counts, such as `default/eu-west-1`."""

    name: str
    scope: str
    used: int
    limit: int

    def has_room(self, wanted: int) -> bool:
        """Whether so many more may be created."""
        return self.used + wanted <= self.limit


def why_full(quotas: Iterable[Quota], wanted: Mapping[str, int]) -> str | None:
    """Why what is wanted has to wait: the first quota that leaves no room for it, and what would free some."""
    for quota in quotas:
        number = wanted.get(quota.name, 0)
        if number and not quota.has_room(number):
            return (
                f"{quota.scope} has {quota.used:,} of {quota.limit:,} {quota.name}, and {number} more are wanted: "
                f"it waits until some are deleted there, or AWS raises the quota."
            )
    return None


def wanted_of(tally: Mapping[str, int]) -> dict[str, int]:
    """What a template of so many resources of each type takes of each quota, its own stack included."""
    nested = sum(tally.get(kind, 0) for kind in ("AWS::CloudFormation::Stack", "AWS::Serverless::Application"))
    return {STACKS: 1 + nested, ROLES: tally.get("AWS::IAM::Role", 0)}
