"""The words of the workspace. All are values: a change makes a new one, so whoever looks keeps what was seen."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]


class SlackError(Exception):
    """Slack says no; `code` is its word for why, `messages` explain it to a developer."""

    def __init__(self, code: str, *messages: str) -> None:
        super().__init__(code)
        self.code = code
        self.messages = messages


@dataclass(frozen=True)
class User:
    """A member of the workspace, or the app's own bot user."""

    id: str
    name: str
    email: str | None
    is_bot: bool = False


@dataclass(frozen=True)
class Channel:
    """A channel `#name`, or the direct messages of the bot with one person, named `@name`."""

    id: str
    name: str
    is_private: bool
    is_member: bool

    @property
    def is_direct(self) -> bool:
        return self.id.startswith("D")


@dataclass(frozen=True)
class Content:
    """What a message says; each part may be empty."""

    text: str = ""
    blocks: tuple[Json, ...] = ()
    attachments: tuple[Json, ...] = ()
    metadata: Json | None = None


@dataclass(frozen=True)
class Version:
    """What a message said until `replaced_at`."""

    content: Content
    replaced_at: datetime


@dataclass(frozen=True)
class Message:
    """A message as it stands now; `edits` are its earlier versions, oldest first."""

    channel: str
    ts: str
    user: str
    content: Content
    thread_ts: str | None = None
    ephemeral_to: str | None = None
    edits: tuple[Version, ...] = ()
    reactions: tuple[tuple[str, str], ...] = ()

    @property
    def text(self) -> str:
        return self.content.text

    @property
    def blocks(self) -> tuple[Json, ...]:
        return self.content.blocks

    @property
    def metadata(self) -> Json | None:
        return self.content.metadata

    @property
    def posted_at(self) -> datetime:
        return moment(self.ts)

    @property
    def is_reply(self) -> bool:
        return self.thread_ts is not None and self.thread_ts != self.ts


@dataclass(frozen=True)
class Call:
    """One call of a Web API method; `error` is None where it went well. The token is not kept."""

    method: str
    at: datetime
    error: str | None
    arguments: Json

    @property
    def is_ok(self) -> bool:
        return self.error is None


@dataclass(frozen=True)
class Reply:
    """What the program answered to a click or command; no `status` where nothing came within Slack's three seconds."""

    status: int | None
    text: str

    @property
    def is_acknowledged(self) -> bool:
        return self.status == 200


def moment(ts: str) -> datetime:
    """The time that a message's `ts` stands for."""
    return datetime.fromtimestamp(float(ts), UTC)
