"""The pace: who shares a room speaks in turn, as often as the room bears.

Slack takes about one message a second in a channel and tolerates a short burst
(https://docs.slack.dev/apis/web-api/rate-limits). Nobody waits here: whoever has no turn yet is told after how long to
come back, and keeps the turn meanwhile, so those who came later stand behind. The count is one process's own; what
several processes say together beyond the limit Slack answers with a pause, which holds for the room.
"""

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta

SPACE = timedelta(seconds=1)
BURST = 3
"""How many may follow at once on a silence."""


@dataclass
class _Room:
    """`spoken_until` is when the turns given so far are used up; `turns` are those that nobody has taken yet."""

    spoken_until: datetime | None = None
    turns: dict[str, datetime] = field(default_factory=dict)


@dataclass
class Pace:
    """The turns of every room."""

    _rooms: dict[str, _Room] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def wait(self, room: str, who: str, now: datetime) -> timedelta:
        """How long until it is `who`'s turn; zero takes it."""
        with self._lock:
            place = self._rooms.setdefault(room, _Room())
            turn = place.turns.pop(who, None) or self._next(place, now)
            if turn <= now:
                return timedelta(0)
            place.turns[who] = turn
            return turn - now

    def hold(self, room: str, until: datetime) -> None:
        """Nobody speaks before `until`, because the room asked for a pause."""
        with self._lock:
            place = self._rooms.setdefault(room, _Room())
            late = [who for who, turn in sorted(place.turns.items(), key=lambda item: item[1]) if turn < until]
            for number, who in enumerate(late):
                place.turns[who] = until + number * SPACE
            used_up = until + (BURST - 1 + len(late)) * SPACE
            place.spoken_until = max(place.spoken_until or used_up, used_up)

    @staticmethod
    def _next(place: _Room, now: datetime) -> datetime:
        """A turn of its own for the next one: the bucket of BURST turns fills by one each SPACE."""
        begins = max(place.spoken_until or now, now)
        place.spoken_until = begins + SPACE
        return begins - (BURST - 1) * SPACE
