"""Waiting for a state: bounded, and never for luck."""

import time
from collections.abc import Callable


def wait_until(is_so: Callable[[], object], seconds: float = 30.0) -> None:
    """Return once `is_so()` is true; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, f"{getattr(is_so, '__qualname__', is_so)} did not come true in {seconds} s"
        time.sleep(0.01)
