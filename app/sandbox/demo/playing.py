"""The stage as the page's world: what a newcomer sees, and what they can do to it."""

import re
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

from app.core.errors import PermanentError
from app.sandbox.github import GitHubSandbox
from app.sandbox.github import world as github_world
from app.sandbox.page.world import ChannelMessage, Check, Conversation, Entry, PullRequest, Stack
from app.sandbox.slack import SlackSandbox
from app.sandbox.slack.records import Message

REPOSITORY = "acme/shop"
CODE = "src/orders.py"
STACKS_SECONDS = 1.0
"""How long a look at AWS is good for; the page asks once a second, from every window that shows it."""

_STATES: Mapping[str, str] = {"success": "success", "failure": "failure", "error": "failure", "pending": "pending"}


class Playing:
    """GitHub, Slack and AWS, as the page asks for them."""

    def __init__(self, github: GitHubSandbox, slack: SlackSandbox, cloudformation: Any, channel: str) -> None:
        self._github = github
        self._slack = slack
        self._cloudformation = cloudformation
        self._channel = channel
        self._lock = threading.Lock()
        self._stacks: tuple[float, list[Stack]] = (0.0, [])

    @property
    def channel(self) -> str:
        """The Slack channel that is shown."""
        return self._channel

    def pull_requests(self) -> Sequence[PullRequest]:
        """All pull requests, the newest first."""
        found = self._repository().pull_requests.values()
        return [self._pull_request(each) for each in sorted(found, key=lambda each: -each.number)]

    def conversation(self, repository: str, number: int) -> Conversation:
        """A pull request with everything under it."""
        story = self._github.conversation(repository, number)
        entries = [
            Entry(
                f"commit-{commit.sha}",
                "event",
                commit.login,
                f"pushed {commit.sha[:7]}: {commit.message}",
                commit.author.at,
            )
            for commit in story.commits
        ]
        entries += [
            Entry(
                f"comment-{comment.id}",
                "comment",
                comment.author.login,
                comment.body,
                comment.created_at,
                is_edited=bool(comment.edits),
                is_bot=comment.author.login == "mayfly-bot" or comment.by_app,
            )
            for comment in story.comments
        ]
        checks = [
            *(
                Check(status.context, _STATES[status.state], status.description or "")  # type: ignore[arg-type]
                for status in story.statuses
            ),
            *(_check_run(run) for run in list({run.name: run for run in story.check_runs}.values())),
            *(_deployment(each) for each in story.deployments if each.statuses),
        ]
        pull_request = self._pull_request(self._repository().pull_requests[number])
        return Conversation(pull_request, sorted(entries, key=lambda entry: entry.at), checks)

    def messages(self) -> Sequence[ChannelMessage]:
        """What stands in the channel."""
        shown = [*self._slack.channel(self._channel), *self._slack.ephemeral(self._channel)]
        return [self._message(each) for each in sorted(shown, key=lambda each: each.ts)]

    def names(self) -> Mapping[str, str]:
        """What Slack's ids stand for."""
        return {user.id: user.name for user in self._slack.workspace.users.values()}

    def stacks(self) -> Sequence[Stack]:
        """The stacks that there are."""
        with self._lock:
            at, stacks = self._stacks
            if time.monotonic() - at > STACKS_SECONDS:
                found = self._cloudformation.describe_stacks()["Stacks"]
                region = self._cloudformation.meta.region_name
                stacks = sorted((Stack(s["StackName"], s["StackStatus"], region) for s in found), key=lambda s: s.name)
                self._stacks = (time.monotonic(), stacks)
            return stacks

    def open(self, ticket: str, title: str) -> PullRequest:
        """Make a branch for the ticket and a draft pull request from it."""
        branch = f"feature/{ticket}-{re.sub('[^a-z0-9]+', '-', title.lower())}"[:80].strip("-")
        if branch in self._repository().branches:
            raise PermanentError(f"the branch {branch} exists; choose another ticket or title")
        self._github.create_branch(REPOSITORY, branch)
        self._change(branch, f"# {title}\n", f"Begin {ticket}: {title}")
        number = self._github.open_pull_request(REPOSITORY, branch, title=title, draft=True)
        return self._pull_request(self._repository().pull_requests[number])

    def push(self, repository: str, number: int) -> None:
        """Push one more commit, which changes the function."""
        story = self._github.conversation(repository, number)
        self._change(story.branch, f"# change {len(story.commits) + 1}\n", f"Change {len(story.commits) + 1}")

    def edit(self, repository: str, number: int, title: str) -> None:
        """Give the pull request another title."""
        self._github.edit_pull_request(repository, number, title=title)

    def comment(self, repository: str, number: int, text: str) -> None:
        """Write a comment."""
        self._github.comment(repository, number, text)

    def close(self, repository: str, number: int) -> None:
        """Close the pull request."""
        self._github.close_pull_request(repository, number)

    def reopen(self, repository: str, number: int) -> None:
        """Open the pull request again."""
        self._github.reopen_pull_request(repository, number)

    def delete_branch(self, repository: str, number: int) -> None:
        """Delete the branch, which closes the pull request."""
        self._github.delete_branch(repository, self._github.conversation(repository, number).branch)

    def click(self, ts: str, action_id: str) -> None:
        """Press a button of a Slack message."""
        self._slack.click(self._channel, ts, action_id, "octocat")

    def replace_in_code(self, branch: str, old: str, new: str, message: str) -> str:
        """Push a commit that changes a piece of the function's code; its sha."""
        code = self._code(branch)
        return self._github.push(REPOSITORY, branch, {CODE: code.replace(old, new)}, message=message)

    def _change(self, branch: str, addition: str, message: str) -> None:
        self._github.push(REPOSITORY, branch, {CODE: self._code(branch) + addition}, message=message)

    def _code(self, branch: str) -> str:
        repository = self._repository()
        return repository.objects.commit(repository.branches[branch]).files[CODE].content.decode()

    def _repository(self) -> github_world.Repository:
        return self._github.world.repositories[REPOSITORY]

    def _pull_request(self, found: github_world.PullRequest) -> PullRequest:
        return PullRequest(
            REPOSITORY,
            found.number,
            found.title,
            found.head,
            found.author.login,
            found.head_sha,
            is_open=found.state == "open",
            is_draft=found.draft,
            has_branch=found.head in self._repository().branches,
        )

    def _message(self, found: Message) -> ChannelMessage:
        return ChannelMessage(
            found.ts,
            self.names().get(found.user, "Mayfly"),
            found.text,
            found.posted_at,
            found.blocks,
            found.thread_ts,
            is_edited=bool(found.edits),
            is_bot=self._slack.workspace.users[found.user].is_bot,
            only_to=self.names().get(found.ephemeral_to or ""),
        )


def _check_run(run: github_world.CheckRun) -> Check:
    told = run.fields
    state = _STATES.get(told.get("conclusion") or "pending", "neutral")
    notes = f" · {len(run.annotations)} notes on the templates" if run.annotations else ""
    labels = [action["label"] for action in told.get("actions") or ()]
    buttons = f" · [{'] ['.join(labels)}]" if labels else ""
    return Check(f"check {run.name}", state, f"{told['output']['title']}{notes}{buttons}")  # type: ignore[arg-type]


def _deployment(deployment: github_world.Deployment) -> Check:
    latest = deployment.statuses[-1]
    state = _STATES.get(latest.state, "pending")
    address = latest.fields.get("environment_url") or latest.state.replace("_", " ")
    name = f"deployment {deployment.environment}, {deployment.fields['task']}"
    return Check(name, state, address)  # type: ignore[arg-type]
