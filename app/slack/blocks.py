"""An announcement as the one Slack message that an environment has: how it stands, whose it is, what can be opened.

Slack takes 50 blocks, 3,000 characters in a section (https://docs.slack.dev/reference/block-kit/blocks) and less
than 13,200 in all, blocks included, counted after escaping. What has no room here stands in the message's thread
(`app.slack.details`), and a line says so.
"""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from slack_sdk.models.blocks import Block, ContextBlock

from app.core.announcement import Announcement, Offer, Output
from app.core.environment import Phase
from app.core.figures import tell_cost
from app.core.source import Source
from app.core.step import short
from app.slack.buttons import offer_buttons
from app.slack.client import Message
from app.slack.mrkdwn import code, escape, escape_address, fitted, link, moment, mrkdwn, section

LONGEST_REASON = 1_500
LONGEST_TEXT = 600
LONGEST_SOURCE = 400
LONGEST_VALUE = 300
LONGEST_NAME = 200
MOST_SOURCES = 3
MOST_OUTPUTS = 10
MOST_STACKS = 2
ROOM_FOR_OUTPUTS = 2_800
SIGNS = {
    Phase.READY: ":large_green_circle:",
    Phase.FAILED: ":red_circle:",
    Phase.BLOCKED: ":red_circle:",
    Phase.LEAKED: ":large_orange_circle:",
    Phase.GONE: ":white_circle:",
}
_BUSY_SIGN = ":large_yellow_circle:"
NOBODY: Mapping[str, str] = MappingProxyType({})


def write_message(announcement: Announcement, people: Mapping[str, str] = NOBODY) -> Message:
    """The whole message, within Slack's limits. `people`: GitHub login -> Slack user id, of those who are known."""
    text = fitted(f"{announcement.headline}. {announcement.explanation}", LONGEST_TEXT)
    blocks = [section(_headline(announcement)), *_context(_sources(announcement, people))]
    blocks += [section(part) for part in _outputs(announcement)]
    blocks += [*_context(_facts(announcement)), *offer_buttons(announcement.environment, announcement.offers)]
    return Message(announcement.environment, text, blocks)


def write_warning(announcement: Announcement, people: Mapping[str, str] = NOBODY) -> Message:
    """The warning before an environment's end, for its thread: it calls those whom it is for, and offers what helps."""
    text = fitted(announcement.warning or "", LONGEST_REASON)
    authors = dict.fromkeys(source.author for source in announcement.sources if source.is_open)
    called = [f"<@{people[login]}>" for login in authors if login in people][:MOST_SOURCES]
    offers = [offer for offer in (Offer.EXTEND, Offer.KEEP, Offer.DESTROY) if offer in announcement.offers]
    blocks: list[Block] = [section(" ".join([":hourglass_flowing_sand:", *called, text]))]
    blocks += offer_buttons(announcement.environment, offers)
    return Message(f"{announcement.environment} warning {text}", fitted(text, LONGEST_TEXT), blocks)


def is_reason_long(announcement: Announcement) -> bool:
    """Whether the reason has no room in the message."""
    return len(escape(announcement.explanation)) > LONGEST_REASON


def shown_outputs(announcement: Announcement) -> Sequence[Output]:
    """The outputs that the message itself shows: of many the links first, and only what shows as a whole."""
    outputs = announcement.outputs
    ranked = sorted(
        range(len(outputs)), key=lambda n: (outputs[n].value != announcement.address, not outputs[n].is_link)
    )
    kept: set[int] = set()
    room = ROOM_FOR_OUTPUTS
    for number in ranked[:MOST_OUTPUTS]:
        room -= len(output_line(outputs[number], LONGEST_VALUE)) + 1
        if room >= 0 and len(escape(outputs[number].value)) <= LONGEST_VALUE:
            kept.add(number)
    return [output for number, output in enumerate(outputs) if number in kept]


