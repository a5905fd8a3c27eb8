"""Announcements of every shape and size, and how Slack's messages are read in the tests."""

from typing import Any

from app.core.announcement import Announcement
from app.core.environment import Phase
from app.sandbox.slack.limits import UPDATE_BYTES, check
from app.sandbox.slack.records import Content
from app.slack.blocks import write_message
from app.slack.client import Message
from app.slack.details import write_details
from tests.builders import NOW, a_source, a_stack_line, a_usable, an_announcement, an_output

HOSTILE = "<!channel> <@U1> a&b `code` *bold* |pipe|\nsecond line <https://evil.example|click>"
LONG = "&" * 4_000
LONG_ADDRESS = "https://x.example/?" + "&" * 3_900
NESTED = " ".join(f"Nested{n} (AWS::CloudFormation::Stack): Embedded stack <arn:{n}> failed." for n in range(90))

EVERY_SHAPE: dict[str, Announcement] = {
    "nothing": an_announcement(sources=(), outputs=(), resources=(), stacks=(), reason=""),
    "everything": an_announcement(created_at=NOW, expires_at=NOW, cost_per_month=12.5),
    "200 outputs": an_announcement(outputs=tuple(an_output(f"Output{n}", "v" * 50) for n in range(200))),
    "200 addresses": an_announcement(outputs=tuple(an_output(f"O{n}", "https://x/?" + "&" * 550) for n in range(200))),
    "200 long values": an_announcement(outputs=tuple(an_output(f"O{n}", LONG) for n in range(200))),
    "long names": an_announcement(outputs=tuple(an_output("&" * 255, LONG_ADDRESS) for _ in range(5))),
    "500 resources": an_announcement(resources=tuple(a_usable(f"{LONG}{n}", link=LONG_ADDRESS) for n in range(500))),
    "500 links": an_announcement(resources=tuple(a_usable(f"f{n}", link="https://x/" + "&" * 100) for n in range(500))),
    "60 stacks": an_announcement(stacks=tuple(a_stack_line(f"SHOP-42-{n}", "S" * 40) for n in range(60))),
    "two long stacks": an_announcement(stacks=tuple(a_stack_line("S" * 128, link=LONG_ADDRESS) for _ in range(2))),
    "long reason": an_announcement(
        Phase.FAILED,
        reason=LONG,
        ticket="T" * 300,
        environment="E" * 128,
        sources=tuple(a_source(n + 1, title=LONG, author=LONG, url=LONG_ADDRESS) for n in range(40)),
        outputs=tuple(an_output(f"O{n}", "<" * 60) for n in range(200)),
    ),
    "nested causes": an_announcement(Phase.FAILED, reason=NESTED),
    **{f"phase {phase.value}": an_announcement(phase) for phase in Phase},
}


def every_message(announcement: Announcement) -> list[Message]:
    """The message and each part of its thread."""
    return [write_message(announcement), *write_details(announcement)]


def blocks_of(message: Message) -> list[dict[str, Any]]:
    return [block.to_dict() for block in message.blocks]


def texts_of(message: Message) -> list[str]:
    """Every text of the blocks, in reading order."""
    return [text for block in blocks_of(message) for text in _texts(block)]


def _texts(item: Any) -> list[str]:
    if isinstance(item, list):
        return [text for one in item for text in _texts(one)]
    if not isinstance(item, dict):
        return []
    if isinstance(item.get("text"), str):
        return [item["text"]]
    return [text for one in item.values() for text in _texts(one)]


def read(message: Message) -> str:
    """The message as text."""
    return "\n".join(texts_of(message))


def is_taken(announcement: Announcement) -> bool:
    """Whether Slack takes every message, as a post and as an edit; raises what it would answer."""
    for message in every_message(announcement):
        check(Content(message.text, tuple(blocks_of(message))))
        for block in message.blocks:
            block.validate_json()
        assert len(message.text.encode()) <= UPDATE_BYTES
    return True
