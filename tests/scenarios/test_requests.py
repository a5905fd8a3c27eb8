"""Requests: how many calls AWS gets for what people do, beside those of the shared watch."""

from collections import Counter
from collections.abc import Iterator

import pytest

from app.aws.permissions import list_actions
from app.sandbox.aws import AwsSandbox
from tests.iam import action_of
from tests.scenarios.world import World, until

MANY = 20
SECONDS = 3.0
"""How long a stack takes; long enough that polling for each one would show."""

FUNCTION = """
Resources:
  Orders:
    Type: AWS::Lambda::Function
    Properties:
      Code: src
      Handler: orders.handle
      Runtime: python3.12
      Role: arn:aws:iam::111122223333:role/orders
      MemorySize: 128
      Timeout: {timeout}
Outputs:
  Name: {{Value: !Ref Orders}}
"""


LEFT_OUT = ("ListStacks", "GetCallerIdentity", "DescribeAccountLimits", "GetAccountSummary")
"""The shared watch, and what is asked once in minutes for an account and region."""
NEEDED: set[str] = set()
"""The IAM actions that the stories of this file needed."""


def files(timeout: int = 3, code: str = "def handle(event, context): pass\n") -> dict[str, str]:
    return {"template.yaml": FUNCTION.format(timeout=timeout), "src/orders.py": code}


def calls(world: World) -> Counter[str]:
    """The calls since the last time, without those of the shared watch and of an account's first use."""
    every = world.aws.control.calls()
    NEEDED.update(map(action_of, every))
    seen = Counter(call.action for call in every)
    world.aws.control.forget_calls()
    return Counter({action: n for action, n in seen.items() if action not in LEFT_OUT})


@pytest.fixture(scope="module")
def world(aws: AwsSandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    aws.control.set_timings(create=SECONDS, update=SECONDS, delete=SECONDS)
    settings = {"MAYFLY_LIMITS__CONCURRENT_CREATES": str(MANY), "MAYFLY_RESYNC__EVERY": "1h"}
    with World(aws, tmp_path_factory.mktemp("requests"), settings) as world:
        world.start()
        world.open("SHOP-1-first", files(code="# makes the bucket\n"))
        world.wait_for("SHOP-1", "ready")
        calls(world)
        yield world


def test_the_life_of_one_environment(world: World) -> None:
    number = world.open("SHOP-2-life", files())
    world.wait_for("SHOP-2", "ready")
    assert calls(world) == {"PutObject": 1, "CreateStack": 1, "DescribeStacks": 1, "ListStackResources": 1}

    unchanged = world.push("SHOP-2-life", {"README.md": "nothing that is deployed"})
    world.wait_for("SHOP-2", "ready", commit=unchanged)
    assert calls(world).total() <= 1

    changed = world.push("SHOP-2-life", files(timeout=9))
    world.wait_for("SHOP-2", "ready", commit=changed)
    until(lambda: _status(world, "SHOP-2") == "UPDATE_COMPLETE", "the update is cleaned up")
    assert calls(world) == {"UpdateStack": 1, "DescribeStacks": 1}

    world.github.close_pull_request("acme/shop", number)
    world.wait_for("SHOP-2", "gone")
    assert calls(world)["DeleteStack"] == 1


def _status(world: World, name: str) -> str | None:
    found = world.environment(name)
    return found["stacks"][0]["status"] if found else None


def test_a_second_environment_of_the_same_code_sends_nothing(world: World) -> None:
    world.open("SHOP-3-same", files(code="# makes the bucket\n"))
    world.wait_for("SHOP-3", "ready")
    assert calls(world) == {"CreateStack": 1, "DescribeStacks": 1, "ListStackResources": 1}


def test_many_at_once_share_their_looks(world: World) -> None:
    for number in range(100, 100 + MANY):
        world.open(f"SHOP-{number}-many", files(code="# makes the bucket\n"))
    for number in range(100, 100 + MANY):
        world.wait_for(f"SHOP-{number}", "ready")
    every = Counter(call.action for call in world.aws.control.calls("cloudformation"))
    assert every["CreateStack"] == MANY
    reads = {action: n for action, n in every.items() if action.startswith(("Describe", "List"))}
    assert sum(reads.values()) <= 2 * MANY, reads


def test_nothing_was_done_that_is_not_declared(world: World) -> None:
    calls(world)
    assert {"cloudformation:CreateStack", "s3:PutObject"} <= NEEDED <= set(list_actions())
