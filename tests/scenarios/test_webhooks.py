"""Webhooks as they really come: twice, in the wrong order, not at all, and in the middle of something else."""

from datetime import timedelta

import pytest

from tests.scenarios.repositories import template
from tests.scenarios.world import REPOSITORY, World, until


@pytest.fixture(scope="module")
def standing(shared_world: World) -> dict[str, int]:
    """Pull requests whose environments stand, for the tests that change one; their numbers."""
    names = ("SHOP-303", "SHOP-306", "SHOP-308")
    numbers = {name: shared_world.open(name) for name in names}
    for name in names:
        shared_world.wait_for(name, "ready")
    return numbers


def attempts(world: World, name: str) -> dict[str, str]:
    """The outcome of each commit."""
    found = world.environment(name)
    return {attempt["commit"]: attempt["outcome"] for attempt in found["deployments"]} if found else {}


def test_a_delivery_that_comes_thrice_makes_one_stack(world: World) -> None:
    world.github.faults.duplicate(3, copies=3)
    number = world.open("SHOP-301")
    world.wait_for("SHOP-301", "ready")
    world.told("SHOP-301", number, "is ready")
    assert len(attempts(world, "SHOP-301")) == 1


def test_deliveries_in_reverse_end_in_the_newest_state(world: World) -> None:
    world.github.hold_deliveries()
    world.open("SHOP-302")
    commit = world.push("SHOP-302", {"template.yaml": template("Newest")})
    world.github.release_deliveries(reverse=True)
    world.wait_for("SHOP-302", "ready", commit=commit)
    assert attempts(world, "SHOP-302") == {commit: "succeeded"}


def test_a_closing_overtaken_by_a_late_push_stays_closed(world: World, standing: dict[str, int]) -> None:
    number = standing["SHOP-303"]
    world.github.faults.delay(timedelta(seconds=2), 2)
    world.push("SHOP-303", {"template.yaml": template("Late")})
    world.github.close_pull_request(REPOSITORY, number)
    world.wait_for("SHOP-303", "gone")
    world.github.wait_delivered()
    world.told("SHOP-303", number, "is gone")
    assert "SHOP-303" not in world.stacks()


def test_a_lost_delivery_is_healed_by_the_next_one(world: World) -> None:
    world.github.faults.drop(3)
    number = world.open("SHOP-304")
    world.github.wait_delivered()
    assert world.phase("SHOP-304") is None
    world.github.add_label(REPOSITORY, number, "anything")
    world.wait_for("SHOP-304", "ready")


def test_a_pull_request_closed_during_the_creation_leaves_nothing(world: World) -> None:
    with world.aws.control.holding("create"):
        number = world.open("SHOP-305")
        until(lambda: "SHOP-305" in world.stacks(), "the creation has begun")
        world.github.close_pull_request(REPOSITORY, number)
        world.wait_for("SHOP-305", "gone")
    assert "SHOP-305" not in world.stacks()
    world.told("SHOP-305", number, "is gone")


def test_a_pull_request_reopened_during_the_deletion_gets_its_stack_again(
    world: World, standing: dict[str, int]
) -> None:
    number = standing["SHOP-306"]
    first = world.wait_for("SHOP-306", "ready")["stacks"][0]["id"]
    with world.aws.control.holding("delete"):
        world.github.close_pull_request(REPOSITORY, number)
        world.wait_for("SHOP-306", "deleting")
        world.github.reopen_pull_request(REPOSITORY, number)
        world.github.wait_delivered()
    second = world.wait_for("SHOP-306", "ready")["stacks"][0]["id"]
    world.told("SHOP-306", number, "is ready")
    assert (first != second, world.stacks()["SHOP-306"]["StackId"]) == (True, second)


def test_a_push_during_the_creation_wins(world: World) -> None:
    with world.aws.control.holding("create"):
        world.open("SHOP-307")
        until(lambda: "SHOP-307" in world.stacks(), "the creation has begun")
        (older,) = attempts(world, "SHOP-307")
        newer = world.push("SHOP-307", {"template.yaml": template("Newer")})
        until(lambda: newer in attempts(world, "SHOP-307"), "the push is known")
    world.wait_for("SHOP-307", "ready", commit=newer)
    assert attempts(world, "SHOP-307") == {newer: "succeeded", older: "superseded"}
    assert "Newer" in world.stacks()["SHOP-307"]["Outputs"][0]["OutputValue"]


@pytest.mark.usefixtures("standing")
def test_a_push_during_an_update_wins(world: World) -> None:
    with world.aws.control.holding("update"):
        older = world.push("SHOP-308", {"template.yaml": template("Older")})
        until(lambda: world.stacks()["SHOP-308"]["StackStatus"].startswith("UPDATE"), "the update has begun")
        newer = world.push("SHOP-308", {"template.yaml": template("Newer")})
        until(lambda: newer in attempts(world, "SHOP-308"), "the push is known")
    world.wait_for("SHOP-308", "ready", commit=newer)
    outcomes = attempts(world, "SHOP-308")
    assert (outcomes[newer], outcomes[older]) == ("succeeded", "superseded")


def test_a_pull_request_from_a_fork_never_deploys(world: World) -> None:
    fork = world.github.fork(REPOSITORY, "mallory")
    world.github.push(fork, "SHOP-309", {"template.yaml": template("Evil")}, author="mallory")
    number = world.github.open_pull_request(
        REPOSITORY, "SHOP-309", title="SHOP-309", author="mallory", head_repository=fork
    )
    key = f"{REPOSITORY}#{number}"
    why = until(lambda: world.run("why", key).stdout, "the refusal is written down")
    assert f"{key} comes from a fork, which never deploys on its own" in why
    assert (world.phase("SHOP-309"), world.comments(number)) == (None, [])


def test_a_foreign_stack_of_our_name_blocks_and_stays_untouched(world: World) -> None:
    client = world.cloudformation()
    client.create_stack(StackName="SHOP-310", TemplateBody=template("Theirs"))
    until(lambda: world.stacks()["SHOP-310"]["StackStatus"] == "CREATE_COMPLETE", "their stack stands")
    before = world.stacks()["SHOP-310"]
    number = world.open("SHOP-310")
    assert "SHOP-310" in world.wait_for("SHOP-310", "blocked")["reason"]
    world.told("SHOP-310", number, "is blocked")
    world.github.close_pull_request(REPOSITORY, number)
    world.wait_for("SHOP-310", "gone")
    world.told("SHOP-310", number, "is gone")
    assert world.stacks()["SHOP-310"] == before
