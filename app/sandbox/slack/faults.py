"""What goes wrong, on demand: refusals, rate limits, broken answers, an outage."""

import threading
from dataclasses import dataclass
from enum import Enum

EVERY_METHOD = "*"


class Breakage(Enum):
    """How a call breaks in the transport."""

    ERROR = "answer 500 with a JSON error, nothing done"
    PAGE = "answer 503 with an HTML page, nothing done"
    DROP = "cut the connection, nothing done"
    LOST = "do what was asked, then cut the connection: the caller cannot know"


@dataclass(frozen=True)
class Refused:
    """A method answers `ok: false` with this error."""

    error: str


@dataclass(frozen=True)
class RateLimited:
    """A method answers 429 with `Retry-After`, in seconds."""

    retry_after: int


Fault = Refused | RateLimited | Breakage


class Faults:
    """What the next calls will meet. A fault for one method is used up before a fault for every method."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, list[Fault]] = {}
        self.is_down = False

    def add(self, method: str, fault: Fault, calls: int) -> None:
        with self._lock:
            self._waiting.setdefault(method, []).extend([fault] * calls)

    def take(self, method: str) -> Fault | None:
        """The fault of this call, which is used up by it."""
        if self.is_down:
            return Breakage.DROP
        with self._lock:
            for name in (method, EVERY_METHOD):
                if self._waiting.get(name):
                    return self._waiting[name].pop(0)
        return None
