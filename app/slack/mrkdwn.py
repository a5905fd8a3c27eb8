"""Slack's markup: text that shows as it is, links, code and moments, none of which can be broken out of."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import accumulate

from slack_sdk.models.blocks import MarkdownTextObject, SectionBlock

from app.core.lifetime import at as tell_moment

LONGEST_SECTION = 2_900
LONGEST_NAME = 200
LONGEST_ADDRESS = 600


def mrkdwn(text: str) -> MarkdownTextObject:
    """`verbatim`: else Slack makes links and mentions of whatever looks like one, also in a title from a stranger."""
    return MarkdownTextObject(text=text, verbatim=True)


def section(text: str) -> SectionBlock:
    """A paragraph of a message."""
    return SectionBlock(text=mrkdwn(text))


def code(text: str, longest: int) -> str:
    """A value as it is, in at most `longest` characters and two ticks."""
    return f"`{fitted(text.replace('`', chr(39)), longest) or ' '}`"


def link(address: str, name: str) -> str:
    """A link that shows `name`; neither part can break out of it. An address too long for a message is left out."""
    escaped = escape_address(address)
    shown = fitted(name.replace("|", "¦"), LONGEST_NAME)
    return f"<{escaped}|{shown}>" if len(escaped) <= LONGEST_ADDRESS else shown


def escape_address(address: str) -> str:
    """An address that cannot end the link that it stands in."""
    return address.replace("&", "&amp;").replace("<", "%3C").replace(">", "%3E").replace("|", "%7C")


def moment(at: datetime) -> str:
    """A moment in each reader's own time zone (https://docs.slack.dev/messaging/formatting-message-text#date-formatting);
    the text behind the bar is for those who do not know the form."""
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} at {{time}}|{tell_moment(at)}>"


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


def chunks(lines: Iterable[str], longest: int = LONGEST_SECTION) -> Iterator[str]:
    """The lines in as few texts of at most `longest` characters as they fill, in their order."""
    chunk = ""
    for line in lines:
        if chunk and len(chunk) + len(line) + 1 > longest:
            yield chunk
            chunk = ""
        chunk = f"{chunk}\n{line}" if chunk else line
    if chunk:
        yield chunk
