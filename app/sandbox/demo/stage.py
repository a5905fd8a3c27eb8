"""The stage: AWS, GitHub, Slack, Mayfly and the page, set up together and ended together."""

import json
import secrets
import socket
import tempfile
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import boto3

from app.sandbox.aws import AwsSandbox
from app.sandbox.demo.example import example_files
from app.sandbox.demo.playing import REPOSITORY, Playing
from app.sandbox.demo.program import Program
from app.sandbox.github import GitHubSandbox
from app.sandbox.page import Playground
from app.sandbox.slack import SlackSandbox

CHANNEL = "#previews"
PLAYER = "octocat"
"""Who plays: the same person on GitHub and in Slack."""


class Stage:
    """Everything that the demo plays on, from `__enter__` to `__exit__`."""

    aws: AwsSandbox
    github: GitHubSandbox
    slack: SlackSandbox
    program: Program
    page: Playground
    world: Playing

    def __init__(self) -> None:
        self._opened = ExitStack()
        self._secret = secrets.token_hex(32)

    def __enter__(self) -> Self:
        with self._opened as opening:
            self._set_up_stand_ins(opening)
            self._opened = opening.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opened.close()

    def _set_up_stand_ins(self, opening: ExitStack) -> None:
        page_port = free_port()
        self.aws = opening.enter_context(AwsSandbox.start())
        self.slack = opening.enter_context(SlackSandbox.start())
        self.github = opening.enter_context(GitHubSandbox.start(html_url=f"http://127.0.0.1:{page_port}"))
        self.github.create_repository(REPOSITORY, files=example_files())
        self.github.set_permission(REPOSITORY, PLAYER, "write")
        self.player = self.slack.add_user(PLAYER)
        self._folder = Path(opening.enter_context(tempfile.TemporaryDirectory(prefix="mayfly-demo-")))
        self.world = Playing(self.github, self.slack, self.client("cloudformation"), CHANNEL)
        self.page = opening.enter_context(Playground.start(self.world, port=page_port))
        opening.callback(self._stop_program)

    def start_program(self) -> None:
        """Start Mayfly and point GitHub's webhook at it."""
        self.program = Program.start(self.settings(), free_port(), self._folder / "mayfly.log")
        doors = f"{self.program.url}/webhooks"
        self.github.deliver_to(f"{doors}/github", self._secret)
        self.slack.interact_with(f"{doors}/slack/interactions", f"{doors}/slack/commands")

    def _stop_program(self) -> None:
        if hasattr(self, "program"):
            self.program.stop()

    def settings(self) -> dict[str, str]:
        """The settings that an operator would give, with the stand-ins in place of the real services."""
        return {
            **self.aws.environment(),
            "MAYFLY_DATABASE_URL": f"sqlite:///{self._folder / 'mayfly.db'}",
            "MAYFLY_GITHUB__WEBHOOK_SECRETS": self._secret,
            "MAYFLY_GITHUB__APP_ID": str(self.github.app_id),
            "MAYFLY_GITHUB__PRIVATE_KEY": self.github.private_key,
            "MAYFLY_GITHUB__API_URL": self.github.api_url,
            "MAYFLY_SLACK__BOT_TOKEN": self.slack.bot_token,
            "MAYFLY_SLACK__SIGNING_SECRET": self.slack.signing_secret,
            "MAYFLY_SLACK__CHANNEL": CHANNEL,
            "MAYFLY_SLACK__USERS": json.dumps({PLAYER: self.player.id}),
            "MAYFLY_LIMITS__PER_AUTHOR": "10",  # everybody is octocat here
            "MAYFLY_SLACK__API_URL": self.slack.api_url,
        }

    def client(self, service: str) -> Any:
        """A boto3 client of the local AWS."""
        environment = self.aws.environment()
        return boto3.client(
            service,  # type: ignore[call-overload]
            endpoint_url=self.aws.endpoint_url,
            region_name=environment["AWS_REGION"],
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
        )


def free_port() -> int:
    """A port that nothing listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
