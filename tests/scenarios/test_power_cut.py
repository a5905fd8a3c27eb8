"""Power cuts: Mayfly dies with everything under way at once, and its next life goes on from there.

One death hits many environments, each at another moment, since a takeover takes seconds.
"""

from collections.abc import Iterator

import pytest

from app.sandbox.aws import AwsSandbox
from app.sandbox.slack import Breakage
from tests.scenarios.repositories import template
from tests.scenarios.world import World, until

BIRTHS = {1: "preparing", 2: "posting to Slack", 3: "answer of CreateStack lost", 4: "webhook answered"}
CHANGES = {1: "updating", 2: "deleting", 3: "answer of UpdateStack lost", 4: "answer of DeleteStack lost"}
"""What was under way for each pull request when Mayfly died, the first time and the second."""

LARGE = template(Large={"Type": "AWS::SQS::Queue", "Metadata": {"filler": "x" * 60_000}})
"""Too large to be sent as it is, so that it has to go through S3."""


@pytest.fixture(scope="module")
def born(aws: AwsSandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world in which Mayfly died amid births and lives again."""
    with World(aws, tmp_path_factory.mktemp("world")) as world:
        world.start()
        with aws.control.holding("create"):
            begin_births(world)
            world.kill()
        world.aws.control.heal()
        yield world.start()


def begin_births(world: World) -> None:
    control = world.aws.control
    control.unavailable("s3", times=None)
    world.open("SHOP-1", {"template.yaml": LARGE})
    until(lambda: world.calls("PutObject"), "S3 was asked")
    world.slack.break_next("chat.postMessage", Breakage.LOST, calls=2)
    world.open("SHOP-2")
    until(lambda: world.messages("SHOP-2"), "Slack was told")
    control.drop("cloudformation", "CreateStack", when="after", times=None)
    world.open("SHOP-3")
    until(lambda: "SHOP-3" in world.stacks(), "CreateStack was called")
    world.open("SHOP-4")
    world.github.wait_delivered()


@pytest.fixture(scope="module")
def changed(born: World) -> tuple[World, dict[int, str]]:
    """The same world after a second death, amid changes, and the commits that were pushed."""
    for number in BIRTHS:
        born.wait_for(f"SHOP-{number}", "ready")
    with born.aws.control.holding("update", "delete"):
        commits = begin_changes(born)
        born.kill()
    born.aws.control.heal()
    born.start()
    return born, commits


def begin_changes(world: World) -> dict[int, str]:
    control = world.aws.control
    commits = {1: world.push("SHOP-1", {"template.yaml": template("Other")})}
    until(lambda: status(world, "SHOP-1") == "UPDATE_IN_PROGRESS", "SHOP-1 is being updated")
    world.github.close_pull_request("acme/shop", 2)
    until(lambda: status(world, "SHOP-2") == "DELETE_IN_PROGRESS", "SHOP-2 is being deleted")
    for action in ("UpdateStack", "DeleteStack"):
        control.drop("cloudformation", action, when="after", times=None)
    commits[3] = world.push("SHOP-3", {"template.yaml": template("Other")})
    world.github.close_pull_request("acme/shop", 4)
    until(lambda: status(world, "SHOP-3") == "UPDATE_IN_PROGRESS", "UpdateStack was called")
    until(lambda: status(world, "SHOP-4") == "DELETE_IN_PROGRESS", "DeleteStack was called")
    return commits


def status(world: World, stack: str) -> str | None:
    found = world.stacks().get(stack)
    return str(found["StackStatus"]) if found else None


@pytest.mark.parametrize("number", BIRTHS, ids=BIRTHS.values())
def test_a_birth_cut_short_is_brought_to_its_end(born: World, number: int) -> None:
    name = f"SHOP-{number}"
    found = born.wait_for(name, "ready")
    assert [stack["name"] for stack in found["stacks"]] == [name]
    assert [attempt["outcome"] for attempt in found["deployments"]] == ["succeeded"]
    born.told(name, number, "is ready")


def test_one_stack_was_made_for_each_birth(born: World) -> None:
    for number in BIRTHS:
        born.wait_for(f"SHOP-{number}", "ready")
    every = born.cloudformation().list_stacks()["StackSummaries"]
    assert sorted(stack["StackName"] for stack in every) == [f"SHOP-{number}" for number in BIRTHS]


@pytest.mark.parametrize("number", [1, 3], ids=["updating", "answer of UpdateStack lost"])
def test_an_update_cut_short_is_brought_to_its_end(changed: tuple[World, dict[int, str]], number: int) -> None:
    world, commits = changed
    name = f"SHOP-{number}"
    world.wait_for(name, "ready", commit=commits[number])
    assert (status(world, name) or "").startswith("UPDATE_COMPLETE")
    world.told(name, number, commits[number][:7])


@pytest.mark.parametrize("number", [2, 4], ids=["deleting", "answer of DeleteStack lost"])
def test_a_deletion_cut_short_is_brought_to_its_end(changed: tuple[World, dict[int, str]], number: int) -> None:
    world, _ = changed
    name = f"SHOP-{number}"
    world.wait_for(name, "gone")
    assert status(world, name) is None
    world.told(name, number, "is gone")
