"""The world of a story: Mayfly as a real process, between stand-ins for AWS, GitHub and Slack on this machine."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self, TypeVar
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

import boto3

from app.sandbox.aws import AwsSandbox
from app.sandbox.github import Content, GitHubSandbox
from app.sandbox.slack import Message, SlackSandbox
from tests.scenarios.repositories import repository_files

REPOSITORY = "acme/shop"
CHANNEL = "#previews"
SECRET = "a-secret-of-the-story"
PATIENCE = 60.0
"""Seconds within which anything in a story happens, on a machine that has other work too."""

Seen = TypeVar("Seen")


def until(look: Callable[[], Seen | None], what: str, seconds: float = PATIENCE) -> Seen:
    """What `look` sees once that is true."""
    deadline = time.monotonic() + seconds
    while not (seen := look()):
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s; last seen: {seen!r}"
        time.sleep(0.03)
    return seen


class World:
    """Mayfly and everything around it, from `start` to `close`."""

    def __init__(self, aws: AwsSandbox, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        self.aws, self.folder = aws, folder
        self.github, self.slack = GitHubSandbox.start(), SlackSandbox.start()
        self.github.create_repository(REPOSITORY, files=repository_files())
        self.port = free_port()
        doors = f"http://127.0.0.1:{self.port}/webhooks"
        self.github.deliver_to(f"{doors}/github", SECRET)
        self.slack.interact_with(f"{doors}/slack/interactions", f"{doors}/slack/commands")
        self.settings = {**self._usual_settings(), **(settings or {})}
        self._clients: dict[str, Any] = {}
        self._mayfly: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _usual_settings(self) -> dict[str, str]:
        return {
            **self.aws.environment(),
            "MAYFLY_DATABASE_URL": f"sqlite:///{self.folder / 'mayfly.db'}",
            "MAYFLY_GITHUB__WEBHOOK_SECRETS": SECRET,
            "MAYFLY_GITHUB__TOKEN": self.github.token,
            "MAYFLY_GITHUB__API_URL": self.github.api_url,
            "MAYFLY_SLACK__BOT_TOKEN": self.slack.bot_token,
            "MAYFLY_SLACK__SIGNING_SECRET": self.slack.signing_secret,
            "MAYFLY_SLACK__CHANNEL": CHANNEL,
            "MAYFLY_LIMITS__PER_REPOSITORY": "1000",
            "MAYFLY_LIMITS__PER_AUTHOR": "1000",
            "MAYFLY_LIMITS__ENVIRONMENTS": "1000",
            "MAYFLY_SLACK__API_URL": self.slack.api_url,
            "MAYFLY_WEB__PORT": str(self.port),
        }

    # Mayfly's process

    @property
    def log_file(self) -> Path:
        """What Mayfly writes to standard error, over all its lives."""
        return self.folder / "mayfly.log"

    @property
    def log(self) -> list[dict[str, Any]]:
        """Mayfly's log."""
        return [json.loads(line) for line in self.log_file.read_text().splitlines() if line.startswith("{")]

    def start(self) -> Self:
        """`mayfly serve`; returns once it is ready."""
        with self.log_file.open("ab") as log:
            self._mayfly = subprocess.Popen(command("serve"), env=environment(self.settings), stderr=log)
        until(self._is_ready, "mayfly serve is ready")
        return self

    @property
    def pid(self) -> int:
        """Mayfly's process."""
        assert self._mayfly
        return self._mayfly.pid

    def kill(self) -> None:
        """Mayfly dies at once, as in a power cut."""
        assert self._mayfly
        self._mayfly.kill()
        self._mayfly.wait()

    def stop(self, seconds: float = 15.0) -> int:
        """Ask Mayfly to stop; its exit status."""
        assert self._mayfly
        self._mayfly.terminate()
        return self._mayfly.wait(seconds)

    def run(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """One command of the same installation."""
        return run_mayfly(*arguments, **{**self.settings, **settings})

    def close(self) -> None:
        """End everything that was started, except AWS, which belongs to others."""
        if self._mayfly and self._mayfly.poll() is None:
            self.kill()
        for client in self._clients.values():
            client.close()
        self.github.stop()
        self.slack.stop()

    def _is_ready(self) -> bool:
        assert self._mayfly
        assert self._mayfly.poll() is None, f"mayfly serve ended: {self.log_file.read_text()[-2000:]}"
        return self.ask("/readyz") is not None

    def ask(self, path: str) -> bytes | None:
        """The answer to a GET; None where there is none, or another than 200."""
        try:
            with urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                body: bytes = answer.read()
                return body
        except (HTTPError, URLError, OSError):
            return None

    # What people do

    def open(self, branch: str, files: Mapping[str, Content | None] | None = None, **more: Any) -> int:
        """A branch with one commit, and a draft pull request from it; its number."""
        self.push(branch, files or {"change.txt": branch})
        return self.github.open_pull_request(REPOSITORY, branch, **{"title": "A change", **more})

    def push(self, branch: str, files: Mapping[str, Content | None], **more: Any) -> str:
        """A commit on a branch; its name."""
        return self.github.push(REPOSITORY, branch, files, **more)

    # What people see

    def environment(self, name: str) -> dict[str, Any] | None:
        """An environment as the API tells it."""
        body = self.ask(f"/api/v1/environments/{name}")
        return None if body is None else json.loads(body)

    def phase(self, name: str) -> str | None:
        """An environment's phase; None where there is none."""
        found = self.environment(name)
        return str(found["phase"]) if found else None

    def reason(self, name: str) -> str:
        """Why an environment is as it is."""
        found = self.environment(name)
        return found["reason"] if found else ""

    def wait_for(self, name: str, *phases: str, commit: str | None = None) -> dict[str, Any]:
        """The environment once it is in one of the phases, and at `commit` where one is given."""

        def look() -> dict[str, Any] | None:
            found = self.environment(name)
            is_there = found and found["phase"] in phases and (commit is None or _commit(found) == commit)
            return found if is_there else None

        try:
            return until(look, f"{name} is {' or '.join(phases)}")
        except AssertionError as error:
            log = "\n".join(self.log_file.read_text().splitlines()[-30:])
            raise AssertionError(f"{error}\n{self.environment(name)}\n{log}") from None

    def wait_for_reason(self, name: str, *words: str) -> str:
        """The environment's reason once it says all of the words."""

        def look() -> str | None:
            reason = self.reason(name)
            return reason if all(word in reason for word in words) else None

        return until(look, f"the reason of {name} says {words}")

    def messages(self, name: str) -> list[Message]:
        """The Slack messages about an environment, in whatever channel."""
        found = [message for channel in ("#previews", "#general") for message in self.slack.channel(channel)]
        return [message for message in found if (message.metadata or {})["event_payload"]["environment"] == name]

    def slack_text(self, name: str) -> str:
        """All that Slack says about an environment: its message and the thread below."""
        roots = self.messages(name)
        replies = [m for m in self.slack.channel("#previews") if m.thread_ts in {root.ts for root in roots}]
        return "\n".join(message_text(message) for message in [*roots, *replies])

    def comments(self, number: int) -> list[str]:
        """The comments on a pull request."""
        return [comment.body for comment in self.github.conversation(REPOSITORY, number).comments]

    def told(self, name: str, number: int, *words: str) -> tuple[str, str]:
        """The one message, with its thread, and the one comment, once both say all of the words."""

        def look() -> tuple[str, str] | None:
            texts = [text for text in [self.slack_text(name)] if text], self.comments(number)
            is_said = all(any(word in text for text in place) for place in texts for word in words)
            return (texts[0][0], texts[1][0]) if is_said and texts[0] and texts[1] else None

        seen = until(look, f"{name} and #{number} are told {words}")
        assert (len(self.messages(name)), len(self.comments(number))) == (1, 1)
        return seen

    # What AWS holds

    def cloudformation(self, region: str = "eu-west-1") -> Any:
        """A client that looks for the story, past Mayfly."""
        if region not in self._clients:
            self._clients[region] = boto3.client(
                "cloudformation",
                region_name=region,
                endpoint_url=self.aws.endpoint_url,
                aws_access_key_id="111122223333",
                aws_secret_access_key="sandbox",
            )
        return self._clients[region]

    def stacks(self, region: str = "eu-west-1") -> dict[str, dict[str, Any]]:
        """Every stack that exists."""
        found = self.cloudformation(region).describe_stacks()["Stacks"]
        return {stack["StackName"]: stack for stack in found if stack["StackStatus"] != "DELETE_COMPLETE"}

    def calls(self, action: str) -> int:
        """How often CloudFormation or S3 was asked for something."""
        return len(self.aws.control.calls(action=action))


def _commit(found: dict[str, Any]) -> str | None:
    ended = [attempt for attempt in found["deployments"] if attempt["outcome"] in ("succeeded", "failed")]
    return ended[0]["commit"] if ended else None


def message_text(message: Message) -> str:
    """Everything that a message says, but for its buttons."""
    sections = [block["text"]["text"] for block in message.blocks if "text" in block]
    small_print = [block["elements"] for block in message.blocks if block["type"] == "context"]
    return "\n".join([message.text, *sections, *(one["text"] for elements in small_print for one in elements)])


def command(*arguments: str) -> list[str]:
    """Mayfly's command line, with the interpreter that runs the tests."""
    return [sys.executable, "-m", "workers", *arguments]


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """An environment with these settings and nobody else's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MAYFLY_", "AWS_"))}
    return {**kept, "AWS_EC2_METADATA_DISABLED": "true", "COLUMNS": "200", **settings}


def run_mayfly(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """One command, to its end."""
    return subprocess.run(
        command(*arguments), env=environment(settings), capture_output=True, text=True, timeout=PATIENCE, check=False
    )


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port
