"""The bell: tells the engine when to look for passes, so that it need not look all the time.

One look of the engine costs some milliseconds of CPU, which makes most of an idle process; asking our own slots whether
anything is queued at all costs a tenth of a millisecond. The bell asks, often, and lets the engine look only when there
is something. Whatever in this process may have made a look worthwhile rings it, and it answers at once.
"""

import threading
import time
from collections.abc import Callable
from datetime import timedelta

EVERY = timedelta(seconds=0.12)
"""How often it asks by itself."""
APART = timedelta(seconds=0.02)
"""The least time between two looks."""
LONGEST = timedelta(seconds=5)
"""The engine looks as often anyway, whatever our slots say."""


class Bell(threading.Event):
    """What the engine waits on between two looks; set once it is to stop, as DBOS would have it."""

    def __init__(
        self, is_anything_queued: Callable[[], bool], every: timedelta = EVERY, longest: timedelta = LONGEST
    ) -> None:
        super().__init__()
        self._is_anything_queued = is_anything_queued
        self._every, self._longest = every.total_seconds(), longest.total_seconds()
        self._rung = threading.Event()

    def ring(self) -> None:
        """Something may have been queued, or there is room for it."""
        self._rung.set()

    def set(self) -> None:
        """Stop."""
        super().set()
        self._rung.set()

    def wait(self, timeout: float | None = None) -> bool:  # noqa: ARG002 - the pause is the bell's to choose
        """Return when the engine should look, False, or stop, True."""
        latest = time.monotonic() + self._longest
        super().wait(APART.total_seconds())
        while not self.is_set():
            self._rung.wait(self._every)
            self._rung.clear()
            if time.monotonic() >= latest or (not self.is_set() and self._is_anything_queued()):
                break
        return self.is_set()
