"""Slack's own markup as HTML that is safe to show.

Slack's texts come with `&`, `<` and `>` as entities; what stands in `<...>` is a link, a person, a channel, a date or a
call to everybody. Source: https://docs.slack.dev/messaging/formatting-message-text
"""

import html
import re
from collections.abc import Mapping

from markupsafe import Markup

from app.sandbox.page.circles import circle_named, draw_circles

_TOKEN = re.compile(
    r"```(?P<fence>.+?)```"
    r"|`(?P<code>[^`\n]+)`"
    r"|<(?P<angle>[^<>\n]+)>"
    r"|(?<!\w)\*(?P<strong>[^*\n]+)\*(?!\w)"
    r"|(?<!\w)_(?P<em>[^_\n]+)_(?!\w)"
    r"|(?<!\w)~(?P<del>[^~\n]+)~(?!\w)"
    r"|:(?P<emoji>[a-z0-9_+-]+):"
    r"|(?P<br>\n)",
    re.DOTALL,
)
_EMOJI = {
    "arrows_counterclockwise": "🔄",
    "bell": "🔔",
    "broom": "🧹",
    "checkered_flag": "🏁",
    "construction": "🚧",
    "eyes": "👀",
    "fire": "🔥",
    "ghost": "👻",
    "hourglass_flowing_sand": "⏳",
    "lock": "🔒",
    "moneybag": "💰",
    "no_entry": "⛔",
    "pushpin": "📌",
    "rocket": "🚀",
    "rotating_light": "🚨",
    "seedling": "🌱",
    "sparkles": "✨",
    "tada": "🎉",
    "warning": "⚠️",
    "wastebasket": "🗑️",
    "wave": "👋",
    "white_check_mark": "✅",
    "x": "❌",
    "zzz": "💤",
}


def mrkdwn(source: str, names: Mapping[str, str]) -> Markup:
    """The text as safe HTML; `names` says what ids of people and channels stand for."""
    return Markup(_spans(source, names))


def plain(source: str) -> str:
    """A plain text, with its emoji; for a template, which escapes it."""
    return re.sub(r":([a-z0-9_+-]+):", lambda match: _EMOJI.get(match[1], match[0]), source)


def _spans(source: str, names: Mapping[str, str]) -> str:
    written, end = [], 0
    for match in _TOKEN.finditer(source):
        written += [_literal(source[end : match.start()]), _span(match, names)]
        end = match.end()
    return "".join([*written, _literal(source[end:])])


def _span(match: re.Match[str], names: Mapping[str, str]) -> str:
    kind = match.lastgroup or ""
    text = match[kind]
    match kind:
        case "fence":
            return f"<pre><code>{_literal(text.strip())}</code></pre>"
        case "code":
            return f"<code>{_literal(text)}</code>"
        case "angle":
            return _reference(text, names)
        case "emoji":
            circle = circle_named(text)
            return draw_circles(circle) if circle else _EMOJI.get(text, f":{text}:")
        case "br":
            return "<br>"
        case _:
            return f"<{kind}>{_spans(text, names)}</{kind}>"


def _reference(text: str, names: Mapping[str, str]) -> str:
    target, _, label = text.partition("|")
    if target.startswith(("http://", "https://", "mailto:")):
        url = html.escape(html.unescape(target))
        return f'<a href="{url}" target="_blank" rel="noreferrer">{_literal(label or target)}</a>'
    if target.startswith("!date^"):
        return f"<time>{_literal(label)}</time>"
    sign, name = target[0], label or names.get(target[1:], target[1:])
    if sign in "@#!":
        shown = "#" if sign == "#" else "@"
        return f'<span class="mention">{shown}{_literal(name.removeprefix("#"))}</span>'
    return _literal(f"<{text}>")


def _literal(text: str) -> str:
    return html.escape(html.unescape(text))
