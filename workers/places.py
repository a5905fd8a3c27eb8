"""Places: where an announcement is told. Each has a form of its own, is posted once and edited from then on."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from app.core.announcement import Announcement
from app.github.client import GitHub
from app.github.comments import Comments
from app.github.markdown import write_comment
from app.store.outbox import Told
from workers.channel import Channels, digest_of
from workers.commits import Commits
from workers.ports import Place


@dataclass(frozen=True)
class PullRequestComment:
    """The environment's comment on one of its pull requests."""

    comments: Comments
    environment: str
    body: str
    under: str | None = None
    is_needed: bool = True
    room: str | None = None

    @property
    def name(self) -> str:
        """How this place is named in the outbox."""
        return f"comment:{self.comments.repository}#{self.comments.number}"

    def tell(self, root: str | None) -> "CommentText":  # noqa: ARG002 - a comment stands by itself
        """The announcement as a comment."""
        return CommentText(self.comments, self.environment, self.body)


@dataclass(frozen=True)
class CommentText:
    """A comment on its way to a pull request."""

    comments: Comments
    environment: str
    body: str

    @property
    def digest(self) -> str:
        """Equal for comments that read the same."""
        return digest_of(self.body)

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
    channels: Channels | None
    commits: Commits

    def of(self, announcement: Announcement, told: Mapping[str, Told]) -> list[Place]:
        """Slack's channel, each pull request that keeps the environment alive, and each commit that was to stand."""
        slack = self.channels.places(announcement, told) if self.channels else ()
        return [*slack, *self._comments(announcement), *self.commits.places(announcement, told)]

    def _comments(self, announcement: Announcement) -> Iterator[Place]:
        """A pull request that was closed is told of the end, and until then that somebody keeps the environment; should
        it live again for another one, it hears no more."""
        body = write_comment(announcement)
        is_alone = not any(source.is_open for source in announcement.sources)
        for source in announcement.sources:
            if source.pull_request is not None and (source.is_open or is_alone or announcement.wanted is None):
                comments = Comments(self.github, source.repository, source.pull_request)
                yield PullRequestComment(comments, announcement.environment, body)
