"""Coloured circles, which tell a state at a glance; drawn by the page, since not every machine has a font for them."""

import re

_TONES = {"🟢": "good", "🔴": "bad", "🟡": "busy", "🟠": "worn", "⚪": "off"}
_CIRCLE = re.compile("|".join(_TONES))
_NAMES = {
    "large_green_circle": "🟢",
    "red_circle": "🔴",
    "large_yellow_circle": "🟡",
    "large_orange_circle": "🟠",
    "white_circle": "⚪",
}


def circle_named(name: str) -> str | None:
    """The circle that Slack calls `name`."""
    return _NAMES.get(name)


def draw_circles(markup: str) -> str:
    """Safe HTML with each circle as the page's own dot."""
    return _CIRCLE.sub(lambda found: f'<span class="dot {_TONES[found[0]]}" role="img"></span>', markup)
