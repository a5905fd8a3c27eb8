"""Patience: how long to wait before something that failed is tried again."""

from datetime import timedelta

LONGEST = timedelta(minutes=5)


def pause_after(failures: int) -> timedelta:
    """2 s after the first failure in a row, then twice as long each time, at most five minutes."""
    return min(timedelta(seconds=2 ** min(max(failures, 1), 16)), LONGEST)
