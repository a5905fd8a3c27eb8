"""What the page shows and what can be done from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol


@dataclass(frozen=True)
class PullRequest:
    """A pull request as its list shows it; `head` is a commit, `repository` is `owner/name`."""

    repository: str
    number: int
    title: str
    branch: str
    author: str
    head: str
    is_open: bool = True
    is_draft: bool = True
    has_branch: bool = True


@dataclass(frozen=True)
class Entry:
    """One thing in a conversation: a comment with its Markdown, or an event told in one line."""

    key: str
    kind: Literal["comment", "event"]
    author: str
    text: str
    at: datetime
    is_edited: bool = False
    is_bot: bool = False


@dataclass(frozen=True)
class Check:
    """What a check on the head commit says."""

    name: str
    state: Literal["pending", "success", "failure", "neutral"]
    summary: str


@dataclass(frozen=True)
class Conversation:
    """A pull request with everything under it, oldest first."""

    pull_request: PullRequest
    entries: Sequence[Entry] = ()
    checks: Sequence[Check] = ()


@dataclass(frozen=True)
class ChannelMessage:
    """A Slack message; `blocks` are Block Kit as Slack keeps it, `only_to` names the one person who sees it."""

    ts: str
    author: str
    text: str
    at: datetime
    blocks: Sequence[Mapping[str, Any]] = ()
    thread_ts: str | None = None
    is_edited: bool = False
    is_bot: bool = False
    only_to: str | None = None

    @property
    def is_reply(self) -> bool:
        return self.thread_ts is not None and self.thread_ts != self.ts


@dataclass(frozen=True)
class Stack:
    """A CloudFormation stack with CloudFormation's own status."""

    name: str
    status: str
    region: str


class World(Protocol):
    """GitHub, Slack and AWS as the page sees them. It is asked about once a second, from several threads.

    An act that cannot be done raises MayflyError or LookupError, whose one line is shown to the person.
    """

    @property
    def channel(self) -> str:
        """The name of the Slack channel that is shown, `#previews`."""
        ...

    def pull_requests(self) -> Sequence[PullRequest]:
        """All pull requests, the newest first."""
        ...

    def conversation(self, repository: str, number: int) -> Conversation:
        """Raises LookupError where there is no such pull request."""
        ...

    def messages(self) -> Sequence[ChannelMessage]:
        """What stands in the channel, replies and messages to single people too, oldest first."""
        ...

    def names(self) -> Mapping[str, str]:
        """What Slack ids of people and channels stand for."""
        ...

    def stacks(self) -> Sequence[Stack]:
        """The stacks that there are, by name."""
        ...

    def open(self, ticket: str, title: str) -> PullRequest:
        """Make a branch for the ticket and a draft pull request from it."""
        ...

    def push(self, repository: str, number: int) -> None:
        """Push one more commit to the branch."""
        ...

    def edit(self, repository: str, number: int, title: str) -> None:
        """Give the pull request another title."""
        ...

    def comment(self, repository: str, number: int, text: str) -> None:
        """Write a comment, which may be a command to Mayfly."""
        ...

    def close(self, repository: str, number: int) -> None: ...

    def reopen(self, repository: str, number: int) -> None: ...

    def delete_branch(self, repository: str, number: int) -> None: ...

    def click(self, ts: str, action_id: str) -> None:
        """Press a button of a Slack message."""
        ...
