"""Resync: what webhooks did not bring is healed, what GitHub says in trouble destroys nothing, and people are asked."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from app.sandbox.aws import AwsSandbox
from app.sandbox.github.faults import Faults
from tests.scenarios.repositories import template
from tests.scenarios.world import REPOSITORY, World, message_text, until

EVER = 10_000
SOON = {"MAYFLY_RESYNC__EVERY": "1s", "MAYFLY_RESYNC__GRACE": "2s"}
ROUNDS = 4
"""More than a closing that is shown in each of them would outlast."""
TROUBLES: dict[str, Callable[[Faults], None]] = {
    "a page of HTML": lambda faults: faults.answer_html("*", 200, EVER),
    "an error": lambda faults: faults.refuse("*", 502, EVER),
    "no answer": lambda faults: faults.disconnect("*", EVER),
    "a lost permission": lambda faults: faults.refuse("*", 404, EVER, message="Not Found"),
    "a token that is no good": lambda faults: faults.refuse("*", 401, EVER, message="Bad credentials"),
    "an empty answer to everything": lambda faults: faults.answer_empty("*", EVER),
    "an empty list": lambda faults: faults.answer("POST /graphql", a_list(0), EVER),
    "a list cut short": lambda faults: faults.answer("POST /graphql", a_list(7), EVER),
}


def a_list(total: int) -> object:
    """GraphQL's answer with no pull request in it, and how many it says there are."""
    page = {"totalCount": total, "nodes": [], "pageInfo": {"hasNextPage": False, "endCursor": None}}
    return {"data": {"r0": {"pullRequests": page}}}


@pytest.fixture(scope="module")
def watchful(aws: AwsSandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world whose rounds come every second, with one environment."""
    with World(aws, tmp_path_factory.mktemp("world"), SOON) as world:
        world.start()
        world.open("SHOP-1")
        world.wait_for("SHOP-1", "ready")
        yield world


@pytest.fixture
def world(watchful: World) -> Iterator[World]:
    """The file's world, healed of what the test before did to it."""
    yield watchful
    watchful.github.faults.clear()


def rounds(world: World) -> int:
    """How many rounds there were."""
    return sum(line["event"] == "resync" for line in world.log)


def let_rounds_pass(world: World, number: int = ROUNDS) -> None:
    """Return after so many further rounds."""
    enough = rounds(world) + number
    until(lambda: rounds(world) >= enough, f"{number} rounds")


@contextmanager
def deaf(world: World) -> Iterator[None]:
    """Whatever happens on GitHub meanwhile, no delivery ever says so."""
    world.github.wait_delivered()
    hooks = list(world.github.hooks)
    world.github.hooks.clear()
    try:
        yield
    finally:
        world.github.hooks[:] = hooks


def standing(world: World, *names: str) -> list[int]:
    """Pull requests whose environments stand, once that is told and handled: our own comments make GitHub speak too,
    and whoever looks then looks at what is then."""
    numbers = [world.open(name) for name in names]
    for name, number in zip(names, numbers, strict=True):
        world.wait_for(name, "ready")
        world.told(name, number, "is ready")
    world.github.wait_delivered()
    let_rounds_pass(world, 2)
    return numbers


def test_a_pull_request_nobody_told_of_is_deployed(world: World) -> None:
    with deaf(world):
        world.open("SHOP-2")
    world.wait_for("SHOP-2", "ready")


def test_a_push_nobody_told_of_is_deployed(world: World) -> None:
    standing(world, "SHOP-3")
    with deaf(world):
        commit = world.push("SHOP-3", {"template.yaml": template("Other")})
    world.wait_for("SHOP-3", "ready", commit=commit)


def test_a_closing_nobody_told_of_is_healed_after_a_second_look(world: World) -> None:
    (number,) = standing(world, "SHOP-4")
    before = rounds(world)
    with deaf(world):
        world.github.close_pull_request(REPOSITORY, number)
    world.wait_for("SHOP-4", "gone")
    assert rounds(world) - before >= 2
    assert "SHOP-4" not in world.stacks()
    told = world.run("why", "round:resync").stdout
    assert f"{REPOSITORY}#{number} is closed, seen 1 times" in told
    assert f"let {REPOSITORY}#{number} go" in told


@pytest.mark.parametrize("trouble", TROUBLES)
def test_what_github_says_in_trouble_destroys_nothing(world: World, trouble: str) -> None:
    TROUBLES[trouble](world.github.faults)
    world.aws.control.forget_calls()
    let_rounds_pass(world)
    assert (world.phase("SHOP-1"), world.calls("DeleteStack")) == ("ready", 0)


def test_stacks_that_aws_does_not_list_are_left_as_they_are(world: World) -> None:
    world.aws.control.error("cloudformation", "DescribeStacks", code="AccessDenied", status=403, times=None)
    world.aws.control.forget_calls()
    let_rounds_pass(world)
    changed = sum(world.calls(action) for action in ("CreateStack", "UpdateStack", "DeleteStack"))
    world.aws.control.heal()
    assert (changed, "SHOP-1" in world.stacks()) == (0, True)


def test_many_closings_at_once_are_held_until_somebody_confirms(world: World) -> None:
    names = [f"SHOP-{number}" for number in range(11, 16)]
    numbers = standing(world, *names)
    with deaf(world):
        for number in numbers:
            world.github.close_pull_request(REPOSITORY, number)
    (alarm,) = until(lambda: alarms(world), "people are asked")
    assert "mayfly resync --confirm" in alarm
    let_rounds_pass(world)
    assert {world.phase(name) for name in names} == {"ready"}
    assert len(alarms(world)) == 1
    assert world.run("resync", "--confirm").returncode == 0
    for name in names:
        world.wait_for(name, "gone")
    until(lambda: "Over" in alarms(world)[0], "people are told that it is over")


def alarms(world: World) -> list[str]:
    """What the channel says of closings that are held."""
    every = [message_text(message) for message in world.slack.channel("#previews")]
    return [text for text in every if "look closed at once" in text or "resync holds nothing back" in text]
