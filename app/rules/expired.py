"""Expired: the environment's time is over, and its stack still stands.

Expiry is a timer of the environment itself and acts within a minute; this finds what it did not take away. Not flagged:
an environment that is kept, one that is being deleted, and one whose time ended less than an hour ago.
"""

from datetime import timedelta

from app.core.environment import Phase
from app.core.finding import Case, Judgement, Rule, gather_evidence
from app.core.fleet import Verdict

GRACE = timedelta(hours=24)
OVER = "Its environment was given more time, or is gone."
LATE = timedelta(hours=1)
"""A deletion that began in time may take so long."""

_UNDER_WAY = frozenset({Phase.DELETING, Phase.VERIFYING})


def judge(case: Case) -> Judgement | None:
    """Whether its environment should be gone by now."""
    environment = case.environment
    if environment is None or not case.is_ours or environment.expires_at is None or environment.phase in _UNDER_WAY:
        return None
    if environment.expires_at + LATE > case.now:
        return None
    reason = f"The time of {environment.name} ended on {environment.expires_at:%Y-%m-%d %H:%M} UTC."
    return Judgement(Rule.EXPIRED, Verdict.UNUSED, reason, gather_evidence(case), may_act=True)
