"""Deployments: how late people hear, what is asked of AWS, what it costs in CPU, and that a fleet leaves nothing.

A stack takes STACK seconds in the stand-in. "Late" is from the moment in which CloudFormation ended the operation, by
its own events, to the moment in which Slack has the message.
"""

import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from app.sandbox.aws import AwsSandbox
from tests.bench.gauges import cpu_seconds, megabytes
from tests.bench.walk import tell, write
from tests.scenarios.test_events import event_queue
from tests.scenarios.test_requests import files
from tests.scenarios.world import World, message_text, until

STACK = 2.3
RUNS = 20
MANY = 20
FLEET = int(os.environ.get("FLEET", "100"))
PATIENCE = 300.0


def measure() -> None:
    """Measure everything."""
    write(f"Deployments (a stack takes {STACK} s)")
    late(with_events=False)
    late(with_events=True)
    requests()
    fleet()
    peers()


@contextmanager
def world_with(**settings: str) -> Iterator[World]:
    """Mayfly between its stand-ins; with `events` the queue of stack status changes is set up and named."""
    with (
        AwsSandbox.start(create_seconds=STACK, update_seconds=STACK, delete_seconds=STACK) as aws,
        tempfile.TemporaryDirectory(prefix="mayfly-bench-") as folder,
    ):
        if settings.pop("events", None):
            settings["MAYFLY_AWS__EVENT_QUEUE_URL"] = event_queue(aws)
        with World(aws, Path(folder), {"MAYFLY_RESYNC__EVERY": "1h", **settings}) as world:
            world.start()
            yield world


def late(*, with_events: bool) -> None:
    """From "the stack is complete" to "Slack has the message", and the CPU from the webhook to there."""
    settings = {"events": "yes"} if with_events else {}
    with world_with(**settings) as world:
        deploy(world, 1)
        before = cpu_seconds(world.pid)
        waits = [deploy(world, number) for number in range(2, RUNS + 2)]
        idle = _idle_cpu(world)
        spent = cpu_seconds(world.pid) - before
        own = spent / RUNS - idle * _life(waits)
    way = "by events" if with_events else "by polling"
    write(f"  complete -> Slack, {way}, median / worst of {RUNS}:      {median(waits):.2f} / {max(waits):.2f} s")
    write(f"  CPU of a whole deployment, {way}:                   {1000 * own:.0f} ms beside the idle process")


def _life(waits: list[float]) -> float:
    return STACK + 0.6 + median(waits)


def _idle_cpu(world: World) -> float:
    """The CPU that the process takes in a second in which nothing happens."""
    time.sleep(3)
    before, began = cpu_seconds(world.pid), time.monotonic()
    time.sleep(5)
    return (cpu_seconds(world.pid) - before) / (time.monotonic() - began)


def deploy(world: World, number: int) -> float:
    """Deploy a new environment; how many seconds after its stack people have heard of it."""
    name = f"SHOP-{number}"
    world.open(f"{name}-late", files())
    heard = until(lambda: _heard(world, name), f"Slack says that {name} is ready", PATIENCE)
    return (heard - _completed(world, name)).total_seconds()


def _heard(world: World, name: str) -> datetime | None:
    """When the message came to say that it is ready."""
    for message in world.messages(name):
        if "is ready" in message_text(message):
            posted = datetime.fromtimestamp(float(message.ts), UTC)
            return message.edits[-1].replaced_at if message.edits else posted
    return None


def _completed(world: World, name: str) -> datetime:
    events = world.cloudformation().describe_stack_events(StackName=name)["StackEvents"]
    ends = [event for event in events if event["ResourceStatus"] == "CREATE_COMPLETE" and _is_own(event)]
    at: datetime = ends[0]["Timestamp"]
    return at


def _is_own(event: dict[str, str]) -> bool:
    return event["PhysicalResourceId"] == event["StackId"]


def requests() -> None:
    """What is asked of AWS in each case; the story's own looks are made past the log."""
    with world_with(MAYFLY_LIMITS__CONCURRENT_CREATES=str(MANY)) as world:
        world.open("SHOP-1-first", files(code="# makes the bucket\n"))
        world.wait_for("SHOP-1", "ready")
        _case(world, "the first of a repository, with its bucket")
        world.open("SHOP-2-create", files())
        world.wait_for("SHOP-2", "ready")
        _case(world, "a create with one function")
        world.wait_for("SHOP-2", "ready", commit=world.push("SHOP-2-create", {"README.md": "nothing"}))
        _case(world, "a push that changes nothing")
        world.wait_for("SHOP-2", "ready", commit=world.push("SHOP-2-create", files(timeout=9)))
        time.sleep(STACK)
        _case(world, "a change of one property")
        for number in range(100, 100 + MANY):
            world.open(f"SHOP-{number}-many", files())
        for number in range(100, 100 + MANY):
            world.wait_for(f"SHOP-{number}", "ready")
        _case(world, f"{MANY} at once, of code that is there")


def _case(world: World, name: str) -> None:
    counted = Counter(call.action for call in world.aws.control.calls())
    world.aws.control.forget_calls()
    watch = counted.pop("ListStacks", 0)
    write(f"  {name + ':':46} {counted.total():3} and {watch} of the watch ({tell(counted)})")


def fleet() -> None:
    """Many environments created, updated and deleted; what is left, what it took."""
    limits = {f"MAYFLY_LIMITS__{name}": "1000" for name in ("CONCURRENT_CREATES", "ENVIRONMENTS")}
    with world_with(**limits, MAYFLY_RESYNC__EVERY="30s") as world:  # heals a delivery that a busy machine has lost
        numbers, began = range(1, FLEET + 1), time.monotonic()
        pulls = {number: world.open(f"SHOP-{number}-fleet", files()) for number in numbers}
        _all(world, "ready")
        created = time.monotonic()
        commits = {number: world.push(f"SHOP-{number}-fleet", files(timeout=9)) for number in numbers}
        for number in numbers:
            until(lambda n=number: _is_at(world, n, commits[n]), f"SHOP-{number} is updated", PATIENCE)  # type: ignore[misc]
        updated = time.monotonic()
        for number in numbers:
            world.github.close_pull_request("acme/shop", pulls[number])
        _all(world, "gone")
        gone = time.monotonic()
        counted = Counter(call.action for call in world.aws.control.calls())
        left = world.stacks()
        memory = megabytes(world.pid)
    write(
        f"  {FLEET} environments created in {created - began:.0f} s, updated in {updated - created:.0f} s, "
        f"deleted in {gone - updated:.0f} s; {len(left)} stacks left; {memory:.0f} MB"
    )
    write(f"  calls: {counted.total()} ({tell(counted)})")


def _all(world: World, phase: str) -> None:
    for number in range(1, FLEET + 1):
        until(lambda n=number: world.phase(f"SHOP-{n}") == phase, f"SHOP-{number} is {phase}", PATIENCE)  # type: ignore[misc]


def _is_at(world: World, number: int, commit: str) -> bool:
    found = world.environment(f"SHOP-{number}")
    ended = [each for each in (found or {}).get("deployments", []) if each["outcome"] == "succeeded"]
    return bool(ended) and any(each["commit"] == commit for each in ended)


def peers() -> None:
    """Which of the other tools stand beside it on this machine."""
    found = [tool for tool in ("aws", "sam") if shutil.which(tool)]
    write(f"  peers on this machine: {', '.join(found) or 'none (aws, sam)'}")
