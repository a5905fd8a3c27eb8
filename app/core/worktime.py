"""Working time: when people are there to notice what the reaper does."""

from datetime import datetime, time

from app.core.lifetime import Lifetime

OPENS, CLOSES = time(8), time(18)


def is_working_time(now: datetime, lifetime: Lifetime) -> bool:
    """Whether it is a working day between 8:00 and 18:00, by the clock on the wall where the people are."""
    local = now.astimezone(lifetime.zone)
    return local.weekday() in lifetime.workdays and OPENS <= local.time() < CLOSES
