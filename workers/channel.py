"""The Slack channel as a place: the environment's message, and in its thread what the message has no room for."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from app.core.announcement import Announcement
from app.slack.blocks import write_message, write_warning
from app.slack.client import Message, Slack
from app.slack.details import write_details, write_empty_part
from app.store.outbox import Told
from workers.ports import Place

MESSAGE = "slack"
"""How the environment's message is named in the outbox; what stands in its thread begins with the same word."""
_PART = "slack:details:"
_WARNING = "slack:warning:"
"""Each warning is told once, under a name of its own, and stands as it was said."""


@dataclass(frozen=True)
class SlackText:
    """A message on its way to a channel, or to the thread under `root` there."""

    slack: Slack
    channel: str
    message: Message
    root: str | None = None

    @property
    def digest(self) -> str:
        """Equal for messages that read the same."""
        return digest_of([self.message.text, [block.to_dict() for block in self.message.blocks]])

    def post(self) -> str:
        """Post the message; its reference."""
        return self.slack.post(self.channel, self.message, self.root)

    def edit(self, reference: str) -> bool:
        """Change the message; False where it is no longer there."""
        return self.slack.edit(reference, self.message)

    def find(self, since: datetime) -> str | None:
        """The message, should it have been posted without anybody noting it."""
        return self.slack.find(self.channel, self.message.environment, since, self.root)


@dataclass(frozen=True)
class Posting:
    """One message in a channel, to be told once its root stands where it has one."""

    slack: Slack
    channel: str
    name: str
    message: Message
    under: str | None = None
    is_needed: bool = True

    @property
    def room(self) -> str:
        """Messages to one channel take turns."""
        return self.channel

    def tell(self, root: str | None) -> SlackText:
        """The message on its way."""
        return SlackText(self.slack, self.channel, self.message, root)


@dataclass(frozen=True)
class Channels:
    """Where environments are told in Slack: the repository's own channel or the server's."""

    slack: Slack
    usual: str | None
    find_people: Callable[[Announcement], Mapping[str, str]] = field(default=lambda _: {})

    def places(self, announcement: Announcement, told: Mapping[str, Told]) -> Iterator[Place]:
        """The message and the parts of its thread, those that stand there and are needed no more included."""
        channel = announcement.channel or self.usual
        if channel is None:
            return
        people = self.find_people(announcement)
        yield Posting(self.slack, channel, MESSAGE, write_message(announcement, people))
        if announcement.warning is not None and not announcement.is_over:
            name = f"{_WARNING}{digest_of(announcement.warning)}"
            if name not in told or told[name].reference is None:
                yield Posting(self.slack, channel, name, write_warning(announcement, people), MESSAGE)
        parts = write_details(announcement)
        for number, part in enumerate(parts, 1):
            yield Posting(self.slack, channel, f"{_PART}{number}", part, MESSAGE)
        for name in told:
            if name.startswith(_PART) and (number := int(name.removeprefix(_PART))) > len(parts):
                empty = write_empty_part(announcement.environment, number)
                yield Posting(self.slack, channel, name, empty, MESSAGE, is_needed=False)


def digest_of(content: object) -> str:
    """Equal for equal content."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]
