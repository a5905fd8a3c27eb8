"""The walk: a draft pull request of the example application, from its opening to the end of its branch."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.request import urlopen

import pytest

from app.sandbox.aws import AwsSandbox
from app.sandbox.slack import Message
from tests.scenarios.repositories import example_files
from tests.scenarios.world import World

BRANCH = "feature/SHOP-42-cart"


@dataclass(frozen=True)
class Moment:
    """Everything that can be seen at one moment of the walk."""

    environment: dict[str, Any]
    stacks: dict[str, dict[str, Any]]
    messages: list[Message]
    comments: list[str]
    message: str


@dataclass(frozen=True)
class Walk:
    """The moments: deployed, pushed to, and its branch deleted."""

    ready: Moment
    updated: Moment
    gone: Moment
    answer: bytes


@pytest.fixture(scope="module")
def walk(aws: AwsSandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    """The whole walk, once for all tests of this file."""
    with World(aws, tmp_path_factory.mktemp("walk")) as world:
        world.start()
        number = world.open(BRANCH, example_files(), title="Keep the cart", draft=True)
        ready = moment(world, number, "ready", "is ready", "Log group")
        answer = call(outputs(ready)["ApiUrl"])
        source = example_files()["src/orders.py"] + b"\n# changed\n"
        commit = world.push(BRANCH, {"src/orders.py": source})
        world.wait_for("SHOP-42", "ready", commit=commit)
        updated = moment(world, number, "ready", commit[:7])
        world.github.delete_branch("acme/shop", BRANCH)
        yield Walk(ready, updated, moment(world, number, "gone", "is gone"), answer)


def moment(world: World, number: int, phase: str, *words: str) -> Moment:
    environment = world.wait_for("SHOP-42", phase)
    message, _ = world.told("SHOP-42", number, *words)
    return Moment(environment, world.stacks(), world.messages("SHOP-42"), world.comments(number), message)


def outputs(seen: Moment) -> dict[str, str]:
    return {output["OutputKey"]: output["OutputValue"] for output in seen.stacks["SHOP-42"]["Outputs"]}


def call(address: str) -> bytes:
    with urlopen(address, timeout=15) as answer:
        body: bytes = answer.read()
        return body


def test_the_stack_is_named_and_tagged_after_the_ticket(walk: Walk) -> None:
    tags = {tag["Key"]: tag["Value"] for tag in walk.ready.stacks["SHOP-42"]["Tags"]}
    assert len(tags.pop("mayfly:managed")) == 16
    assert tags == {
        "mayfly:environment": "SHOP-42",
        "mayfly:repository": "acme/shop",
        "mayfly:pull-request": "1",
        "mayfly:ticket": "SHOP-42",
        "mayfly:owner": "octocat",
    }


def test_the_deployed_function_answers(walk: Walk) -> None:
    assert walk.answer == b'{"orders": []}'


@pytest.mark.parametrize("place", ["message", "comment"])
def test_every_output_is_told_and_nothing_that_the_file_leaves_out(walk: Walk, place: str) -> None:
    text = walk.ready.message if place == "message" else walk.ready.comments[0]
    named = {name: value for name, value in outputs(walk.ready).items() if name in text and value in text}
    assert set(named) == {"ApiUrl", "TableName", "QueueUrl", "BusName"}


@pytest.mark.parametrize("place", ["message", "comment"])
def test_resources_are_told_by_kind_with_their_page_in_the_console(walk: Walk, place: str) -> None:
    text = walk.ready.message if place == "message" else walk.ready.comments[0]
    for kind in ("API", "Function", "Table", "Queue", "Event bus", "Log group"):
        assert f"{kind}" in text
    assert text.count("console.aws.amazon.com") == 7


def test_a_push_edits_what_was_told(walk: Walk) -> None:
    assert [message.ts for message in walk.updated.messages] == [message.ts for message in walk.ready.messages]
    assert len(walk.updated.comments) == 1


def test_a_push_updates_the_same_stack(walk: Walk) -> None:
    before, after = walk.ready.stacks["SHOP-42"], walk.updated.stacks["SHOP-42"]
    assert (after["StackId"], after["StackStatus"]) == (before["StackId"], "UPDATE_COMPLETE")


def test_the_end_of_the_branch_leaves_nothing(walk: Walk) -> None:
    assert walk.gone.stacks == {}


def test_the_end_is_told_where_the_beginning_was(walk: Walk) -> None:
    assert [message.ts for message in walk.gone.messages] == [message.ts for message in walk.ready.messages]
    assert "is gone" in walk.gone.comments[0]
    assert "ApiUrl" not in walk.gone.message + walk.gone.comments[0]


def test_each_commit_is_an_attempt_that_succeeded(walk: Walk) -> None:
    assert [attempt["outcome"] for attempt in walk.gone.environment["deployments"]] == ["succeeded", "succeeded"]
