"""The workspace: people, channels and messages, and the rules by which they are found and changed.

Requests arrive in the server's thread while a test looks from its own, so everything that reads or changes more than
one thing holds `lock`.
"""

import threading
import time
from dataclasses import replace
from datetime import UTC, datetime

from app.sandbox.slack.records import Call, Channel, Content, Json, Message, SlackError, User, Version

TEAM = "T0MAYFLY0"
TEAM_DOMAIN = "mayfly-sandbox"
APP = "A0MAYFLY0"
BOT = "B0MAYFLY0"


SCOPES = (
    "channels:history",
    "channels:read",
    "chat:write",
    "chat:write.public",
    "commands",
    "users:read",
    "users:read.email",
)
"""What the bot may do when the workspace is made."""


class Workspace:
    """One workspace with one app in it, whose bot user is `bot`."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.users: dict[str, User] = {}
        self.channels: dict[str, Channel] = {}
        self.messages: list[Message] = []
        self.views: list[Json] = []
        self.calls: list[Call] = []
        self._last_stamp = 0
        self._last_number = 0
        self.scopes = list(SCOPES)
        self.bot = self.add_user("mayfly", None, is_bot=True)

    def number(self) -> int:
        """The next number, for names that must be new."""
        with self.lock:
            self._last_number += 1
            return self._last_number

    def add_user(self, name: str, email: str | None, *, is_bot: bool = False) -> User:
        user = User(f"U{self.number():08d}", name, email, is_bot)
        self.users[user.id] = user
        return user

    def add_channel(self, name: str, *, is_private: bool, is_member: bool) -> Channel:
        channel = Channel(f"C{self.number():08d}", name.removeprefix("#"), is_private, is_member)
        self.channels[channel.id] = channel
        return channel

    def user(self, identifier: str) -> User:
        """Raises SlackError `user_not_found`."""
        if identifier not in self.users:
            raise SlackError("user_not_found")
        return self.users[identifier]

    def channel(self, identifier: str) -> Channel:
        """The channel with this id; a name is not enough, and a private one hides from who was not invited.

        Raises SlackError `channel_not_found`.
        """
        found = self.channels.get(identifier)
        if found is None or (found.is_private and not found.is_member):
            raise SlackError("channel_not_found")
        return found

    def destination(self, reference: str) -> Channel:
        """Where to post: a channel's id or name, with or without `#`, or a person's id for a direct message.

        Raises SlackError `channel_not_found` or, where the app was not invited, `not_in_channel`.
        """
        found = self.channels.get(reference) or self._by_name(reference.removeprefix("#"))
        if found is None and reference in self.users:
            found = self._direct(self.users[reference])
        if found is None:
            raise SlackError("channel_not_found")
        return self.entered(found)

    def entered(self, channel: Channel) -> Channel:
        """The channel, where the app may read and write in it. Raises SlackError `not_in_channel`."""
        if not channel.is_member:
            raise SlackError("channel_not_found" if channel.is_private else "not_in_channel")
        return channel

    def message(self, channel: Channel, ts: str, *, missing: str = "message_not_found") -> Message:
        """Raises SlackError with the code `missing`."""
        for message in self.messages:
            if message.channel == channel.id and message.ts == ts and message.ephemeral_to is None:
                return message
        raise SlackError(missing)

    def posted(self, channel: Channel) -> list[Message]:
        """What everybody in the channel can see, replies included, oldest first."""
        with self.lock:
            return [one for one in self.messages if one.channel == channel.id and one.ephemeral_to is None]

    def thread(self, root: Message) -> list[Message]:
        """The replies under a message, oldest first."""
        return [
            one for one in self.messages if one.is_reply and (one.channel, one.thread_ts) == (root.channel, root.ts)
        ]

    def post(
        self, channel: Channel, user: User, content: Content, thread: str | None = None, ephemeral_to: str | None = None
    ) -> Message:
        """Add a message. Raises SlackError `thread_not_found` where `thread` is the ts of nothing in the channel."""
        with self.lock:
            if thread is not None:
                parent = self.message(channel, thread, missing="thread_not_found")
                thread = parent.thread_ts or parent.ts
            message = Message(channel.id, self._stamp(), user.id, content, thread, ephemeral_to)
            self.messages.append(message)
            return message

    def edit(self, message: Message, content: Content) -> Message:
        version = Version(message.content, datetime.now(UTC))
        return self.put(message, replace(message, content=content, edits=(*message.edits, version)))

    def put(self, message: Message, successor: Message) -> Message:
        """Set `successor` in the place of `message`."""
        with self.lock:
            self.messages[self.messages.index(message)] = successor
            return successor

    def remove(self, message: Message) -> None:
        with self.lock:
            self.messages.remove(message)

    def record(self, method: str, error: str | None, arguments: Json) -> None:
        with self.lock:
            self.calls.append(Call(method, datetime.now(UTC), error, arguments))

    def _by_name(self, name: str) -> Channel | None:
        return next((one for one in self.channels.values() if one.name == name and not one.is_direct), None)

    def _direct(self, user: User) -> Channel:
        identifier = f"D{user.id[1:]}"
        return self.channels.setdefault(
            identifier, Channel(identifier, f"@{user.name}", is_private=True, is_member=True)
        )

    def _stamp(self) -> str:
        """The time in microseconds, unique in the workspace: Slack's name for a message."""
        self._last_stamp = max(time.time_ns() // 1000, self._last_stamp + 1)
        return f"{self._last_stamp // 1_000_000}.{self._last_stamp % 1_000_000:06d}"
