"""Spans of time as people write them: `30s`, `5m`, `2h`, `3d`."""

import re
from datetime import timedelta

_SPAN = re.compile(r"([1-9][0-9]{0,5})\s*([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def parse_span(text: str) -> timedelta:
    """The span that `text` names. Raises ValueError with a line that says what is expected."""
    found = _SPAN.fullmatch(text.strip())
    if not found:
        raise ValueError(f"{text!r} is no duration; write it like 30s, 5m, 2h or 3d")
    return timedelta(**{_UNITS[found.group(2)]: int(found.group(1))})


def format_span(span: timedelta) -> str:
    """A span in its largest whole unit: `3d`, `90m`."""
    seconds = int(span.total_seconds())
    for unit, length in (("d", 86400), ("h", 3600), ("m", 60)):
        if seconds and seconds % length == 0:
            return f"{seconds // length}{unit}"
    return f"{seconds}s"