def output_line(output: Output, longest: int) -> str:
    """One output: a link where it is one and fits, else its value as it is."""
    address = escape_address(output.value)
    is_plain = output.is_link and not any(sign in output.value for sign in "<>| \t\n")
    shown = f"<{address}>" if is_plain and len(address) <= longest else code(output.value, longest)
    return f"• {fitted(output.name, LONGEST_NAME)}: {shown}"


def _headline(announcement: Announcement) -> str:
    sign = SIGNS.get(announcement.phase, _BUSY_SIGN)
    state = announcement.headline.removeprefix(announcement.environment)
    reason = fitted(announcement.explanation, LONGEST_REASON)
    return f"{sign} *{escape(announcement.environment)}*{state}\n{reason}".rstrip()


def _context(lines: Sequence[str]) -> Iterator[Block]:
    """Small print, each line by itself."""
    for line in lines:
        yield ContextBlock(elements=[mrkdwn(line)])


def _sources(announcement: Announcement, people: Mapping[str, str]) -> list[str]:
    lines = [_source_line(source, people) for source in announcement.sources[:MOST_SOURCES]]
    left = len(announcement.sources) - MOST_SOURCES
    return [*lines, f"and {left} more in the thread"] if left > 0 else lines


def _source_line(source: Source, people: Mapping[str, str]) -> str:
    draft = ", draft" if source.draft and source.is_open else ""
    return f"{name_source(source)} by {_person(source.author, people)}{draft}"


def name_source(source: Source) -> str:
    """A pull request or branch with its title, as a link where its page is known."""
    name = f"{source.repository}#{source.pull_request}" if source.pull_request else str(source.key)
    shown = link(source.url, name) if source.url else fitted(name, LONGEST_NAME)
    return f"{shown} {fitted(source.title, LONGEST_SOURCE)}" if source.title else shown


def _person(login: str, people: Mapping[str, str]) -> str:
    name = fitted(login or "unknown", LONGEST_NAME)
    return f"<@{people[login]}> ({name})" if login in people else name


def _outputs(announcement: Announcement) -> Iterator[str]:
    shown = shown_outputs(announcement)
    left = len(announcement.outputs) - len(shown)
    lines = [output_line(output, LONGEST_VALUE) for output in shown]
    if left:
        lines.append(f"_{'and ' if lines else ''}{left} {'more ' if lines else ''}in the thread_")
    if lines:
        yield "\n".join(["*Outputs*", *lines])


def _facts(announcement: Announcement) -> list[str]:
    lines = [" · ".join(_identity(announcement)), " · ".join(_life(announcement))]
    return [line for line in lines if line]


def _identity(announcement: Announcement) -> Iterator[str]:
    """Ticket, commit and stacks."""
    if announcement.ticket:
        yield f"Ticket {_ticket(announcement)}"
    commit = short(announcement.commit)
    if commit and not announcement.is_over and commit not in announcement.reason:
        yield f"commit `{escape(commit)}`"
    if len(announcement.stacks) <= MOST_STACKS:
        for stack in announcement.stacks:
            shown = link(stack.link, stack.name) if stack.link else fitted(stack.name, LONGEST_NAME)
            yield f"stack {shown} in {escape(stack.region)}, {escape(stack.status)}"
    else:
        yield f"{len(announcement.stacks)} stacks, listed in the thread"


def _ticket(announcement: Announcement) -> str:
    page = announcement.ticket_page
    name = announcement.ticket or ""
    return link(page, name) if page else code(name, LONGEST_NAME)


def _life(announcement: Announcement) -> Iterator[str]:
    """Since when, until when, and for how much."""
    if announcement.is_over:
        return
    if announcement.created_at:
        yield f"since {moment(announcement.created_at)}"
    if announcement.is_kept and announcement.keep_until:
        yield f"kept until {moment(announcement.keep_until)}"
    elif announcement.expires_at:
        yield f"expires {moment(announcement.expires_at)}"
    if announcement.cost_per_month is not None:
        yield tell_cost(announcement.cost_per_month)
