"""An announcement as a Slack message.

Slack takes 50 blocks, 3,000 characters in a section (https://docs.slack.dev/reference/block-kit/blocks) and less
than 13,200 in all, blocks included, counted after escaping; what does not fit is counted, never silently dropped.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from slack_sdk.models.blocks import Block, ContextBlock, DividerBlock, MarkdownTextObject, SectionBlock

from app.core.announcement import HEADLINES, Announcement, Output, Usable
from app.core.environment import Phase
from app.core.source import Source
from app.core.step import short
from app.slack.client import Message

LONGEST_SECTION = 2_900
LONGEST_VALUE = 600
LONGEST_TEXT = 400
LONGEST_MESSAGE = 9_000
SIGNS = {
    Phase.READY: ":large_green_circle:",
    Phase.FAILED: ":red_circle:",
    Phase.BLOCKED: ":red_circle:",
    Phase.LEAKED: ":large_orange_circle:",
    Phase.GONE: ":white_circle:",
}
_BUSY_SIGN = ":large_yellow_circle:"


def write_message(announcement: Announcement) -> Message:
    """The whole message, within Slack's limits."""
    headline = escape(
        f"{announcement.environment} {HEADLINES[announcement.phase]}: {announcement.reason[:LONGEST_TEXT]}"
    )
    blocks = [_headline(announcement), *_sources(announcement)]
    details = [*_outputs(announcement.outputs), *_resources(announcement.resources), *_stacks(announcement)]
    if details:
        blocks += [DividerBlock(), *_fit(details)]
    return Message(announcement.environment, headline, blocks)


def _headline(announcement: Announcement) -> Block:
    sign = SIGNS.get(announcement.phase, _BUSY_SIGN)
    first = f"{sign} *{escape(announcement.environment)}* {HEADLINES[announcement.phase]}"
    return _section(f"{first}\n{escape(announcement.reason[: 4 * LONGEST_TEXT])}"[:LONGEST_SECTION])


def _sources(announcement: Announcement) -> Iterator[Block]:
    lines = [_source_line(source) for source in announcement.sources]
    if announcement.commit and not announcement.is_over:
        lines.append(f"commit `{escape(short(announcement.commit))}`")
    if lines:
        yield ContextBlock(elements=[MarkdownTextObject(text=line[:1900]) for line in lines[:9]])


def _source_line(source: Source) -> str:
    name = f"{source.repository}#{source.pull_request}" if source.pull_request else str(source.key)
    shown = link(source.url, name) if source.url else escape(name)
    title = f" {escape(source.title[:200])}" if source.title else ""
    draft = " (draft)" if source.draft and source.is_open else ""
    return f"{shown}{title}{draft} by {escape(source.author or 'unknown')}"


def _outputs(outputs: Sequence[Output]) -> Iterator[str]:
    if outputs:
        yield "*Outputs*"
    for output in outputs:
        value = output.value if len(output.value) <= LONGEST_VALUE else f"{output.value[:LONGEST_VALUE]}…"
        is_plain_link = output.is_link and not any(sign in value for sign in "<>| ")
        yield f"• {escape(output.name)}: {link(value, value) if is_plain_link else _code(value)}"


def _resources(resources: Sequence[Usable]) -> Iterator[str]:
    if resources:
        yield "*Resources*"
    for kind, group in groupby(resources, key=lambda usable: usable.kind):
        for usable in group:
            yield f"• {kind} {link(usable.link, usable.name.rpartition('/')[2] or usable.name)}"


def _stacks(announcement: Announcement) -> Iterator[str]:
    if announcement.stacks:
        yield "*Stacks*"
    for stack in announcement.stacks:
        shown = link(stack.link, stack.name) if stack.link else escape(stack.name)
        yield f"• {shown} in {escape(stack.region)}, `{escape(stack.status)}`"


def _fit(lines: list[str]) -> list[Block]:
    """Sections of as many lines as fit, and how many did not."""
    kept: list[str] = []
    size = 0
    for line in lines:
        size += len(line.encode()) + 1
        if size > LONGEST_MESSAGE:
            kept.append(f"_… and {len(lines) - len(kept)} more lines; the pull request's comment has them._")
            break
        kept.append(line)
    return [_section(text) for text in _chunks(kept)]


def _chunks(lines: Iterable[str]) -> Iterator[str]:
    chunk = ""
    for line in lines:
        if chunk and len(chunk) + len(line) + 1 > LONGEST_SECTION:
            yield chunk
            chunk = ""
        chunk = f"{chunk}\n{line}" if chunk else line
    if chunk:
        yield chunk


def _section(text: str) -> SectionBlock:
    return SectionBlock(text=MarkdownTextObject(text=text))


def _code(text: str) -> str:
    flat = " ".join(text.split()).replace("`", "'")
    return f"`{escape(flat) or ' '}`"


def link(address: str, name: str) -> str:
    """A link that shows `name`; neither part can break out of it."""
    safe = address.replace("<", "%3C").replace(">", "%3E").replace("|", "%7C")
    return f"<{safe}|{escape(name).replace('|', '¦')}>"


def escape(text: str) -> str:
    """Text that shows as it is: Slack reads `& < >` alone as control characters, and mentions need those."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
