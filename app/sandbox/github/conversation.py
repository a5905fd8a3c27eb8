"""A pull request's whole story in one value, for a page or a test to show."""

from dataclasses import dataclass
from datetime import datetime

from app.sandbox.github.git import Commit
from app.sandbox.github.world import CheckRun, Comment, Deployment, PullRequest, Repository, Status


@dataclass(frozen=True)
class Conversation:
    """What stood on the pull request's page at one moment; statuses and check runs are its head commit's."""

    number: int
    title: str
    body: str
    state: str
    is_draft: bool
    is_merged: bool
    author: str
    branch: str
    base: str
    head_sha: str
    labels: tuple[str, ...]
    created_at: datetime
    commits: tuple[Commit, ...]
    comments: tuple[Comment, ...]
    statuses: tuple[Status, ...]
    check_runs: tuple[CheckRun, ...]
    deployments: tuple[Deployment, ...]


def gather(repository: Repository, pull_request: PullRequest) -> Conversation:
    """The story so far; deployments are those of any of its commits."""
    objects, head = repository.objects, pull_request.head_sha
    names = objects.between(pull_request.base_sha, head) or [head]
    return Conversation(
        pull_request.number,
        pull_request.title,
        pull_request.body or "",
        pull_request.state,
        pull_request.draft,
        pull_request.is_merged,
        pull_request.author.login,
        pull_request.head,
        pull_request.base,
        head,
        tuple(label.name for label in pull_request.labels),
        pull_request.created_at,
        tuple(objects.commit(name) for name in names),
        tuple(repository.comments_on(pull_request.number)),
        tuple({s.context: s for s in repository.statuses if s.sha == head}.values()),
        tuple(run for run in repository.check_runs.values() if run.sha == head),
        tuple(each for each in repository.deployments.values() if each.sha in names),
    )
