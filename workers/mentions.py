"""Mentions: who of the people an environment is for can be called by name in Slack.

Whoever is known is remembered, and whoever is not is asked about again after a while. What cannot be asked now is asked
with the next telling; nobody waits for it, and nothing fails by it.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from app.core.announcement import Announcement
from app.core.errors import TransientError

KNOWN_FOR = timedelta(days=1)
UNKNOWN_FOR = timedelta(hours=1)
MOST_KNOWN = 10_000

log = structlog.get_logger()


@dataclass(frozen=True)
class Mentions:
    """Looks people up: `find` names the Slack user of a GitHub login, seen with the rights on a repository."""

    find: Callable[[str, str], str | None]
    clock: Callable[[], datetime]
    _known: dict[str, tuple[str | None, datetime]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, announcement: Announcement) -> Mapping[str, str]:
        """GitHub login -> Slack user id, of the authors who are known."""
        found = {s.author: self._look_up(s.repository, s.author) for s in announcement.sources if s.author}
        return {login: user for login, user in found.items() if user is not None}

    def _look_up(self, repository: str, login: str) -> str | None:
        now = self.clock()
        with self._lock:
            user, good_until = self._known.get(login, (None, now))
        if now < good_until:
            return user
        try:
            user = self.find(repository, login)
        except TransientError as fault:
            log.info("an author could not be looked up", login=login, reason=str(fault))
            return user
        with self._lock:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            self._known[login] = (user, now + (KNOWN_FOR if user else UNKNOWN_FOR))
        return user
