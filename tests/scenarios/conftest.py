"""One AWS per file, and two worlds: `world` for all tests of a file, `fresh_world` for a story that needs its own."""

from collections.abc import Iterator

import pytest

from app.sandbox.aws import AwsSandbox
from tests.scenarios.world import World


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsSandbox]:
    """AWS on this machine: slow enough to be met at work, and done by the time of the watch's first look."""
    with AwsSandbox.start(create_seconds=0.8, update_seconds=0.6, delete_seconds=0.5) as running:
        yield running


@pytest.fixture(scope="module")
def shared_world(aws: AwsSandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world with Mayfly running in it, for all tests of the file."""
    with World(aws, tmp_path_factory.mktemp("world")) as world:
        yield world.start()


@pytest.fixture
def world(shared_world: World) -> Iterator[World]:
    """The file's world, healed of what the test before did to it. Each test takes tickets of its own."""
    yield shared_world
    heal(shared_world)


@pytest.fixture
def fresh_world(aws: AwsSandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world of one test's own, in which Mayfly has not been started yet."""
    aws.control.reset()
    with World(aws, tmp_path_factory.mktemp("world")) as world:
        yield world


def heal(world: World) -> None:
    """Nothing is broken any more."""
    world.aws.control.heal()
    world.github.faults.clear()
    world.slack.up()
