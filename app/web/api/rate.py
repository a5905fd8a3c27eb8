"""How often one visitor may ask: a bucket each, which fills by itself and out of which every request takes one.

The buckets are this process's own: several doors let through as many times more.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

PER_SECOND = 50.0
BURST = 200.0
MOST_BUCKETS = 10_000
"""Of more visitors at once those that were seen longest ago begin anew."""


@dataclass
class _Bucket:
    level: float
    at: datetime


class Buckets:
    """Everybody's bucket. Safe to use from many threads."""

    def __init__(self, per_second: float = PER_SECOND, burst: float = BURST, most: int = MOST_BUCKETS) -> None:
        self._per_second, self._burst, self._most = per_second, burst, most
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key: str, now: datetime) -> timedelta | None:
        """Take one out of a visitor's bucket; how long to wait where it is empty."""
        with self._lock:
            bucket = self._filled(key, now)
            if bucket.level < 1:
                return timedelta(seconds=(1 - bucket.level) / self._per_second)
            bucket.level -= 1
            return None

    def _filled(self, key: str, now: datetime) -> _Bucket:
        bucket = self._buckets.setdefault(key, _Bucket(self._burst, now))
        self._buckets.move_to_end(key)
        if len(self._buckets) > self._most:
            self._buckets.popitem(last=False)
        passed = max((now - bucket.at).total_seconds(), 0.0)
        bucket.level = min(self._burst, bucket.level + passed * self._per_second)
        bucket.at = now
        return bucket
