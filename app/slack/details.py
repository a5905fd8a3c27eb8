"""What an environment's message has no room for, in parts that stand in its thread: the whole reason, every output,
what people use by type with its page in the console, and the stacks.

As many parts as are needed, within a bound; whatever is cut is counted, never silently dropped.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from textwrap import wrap

from slack_sdk.models.blocks import Block

from app.core.announcement import Announcement, Usable
from app.slack.blocks import (
    MOST_SOURCES,
    MOST_STACKS,
    is_reason_long,
    name_source,
    output_line,
    shown_outputs,
)
from app.slack.client import Message
from app.slack.mrkdwn import chunks, code, escape, fitted, link, section

LONGEST_PART = 11_000
"""All texts of a part; the rest of Slack's 13,200 is what it counts for each block."""
MOST_PARTS = 8
LONGEST_VALUE = 1_000
ROOM_FOR_VALUES = 40_000
WIDTH = 500
"""Characters in a line of the reason: however many of them have to be escaped, a section takes the line."""
MOST_LINES = 20
LONGEST_NAME = 150


def write_details(announcement: Announcement) -> list[Message]:
    """The parts, in their order; none where the message itself says everything."""
    lines = list(_lines(announcement))
    texts = list(chunks(lines, LONGEST_PART))
    if len(texts) > MOST_PARTS:
        kept = texts[:MOST_PARTS]
        left = len(lines) - sum(text.count("\n") + 1 for text in kept)
        kept[-1] += f"\n_… and {left} more lines; `mayfly show {escape(announcement.environment)}` has them all._"
        texts = kept
    return [_part(announcement, number, text) for number, text in enumerate(texts, 1)]


def write_empty_part(environment: str, number: int) -> Message:
    """A part that is needed no more: it says so, since a reply that is taken away leaves a riddle."""
    return _message(environment, number, "There was more here; it is gone.")


def _part(announcement: Announcement, number: int, text: str) -> Message:
    return _message(announcement.environment, number, text)


def _message(environment: str, number: int, text: str) -> Message:
    blocks: list[Block] = [section(chunk) for chunk in chunks(text.split("\n"))]
    return Message(f"{environment} details {number}", fitted(f"Details of {environment}.", 300), blocks)


def _lines(announcement: Announcement) -> Iterator[str]:
    yield from _reason(announcement)
    yield from _further_sources(announcement)
    yield from _outputs(announcement)
    yield from _resources(announcement.resources)
    yield from _stacks(announcement)


def _reason(announcement: Announcement) -> Iterator[str]:
    if is_reason_long(announcement):
        yield "*The whole reason*"
        lines = wrap(announcement.explanation, WIDTH, break_on_hyphens=False)
        yield from (escape(line) for line in lines[:MOST_LINES])
        if len(lines) > MOST_LINES:
            yield f"_… and {len(lines) - MOST_LINES} more lines._"


def _further_sources(announcement: Announcement) -> Iterator[str]:
    further = announcement.sources[MOST_SOURCES:]
    if further:
        yield "*Also for*"
    for source in further:
        yield f"• {name_source(source)} by {fitted(source.author or 'unknown', LONGEST_NAME)}"


def _outputs(announcement: Announcement) -> Iterator[str]:
    """All of them, where the message shows but some; the more there are, the sooner a long value is cut."""
    outputs = announcement.outputs
    if len(shown_outputs(announcement)) == len(outputs):
        return
    longest = min(LONGEST_VALUE, ROOM_FOR_VALUES // len(outputs))
    yield "*Every output*"
    for output in outputs:
        yield output_line(output, longest)
    if any(len(escape(output.value)) > longest for output in outputs):
        yield f"_Values that end in … are longer; `mayfly show {escape(announcement.environment)} --json` has them._"


def _resources(resources: Sequence[Usable]) -> Iterator[str]:
    for kind, group in groupby(resources, key=lambda usable: usable.kind):
        links = [link(usable.link, fitted_name(usable.name)) for usable in group]
        if len(links) == 1:
            yield f"*{kind}* {links[0]}"
        else:
            yield f"*{_plural(kind)}*"
            yield from (f"• {each}" for each in links)


def _plural(kind: str) -> str:
    special = {"Event bus": "Event buses"}
    if kind in special:
        return special[kind]
    return f"{kind[:-1]}ies" if kind.endswith("y") else f"{kind}s"


def fitted_name(name: str) -> str:
    """A resource's name without the address or path that it ends."""
    last = name.rpartition("/")[2] or name
    return last if len(last) <= LONGEST_NAME else f"{last[:LONGEST_NAME]}…"


def _stacks(announcement: Announcement) -> Iterator[str]:
    if len(announcement.stacks) <= MOST_STACKS:
        return
    yield "*Stacks*"
    for stack in announcement.stacks:
        shown = link(stack.link, stack.name) if stack.link else fitted(stack.name, LONGEST_NAME)
        yield f"• {shown} in {escape(stack.region)}, {code(stack.status, LONGEST_NAME)}"
