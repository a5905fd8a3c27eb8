"""What exists on this GitHub: people, repositories, pull requests and all that hangs on them.

Plain records and the look-ups over them. `acts` changes them, `payloads` tells them in GitHub's words. Whoever reads or
writes holds `World.lock`.
"""

import itertools
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from app.sandbox.github.git import Commit, Objects

Permission = Literal["admin", "write", "read", "none"]


@dataclass
class User:
    """A person, a bot or an organisation."""

    id: int
    login: str
    type: Literal["User", "Bot", "Organization"] = "User"

    @property
    def email(self) -> str:
        """The private address that GitHub gives to everyone."""
        return f"{self.id}+{self.login}@users.noreply.example.com"


@dataclass
class Edit:
    """A text as it stood before it was changed."""

    body: str
    at: datetime


@dataclass
class Reaction:
    """One person's answer to a comment, by emoji."""

    id: int
    user: User
    content: str
    created_at: datetime


@dataclass
class Comment:
    """A comment in a pull request's conversation; `edits` are its earlier texts, oldest first."""

    id: int
    number: int
    author: User
    body: str
    created_at: datetime
    updated_at: datetime
    edits: list[Edit] = field(default_factory=list)
    reactions: list[Reaction] = field(default_factory=list)
    by_app: bool = False


@dataclass
class Status:
    """A commit status; the newest of a context is the one that counts."""

    id: int
    sha: str
    state: str
    context: str
    description: str | None
    target_url: str | None
    creator: User
    created_at: datetime


@dataclass
class CheckRun:
    """A check run; `fields` are what its app has said of it, under GitHub's names."""

    id: int
    suite_id: int
    sha: str
    name: str
    fields: dict[str, Any]
    started_at: datetime
    annotations: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class DeploymentStatus:
    """One step of a deployment."""

    id: int
    state: str
    fields: dict[str, Any]
    creator: User
    created_at: datetime


@dataclass
class Deployment:
    """A deployment; its newest status is its state."""

    id: int
    sha: str
    fields: dict[str, Any]
    creator: User
    created_at: datetime
    statuses: list[DeploymentStatus] = field(default_factory=list)
    by_app: bool = False

    @property
    def environment(self) -> str:
        """The name of the environment that it goes to."""
        return str(self.fields["environment"])

    @property
    def state(self) -> str:
        """`pending` until a first status is there."""
        return self.statuses[-1].state if self.statuses else "pending"


@dataclass
class Environment:
    """A name that deployments go to; the first of them makes it."""

    id: int
    name: str
    created_at: datetime


@dataclass
class Label:
    """A label that a repository knows."""

    id: int
    name: str


@dataclass
class PullRequest:
    """A pull request. `head_repository` is None once that repository is gone."""

    id: int
    number: int
    author: User
    title: str
    body: str | None
    draft: bool
    head_repository: "Repository | None"
    head_owner: User
    head: str
    head_sha: str
    base: str
    base_sha: str
    created_at: datetime
    updated_at: datetime
    state: Literal["open", "closed"] = "open"
    closed_at: datetime | None = None
    merged_by: User | None = None
    merge_sha: str | None = None
    labels: list[Label] = field(default_factory=list)

    @property
    def is_merged(self) -> bool:
        """Closed by a merge."""
        return self.merged_by is not None


@dataclass
class Repository:
    """A repository and everything in it; branches map to the commit at their tip."""

    id: int
    owner: User
    name: str
    default_branch: str
    objects: Objects
    created_at: datetime
    pushed_at: datetime
    parent: "Repository | None" = None
    branches: dict[str, str] = field(default_factory=dict)
    permissions: dict[str, Permission] = field(default_factory=dict)
    pull_requests: dict[int, PullRequest] = field(default_factory=dict)
    comments: dict[int, Comment] = field(default_factory=dict)
    labels: dict[str, Label] = field(default_factory=dict)
    statuses: list[Status] = field(default_factory=list)
    check_runs: dict[int, CheckRun] = field(default_factory=dict)
    deployments: dict[int, Deployment] = field(default_factory=dict)
    environments: dict[str, Environment] = field(default_factory=dict)

    @property
    def full_name(self) -> str:
        """`owner/name`."""
        return f"{self.owner.login}/{self.name}"

    @property
    def is_watched(self) -> bool:
        """Whether the app is installed and hooks stand here: everywhere but in forks."""
        return self.parent is None

    def find_commit(self, ref: str) -> Commit | None:
        """The commit that a branch, `heads/branch`, `refs/heads/branch` or a commit name (seven digits up) means."""
        branch = ref.removeprefix("refs/").removeprefix("heads/")
        sha = self.branches.get(ref) or self.branches.get(branch) or self.objects.find(ref)
        return self.objects.commit(sha) if sha else None

    def comments_on(self, number: int) -> list[Comment]:
        """The conversation of a pull request, oldest first."""
        return [comment for comment in self.comments.values() if comment.number == number]

    def permission_of(self, login: str) -> Permission:
        """What a person may do here; the owner may do everything, a stranger may read, as in a public repository."""
        return "admin" if login == self.owner.login else self.permissions.get(login, "read")


PERMISSIONS = {
    "checks": "write",
    "contents": "read",
    "deployments": "write",
    "issues": "write",
    "metadata": "read",
    "pull_requests": "write",
    "statuses": "write",
}
"""What the app may do when it is made."""
EVENTS = (
    "check_run",
    "create",
    "delete",
    "issue_comment",
    "pull_request",
    "pull_request_review",
    "push",
    "repository",
)
"""What the app is subscribed to when it is made."""


@dataclass
class App:
    """The one GitHub App here, and its installation on the organisation that owns it."""

    id: int
    slug: str
    owner: User
    bot: User
    installation_id: int
    created_at: datetime
    suspended_at: datetime | None = None
    is_deleted: bool = False
    permissions: dict[str, str] = field(default_factory=lambda: dict(PERMISSIONS))
    events: list[str] = field(default_factory=lambda: list(EVENTS))


class World:
    """Everything there is, with one lock, one clock and one row of numbers."""

    def __init__(self, organization: str, app: str) -> None:
        self.lock = threading.RLock()
        self.users: dict[str, User] = {}
        self.repositories: dict[str, Repository] = {}
        self._ids = itertools.count(1001)
        owner = self.user(organization)
        owner.type = "Organization"
        self.app = App(self.next_id(), app, owner, self.user(f"{app}[bot]"), self.next_id(), self.now())

    def next_id(self) -> int:
        """A number that nothing else has."""
        return next(self._ids)

    def now(self) -> datetime:
        """The time, in UTC and whole seconds, as GitHub tells it."""
        return datetime.now(UTC).replace(microsecond=0)

    def user(self, login: str) -> User:
        """The account of that login, made on first sight; `[bot]` at the end makes it a bot."""
        if login not in self.users:
            self.users[login] = User(self.next_id(), login, "Bot" if login.endswith("[bot]") else "User")
        return self.users[login]

    def repository(self, name: "str | Repository") -> Repository:
        """The repository `owner/name`; raises KeyError, naming those that exist, where there is none."""
        if isinstance(name, Repository):
            return name
        try:
            return self.repositories[name]
        except KeyError:
            known = ", ".join(self.repositories) or "none yet"
            raise KeyError(f"no repository {name!r} in the sandbox; there are: {known}") from None
