"""The story: the walk of one pull request, from the first push to nothing, each step with its measured time.

Each step does something as a person would and then waits, within a bound, for what a person would see: in Slack, on
the pull request, at the deployed address. What is not seen in time is a failed step.
"""

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from app.core.errors import MayflyError
from app.sandbox.demo.playing import REPOSITORY, Playing
from app.sandbox.demo.stage import CHANNEL, Stage

PATIENCE_SECONDS = 60.0
TICKET = "SHOP-42"
Tell = Callable[[str], None]


class StepFailed(MayflyError):
    """A step of the story did not come to its end."""


class Story:
    """Plays the walk on a stage, telling each step through `tell`."""

    def __init__(self, stage: Stage, tell: Tell) -> None:
        self._stage = stage
        self._tell = tell
        self._number = 0

    def play(self) -> None:
        """The whole walk. Raises StepFailed at the first step that goes wrong."""
        with self._step("Mayfly starts and takes webhooks"):
            self._stage.start_program()
        with self._step(f"a draft pull request for {TICKET} becomes a stack, and Slack has its outputs"):
            self._open()
            self._wait("Slack says that it is ready", lambda: "is ready" in self._slack_text())
        with self._step("the deployed function answers, takes an order and keeps it"):
            self._order("tea")
        with self._step("a push updates the stack, and the same Slack message is edited"):
            self._push()
        with self._step("the branch is deleted, and the stack goes with everything it made"):
            self._stage.github.delete_branch(REPOSITORY, self._branch())
            self._wait("Slack says that it is gone", lambda: "is gone" in self._slack_text())
            self._check_nothing_left()
        with self._step("one Slack message and one comment tell the whole story"):
            self._check_told_once()

    @contextmanager
    def _step(self, text: str) -> Iterator[None]:
        begun = time.monotonic()
        try:
            yield
        except Exception as error:
            self._tell(f"  FAILED  {text}: {error}")
            raise StepFailed(f"{text}: {error}") from error
        self._number += 1
        self._tell(f"  {self._number}. {text} ({time.monotonic() - begun:.1f} s)")

    def _open(self) -> None:
        stage = self._stage
        self._pull_request = self._world().open(TICKET, "Sell tea").number
        self._wait("the stack is complete", lambda: self._statuses() == {TICKET: "CREATE_COMPLETE"})
        stage.github.wait_delivered()

    def _order(self, item: str) -> None:
        api = self._output("ApiUrl")
        _ask(f"{api}orders", {"item": item})
        orders = _ask(api)["orders"]
        if [order["item"] for order in orders] != [item]:
            raise StepFailed(f"the function answered {orders}")
        self._tell(f"     GET {api} -> {json.dumps(orders)}")

    def _push(self) -> None:
        self._world().replace_in_code(self._branch(), '{"orders":', '{"shop": "tea", "orders":', "Name the shop")
        self._wait("the update is complete", lambda: self._statuses() == {TICKET: "UPDATE_COMPLETE"})
        self._wait("Slack says that it is ready", lambda: "is ready" in self._slack_text())
        answer = _ask(self._output("ApiUrl"))
        if answer.get("shop") != "tea":
            raise StepFailed(f"the old code still answers: {answer}")

    def _check_nothing_left(self) -> None:
        if left := self._statuses():
            raise StepFailed(f"stacks are left: {left}")
        tables = self._stage.client("dynamodb").list_tables()["TableNames"]
        queues = self._stage.client("sqs").list_queues().get("QueueUrls", [])
        if tables or queues:
            raise StepFailed(f"left behind: {tables + queues}")

    def _check_told_once(self) -> None:
        messages = sum(not message.is_reply for message in self._stage.slack.channel(CHANNEL))
        self._wait("the comment says that it is gone", lambda: "is gone" in self._comments()[-1])
        if (messages, len(self._comments())) != (1, 1):
            raise StepFailed(f"there are {messages} messages and {len(self._comments())} comments")

    def _world(self) -> Playing:
        return self._stage.world

    def _branch(self) -> str:
        return self._stage.github.conversation(REPOSITORY, self._pull_request).branch

    def _slack_text(self) -> str:
        return " ".join(message.text for message in self._stage.slack.channel(CHANNEL))

    def _comments(self) -> list[str]:
        return [comment.body for comment in self._stage.github.conversation(REPOSITORY, self._pull_request).comments]

    def _statuses(self) -> dict[str, str]:
        found = self._stage.client("cloudformation").describe_stacks()["Stacks"]
        return {stack["StackName"]: stack["StackStatus"] for stack in found}

    def _output(self, key: str) -> str:
        stack = self._stage.client("cloudformation").describe_stacks(StackName=TICKET)["Stacks"][0]
        return str({output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}[key])

    def _wait(self, what: str, is_so: Callable[[], bool]) -> None:
        """Wait until `is_so`, looking often, within the bound."""
        pause = threading.Event()
        end = time.monotonic() + PATIENCE_SECONDS
        while not is_so():
            if time.monotonic() > end:
                raise StepFailed(f"{what}: not within {PATIENCE_SECONDS:.0f} s; {self._reasons()}")
            pause.wait(0.1)

    def _reasons(self) -> str:
        return "; ".join(f"{each['name']}: {each['reason']}" for each in self._stage.program.environments())


def _ask(address: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """The deployed function's answer in JSON. Raises StepFailed for an error."""
    content = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(address, data=content, headers={"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return dict(json.load(answer))
    except (urllib.error.URLError, ValueError) as error:
        raise StepFailed(f"{address} answered {error}") from error
