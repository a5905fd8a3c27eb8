"""The allowance: whether an account still has room for a stack, asked at most every few minutes.

A quota that may not be read, or could not be, holds nothing back: CloudFormation itself says then what is full.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog

from app.aws.client import Aws
from app.core.errors import MayflyError, TransientError
from app.core.quota import Quota, wanted_of, why_full

FRESH = timedelta(minutes=5)
"""How long what AWS said of its quotas is good enough; what was created since then is counted on top."""
AGAIN = timedelta(minutes=2)

log = structlog.get_logger()

Reader = Callable[[Aws, str, str], Quota | None]


class QuotaFull(TransientError):
    """An account has no room for a stack."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, AGAIN)


@dataclass
class Allowance:
    """Remembers what is left in each place."""

    aws: Aws
    readers: Sequence[Reader]
    clock: Callable[[], datetime]
    _read: dict[str, tuple[datetime, list[Quota]]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, account: str, region: str, tally: Mapping[str, int]) -> None:
        """Take room for a stack of so many resources of each type. Raises QuotaFull where there is none."""
        wanted, place = wanted_of(tally), f"{account}/{region}"
        with self._lock:
            read_at, quotas = self._known(place, account, region)
            reason = why_full(quotas, wanted)
            if reason is not None:
                self._read.pop(place)
                raise QuotaFull(reason)
            taken = [replace(quota, used=quota.used + wanted.get(quota.name, 0)) for quota in quotas]
            self._read[place] = read_at, taken

    def _known(self, place: str, account: str, region: str) -> tuple[datetime, list[Quota]]:
        now = self.clock()
        if place not in self._read or now - self._read[place][0] > FRESH:
            self._read[place] = now, [quota for read in self.readers if (quota := self._ask(read, account, region))]
        return self._read[place]

    def _ask(self, read: Reader, account: str, region: str) -> Quota | None:
        try:
            return read(self.aws, account, region)
        except MayflyError as fault:
            log.info("a quota could not be read; nothing is held back for it", reason=str(fault))
            return None
