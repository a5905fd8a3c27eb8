"""An announcement as a Slack message.

Slack takes 50 blocks, 3,000 characters in a section (https://docs.slack.dev/reference/block-kit/blocks) and less
than 13,200 in all, blocks included, counted after escaping; what does not fit is counted, never silently dropped.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, groupby

from slack_sdk.models.blocks import Block, ContextBlock, DividerBlock, MarkdownTextObject, SectionBlock

from app.core.announcement import HEADLINES, Announcement, Output, Usable
from app.core.environment import Phase
from app.core.source import Source
from app.core.step import short
from app.slack.client import Message

LONGEST_SECTION = 2_900
LONGEST_REASON = 1_500
LONGEST_TEXT = 600
LONGEST_SOURCE = 400
LONGEST_VALUE = 600
LONGEST_NAME = 200
MOST_SOURCES = 9
LONGEST_MESSAGE = 11_500
"""All texts together; the rest of Slack's 13,200 is what it counts for each block."""
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
    headline = f"{announcement.environment} {HEADLINES[announcement.phase]}."
    text = fitted(f"{headline} {_reason(announcement)}", LONGEST_TEXT)
    top = [_headline(announcement), *_sources(announcement)]
    details = [*_outputs(announcement.outputs), *_resources(announcement.resources), *_stacks(announcement)]
    room = LONGEST_MESSAGE - sum(map(len, top))
    blocks = [_section(top[0]), *_context(top[1:])]
    if details:
        blocks += [DividerBlock(), *(_section(part) for part in _chunks(_fit(details, room)))]
    return Message(announcement.environment, text, blocks)


def _headline(announcement: Announcement) -> str:
    sign = SIGNS.get(announcement.phase, _BUSY_SIGN)
    first = f"{sign} *{escape(announcement.environment)}* {HEADLINES[announcement.phase]}"
    return f"{first}\n{fitted(_reason(announcement), LONGEST_REASON)}".rstrip()


def _reason(announcement: Announcement) -> str:
    """Why it is so, unless the headline has said the same."""
    headline = f"{announcement.environment} {HEADLINES[announcement.phase]}."
    return "" if announcement.reason == headline else announcement.reason


def _sources(announcement: Announcement) -> list[str]:
    lines = [_source_line(source) for source in announcement.sources[:MOST_SOURCES]]
    commit = short(announcement.commit)
    if commit and not announcement.is_over and commit not in announcement.reason:
        lines.append(f"commit `{escape(commit)}`")
    return lines


def _context(lines: Sequence[str]) -> Iterator[Block]:
    if lines:
        yield ContextBlock(elements=[_mrkdwn(line) for line in lines])


def _source_line(source: Source) -> str:
    name = f"{source.repository}#{source.pull_request}" if source.pull_request else str(source.key)
    shown = link(source.url, name) if source.url else fitted(name, LONGEST_NAME)
    title = f" {fitted(source.title, LONGEST_SOURCE)}" if source.title else ""
    draft = " (draft)" if source.draft and source.is_open else ""
    return f"{shown}{title}{draft} by {fitted(source.author or 'unknown', LONGEST_NAME)}"


def _outputs(outputs: Sequence[Output]) -> Iterator[str]:
    if outputs:
        yield "*Outputs*"
    for output in outputs:
        yield f"• {fitted(output.name, LONGEST_NAME)}: {_value(output)}"


def _value(output: Output) -> str:
    is_plain_link = output.is_link and not any(sign in output.value for sign in "<>| \t\n")
    address = _address(output.value)
    return f"<{address}>" if is_plain_link and len(address) <= LONGEST_VALUE else _code(output.value)


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


def _fit(lines: Sequence[str], room: int) -> list[str]:
    """As many of the lines as fit into `room` characters, and how many did not."""
    sizes = accumulate(len(line) + 1 for line in lines)
    kept = [line for line, size in zip(lines, sizes, strict=True) if size <= room]
    if len(kept) < len(lines):
        kept.append(f"_… and {len(lines) - len(kept)} more lines; the pull request's comment has more room._")
    return kept


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
    return SectionBlock(text=_mrkdwn(text))


def _mrkdwn(text: str) -> MarkdownTextObject:
    """`verbatim`: else Slack makes links and mentions of whatever looks like one, also in a title from a stranger."""
    return MarkdownTextObject(text=text, verbatim=True)


def _code(text: str) -> str:
    return f"`{fitted(text.replace('`', chr(39)), LONGEST_VALUE) or ' '}`"


def link(address: str, name: str) -> str:
    """A link that shows `name`; neither part can break out of it."""
    return f"<{_address(address)}|{fitted(name.replace('|', '¦'), LONGEST_NAME)}>"


def _address(address: str) -> str:
    return address.replace("&", "&amp;").replace("<", "%3C").replace(">", "%3E").replace("|", "%7C")


def escape(text: str) -> str:
    """Text that shows as it is: Slack reads `& < >` alone as control characters, and mentions need those."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def fitted(text: str, longest: int) -> str:
    """Text on one line, escaped, in at most `longest` characters; what is cut is shown by a `…`."""
    signs = [escape(sign) for sign in " ".join(text.split())]
    if sum(map(len, signs)) <= longest:
        return "".join(signs)
    ends = accumulate(map(len, signs))
    return "".join(sign for sign, end in zip(signs, ends, strict=True) if end < longest) + "…"
