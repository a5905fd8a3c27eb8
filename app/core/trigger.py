"""Triggers: whether a source gets an environment. They gate the creation alone; removal goes by our own record."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.core.source import Source


@dataclass(frozen=True)
class Triggers:
    """What a repository's file says under `triggers:`; lists that are empty exclude nothing."""

    drafts: bool = True
    bots: bool = False
    labels: tuple[str, ...] = ()
    base: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    branches: tuple[str, ...] = ()


def why_not(triggers: Triggers, source: Source, changed_paths: Sequence[str]) -> str | None:
    """Why `source` gets no environment, in one sentence; None where it gets one."""
    if source.pull_request is None:
        if matches(triggers.branches, source.branch):
            return None
        return f"{source.key} is not listed under triggers.branches."
    if not source.is_trusted:
        return why_untrusted(source)
    return _why_not_pull_request(triggers, source, changed_paths)


def why_untrusted(source: Source) -> str:
    """What a fork's commit waits for."""
    return (
        f"{source.key} comes from a fork, which never deploys on its own: "
        f"`/mayfly approve {source.commit[:12]}` by somebody with write access allows this commit."
    )


def _why_not_pull_request(triggers: Triggers, source: Source, changed_paths: Sequence[str]) -> str | None:
    key = source.key
    if source.draft and not triggers.drafts:
        return f"{key} is a draft, and triggers.drafts is false."
    if source.is_bot and not triggers.bots:
        return f"{key} was opened by a bot, and triggers.bots is false."
    if triggers.labels and not set(triggers.labels) & set(source.labels):
        return f"{key} has none of the labels {', '.join(triggers.labels)}."
    if triggers.base and not matches(triggers.base, source.base):
        return f"{key} goes to {source.base}, which triggers.base does not list."
    if triggers.paths and not any(matches(triggers.paths, path) for path in changed_paths):
        return f"{key} changes nothing under {', '.join(triggers.paths)}."
    return None


def matches(globs: Sequence[str], text: str) -> bool:
    """Whether one of the globs covers `text`: `*` and `?` stay within a path segment, `**` crosses them, and a slash at
    the end stands for everything below."""
    return any(_covers(_PARTS.findall(f"{glob}**" if glob.endswith("/") else glob), text) for glob in globs)


_PARTS = re.compile(r"\*\*/|\*\*|\*|\?|[^*?]+")


def _covers(parts: Sequence[str], text: str) -> bool:
    """Follows all ways at once, so that no glob takes longer than its length times the text's."""
    reached = {0}
    for part in parts:
        reached = _advance(part, text, reached) if reached else reached
    return len(text) in reached


def _advance(part: str, text: str, starts: set[int]) -> set[int]:
    """Where `part` may end when it begins at one of `starts`."""
    first = min(starts)
    match part:
        case "**/":
            return starts | {place + 1 for place in range(first, len(text)) if text[place] == "/"}
        case "**":
            return set(range(first, len(text) + 1))
        case "*":
            return _within_segment(text, starts)
        case "?":
            return {start + 1 for start in starts if start < len(text) and text[start] != "/"}
    return {start + len(part) for start in starts if text.startswith(part, start)}


def _within_segment(text: str, starts: set[int]) -> set[int]:
    """Everything from each start up to the next slash, in one walk along the text."""
    ends = set(starts)
    for place in range(min(starts), len(text)):
        if place in ends and text[place] != "/":
            ends.add(place + 1)
    return ends
