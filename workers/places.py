"""Places: where an announcement is told. Each writes it in its own form, posts it once and edits it from then on."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.announcement import Announcement
from app.core.environment import Environment
from app.core.source import Source
from app.github.client import GitHub
from app.github.comments import Comments
from app.github.markdown import write_comment
from app.slack.blocks import write_message
from app.slack.client import Message, Slack
from workers.ports import Place


@dataclass(frozen=True)
class Channel:
    """The environment's message in a Slack channel."""

    slack: Slack
    channel: str

    @property
    def name(self) -> str:
        """How this place is named in the outbox."""
        return "slack"

    def tell(self, announcement: Announcement) -> "SlackText":
        """The announcement as a message."""
        return SlackText(self, write_message(announcement))


@dataclass(frozen=True)
class SlackText:
    """A message on its way to a channel."""

    place: Channel
    message: Message

    @property
    def digest(self) -> str:
        """Equal for messages that read the same."""
        return _digest([self.message.text, [block.to_dict() for block in self.message.blocks]])

    def post(self) -> str:
        """Post the message; its reference."""
        return self.place.slack.post(self.place.channel, self.message)

    def edit(self, reference: str) -> bool:
        """Change the message; False where it is no longer there."""
        return self.place.slack.edit(reference, self.message)

    def find(self, since: datetime) -> str | None:
        """The message, should it have been posted without anybody noting it."""
        return self.place.slack.find(self.place.channel, self.message.environment, since)


@dataclass(frozen=True)
class PullRequestComment:
    """The environment's comment on one of its pull requests."""

    comments: Comments

    @property
    def name(self) -> str:
        """How this place is named in the outbox."""
        return f"comment:{self.comments.repository}#{self.comments.number}"

    def tell(self, announcement: Announcement) -> "CommentText":
        """The announcement as a comment."""
        return CommentText(self.comments, announcement.environment, write_comment(announcement))


@dataclass(frozen=True)
class CommentText:
    """A comment on its way to a pull request."""

    comments: Comments
    environment: str
    body: str

    @property
    def digest(self) -> str:
        """Equal for comments that read the same."""
        return _digest(self.body)

    def post(self) -> str:
        """Post the comment; its id."""
        return self.comments.post(self.body)

    def edit(self, reference: str) -> bool:
        """Change the comment; False where it is no longer there."""
        return self.comments.edit(reference, self.body)

    def find(self, since: datetime) -> str | None:  # noqa: ARG002 - a pull request's comments are few
        """The comment, should it have been posted without anybody noting it."""
        return self.comments.find(self.environment)


@dataclass(frozen=True)
class Places:
    """Every place in which an environment is announced."""

    github: GitHub
    slack: Slack | None
    channel: str | None

    def of(self, environment: Environment, sources: Sequence[Source]) -> list[Place]:
        """The repository's own channel or the server's, and each pull request that keeps the environment alive.

        One that was closed is told of the end; should the environment live again for another one, it hears no more.
        """
        channel = environment.channel or self.channel
        told: list[Place] = [Channel(self.slack, channel)] if self.slack and channel else []
        told += [
            PullRequestComment(Comments(self.github, source.repository, source.pull_request))
            for source in sources
            if source.pull_request is not None and (source.is_open or not environment.desired.is_wanted)
        ]
        return told


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]
