"""What goes wrong on purpose: with the deliveries of webhooks, and with answers of the API.

Every fault is a plan for what comes next and wears itself out; `clear` forgets what is left. Nothing is random, so a
story that broke once breaks in the same way again.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from fnmatch import fnmatchcase

from starlette.responses import HTMLResponse, JSONResponse, Response

Answer = Callable[[], Response]

_USED_UP = {"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "0", "X-RateLimit-Used": "5000"}
_UNICORN = "<!DOCTYPE html><html><head><title>Unicorn!</title></head><body>This page is taking too long to load.</body>"


@dataclass(frozen=True)
class Fate:
    """What happens to one delivery."""

    is_dropped: bool = False
    is_unlogged: bool = False
    copies: int = 1
    delay: timedelta = timedelta(0)


@dataclass
class Outage:
    """What is answered instead of the truth; with no `answer` the connection is cut."""

    match: str
    left: int
    answer: Answer | None


class Faults:
    """The faults that are due. Patterns of the API are shell-like, over `METHOD /path`: `GET /repos/*/pulls*`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._fates: list[Fate] = []
        self._outages: list[Outage] = []

    def drop(self, times: int = 1, *, logged: bool = True) -> None:
        """Lose the next deliveries: the log shows them as failed, or, not `logged`, they never were."""
        self._plan(times, Fate(is_dropped=True, is_unlogged=not logged))

    def duplicate(self, times: int = 1, *, copies: int = 2) -> None:
        """Deliver each of the next ones several times, with one and the same GUID."""
        self._plan(times, Fate(copies=copies))

    def delay(self, by: timedelta, times: int = 1) -> None:
        """Hold each of the next deliveries back; later ones overtake them."""
        self._plan(times, Fate(delay=by))

    def spare(self, times: int = 1) -> None:
        """Let the next deliveries pass, before faults that are planned after this."""
        self._plan(times, Fate())

    def refuse(self, match: str, status: int = 503, times: int = 1, *, message: str = "Server Error") -> None:
        """Answer the next matching requests with that status and a message."""
        self._break(match, times, lambda: JSONResponse({"message": message}, status))

    def answer_html(self, match: str, status: int = 502, times: int = 1) -> None:
        """Answer with a web page where JSON is expected, as GitHub's front does in trouble."""
        self._break(match, times, lambda: HTMLResponse(_UNICORN, status))

    def answer_empty(self, match: str, times: int = 1) -> None:
        """Answer with an empty list and 200, as if nothing were there."""
        self.answer(match, [], times)

    def answer(self, match: str, content: object, times: int = 1) -> None:
        """Answer with that content and 200, whatever the truth is."""
        self._break(match, times, lambda: JSONResponse(content))

    def disconnect(self, match: str, times: int = 1) -> None:
        """Cut the connection with no answer."""
        self._break(match, times, None)

    def limit_rate(self, match: str, times: int = 1, *, retry_after: timedelta = timedelta(seconds=60)) -> None:
        """Answer 403 as GitHub's secondary rate limit does."""
        seconds = str(int(retry_after.total_seconds()))
        body = {"message": "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."}
        self._break(match, times, lambda: JSONResponse(body, 403, {"Retry-After": seconds, **_USED_UP}))

    def clear(self) -> None:
        """Forget every fault that is still due."""
        with self._lock:
            self._fates.clear()
            self._outages.clear()

    def next_fate(self) -> Fate:
        """What becomes of the delivery that is sent now."""
        with self._lock:
            return self._fates.pop(0) if self._fates else Fate()

    def next_outage(self, request: str) -> "Outage | None":
        """The fault that strikes this request, `METHOD /path`, if one does."""
        with self._lock:
            outage = next((each for each in self._outages if fnmatchcase(request, each.match)), None)
            if outage:
                outage.left -= 1
                self._outages = [each for each in self._outages if each.left > 0]
            return outage

    def _plan(self, times: int, fate: Fate) -> None:
        with self._lock:
            self._fates.extend([fate] * times)

    def _break(self, match: str, times: int, answer: Answer | None) -> None:
        if times > 0:
            with self._lock:
                self._outages.append(Outage(match, times, answer))
