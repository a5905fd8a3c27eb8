"""Two doors and three workers on one PostgreSQL play one walk, and nobody can tell that they are five."""

import itertools
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from app.sandbox.aws import AwsSandbox
from tests.contract.postgresql import PostgreSql, running_postgresql
from tests.scenarios.repositories import template
from tests.scenarios.world import REPOSITORY, SECRET, World, command, environment, free_port, until

pytestmark = pytest.mark.alone

CHANGED = {"template.yaml": template("Queue", "Other")}


@dataclass
class Crew:
    """The processes, around a world in which no other Mayfly runs."""

    world: World
    doors: list[subprocess.Popen[bytes]] = field(default_factory=list)
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self) -> None:
        """All five at once, on an empty database. Returns once the doors are open and the workers work."""
        ports = [self.world.port, free_port()]
        self.doors += [self._run("web", MAYFLY_WEB__PORT=str(port)) for port in ports]
        self.workers += [self._run("worker") for _ in range(3)]
        until(lambda: self._logged("doors opened") == 2 and self._logged("workers started") == 3, "all five run")
        hooks = self.world.github.hooks
        hooks.clear()
        urls = [f"http://127.0.0.1:{port}/webhooks/github" for port in ports]
        self._hooks = itertools.cycle([self.world.github.deliver_to(url, SECRET) for url in urls])
        self.take_turns()

    def _run(self, name: str, **settings: str) -> subprocess.Popen[bytes]:
        with self.world.log_file.open("ab") as log:
            return subprocess.Popen(command(name), env=environment({**self.world.settings, **settings}), stderr=log)

    def _logged(self, event: str) -> int:
        return sum(line["event"] == event for line in self.world.log)

    def take_turns(self) -> None:
        """GitHub delivers to the other door from now on."""
        self.world.github.wait_delivered()
        self.world.github.hooks[:] = [next(self._hooks)]

    def end(self) -> None:
        """End them."""
        for process in (*self.doors, *self.workers):
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def postgresql() -> Iterator[PostgreSql]:
    """A server of this file's own."""
    with running_postgresql() as server:
        yield server


@pytest.fixture(scope="module")
def crew(aws: AwsSandbox, postgresql: PostgreSql, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crew]:
    """Two doors and three workers."""
    url = postgresql.url(postgresql.create())
    with World(aws, tmp_path_factory.mktemp("crew"), {"MAYFLY_DATABASE_URL": url}) as world:
        crew = Crew(world)
        try:
            crew.start()
            yield crew
        finally:
            crew.end()


def walk(crew: Crew, name: str, *, killing: int = 0) -> None:
    """A pull request from its draft to the end of its branch; `killing` workers die amid the creation."""
    world = crew.world
    with world.aws.control.holding("create"):
        number = world.open(name, draft=True)
        until(lambda: name in world.stacks(), f"the creation of {name} has begun")
        for _ in range(killing):
            victim = crew.workers.pop(0)
            victim.kill()
            victim.wait()
    world.wait_for(name, "ready")
    crew.take_turns()
    world.github.mark_ready(REPOSITORY, number)
    crew.take_turns()
    commit = world.push(name, CHANGED)
    world.wait_for(name, "ready", commit=commit)
    world.told(name, number, commit[:7])
    crew.take_turns()
    world.github.delete_branch(REPOSITORY, name)
    world.wait_for(name, "gone")
    world.told(name, number, "is gone")


def stacks_ever(world: World, name: str) -> list[str]:
    """Every stack of a name that ever was, by its end."""
    found = world.cloudformation().list_stacks()["StackSummaries"]
    return [stack["StackStatus"] for stack in found if stack["StackName"] == name]


def test_five_processes_play_one_walk(crew: Crew) -> None:
    walk(crew, "SHOP-1")
    assert stacks_ever(crew.world, "SHOP-1") == ["DELETE_COMPLETE"]
    assert (crew.world.calls("CreateStack"), crew.world.calls("UpdateStack")) == (1, 1)


def test_both_doors_took_webhooks(crew: Crew) -> None:
    doors = {delivery.hook.url for delivery in crew.world.github.deliveries if delivery.is_delivered}
    assert len(doors) == 2


def test_a_worker_killed_amid_a_creation_changes_nothing(crew: Crew) -> None:
    walk(crew, "SHOP-2", killing=1)
    assert stacks_ever(crew.world, "SHOP-2") == ["DELETE_COMPLETE"]


def test_the_last_worker_ends_alone_what_the_others_began(crew: Crew) -> None:
    walk(crew, "SHOP-3", killing=len(crew.workers) - 1)
    assert stacks_ever(crew.world, "SHOP-3") == ["DELETE_COMPLETE"]
    assert [process.poll() for process in (*crew.doors, *crew.workers)] == [None, None, None]
