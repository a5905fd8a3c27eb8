"""Stack operations that take their time.

The emulator's engine walks a stack's resources in one turn of the event loop, except where it hands a resource to a
thread. Here every resource goes through that gap, and in it the operation waits its share of the configured seconds:
resources appear one after another, each first IN_PROGRESS, and every description of the stack agrees because the
engine itself stands still. Planned failures strike there too, so what follows them is the engine's own ladder. And an
operation can be held there, for whoever wants to meet it at work however slow the machine is.
"""

# ruff: noqa: SLF001  the engine has no public seams

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from ministack.core.responses import now_iso
from ministack.services import cloudformation
from ministack.services.cloudformation import changesets, handlers, stacks

from .failures import Failures

STACK = "AWS::CloudFormation::Stack"
OPERATIONS = ("create", "update", "delete")


@dataclass
class Timings:
    """Seconds that an operation on a whole stack takes."""

    create: float
    update: float
    delete: float


@dataclass(frozen=True)
class Pace:
    """How the running operation spends its time: so many seconds for each resource, and more while it is held."""

    seconds: float
    is_let_go: asyncio.Event

    async def spend(self) -> None:
        await asyncio.sleep(self.seconds)
        await self.is_let_go.wait()


_pace: ContextVar[Pace] = ContextVar("the pace of the running operation")


@dataclass(frozen=True)
class Deed:
    """One thing done to one resource, read from the engine's own call."""

    verb: str
    resource_type: str
    stack: str
    logical_id: str
    physical_id: str = ""

    @classmethod
    def read(cls, work: Callable[..., Any], arguments: tuple[Any, ...]) -> "Deed":
        match work.__name__, arguments:
            case "_provision_keeping_seed", (kind, logical_id, _, stack):
                return cls("create", kind, stack, logical_id)
            case "_delete_resource", (kind, physical_id, _, stack, logical_id):
                return cls("delete", kind, stack, logical_id, physical_id)
            case _, (kind, physical_id, _, _, stack, logical_id, _):
                return cls("update", kind, stack, logical_id, physical_id)
        raise TypeError(f"unknown work of the engine: {work.__name__}{arguments}")


class Lifecycle:
    """The engine's operations, at this stand-in's pace."""

    def __init__(self, timings: Timings, failures: Failures) -> None:
        self.timings = timings
        self._failures = failures
        self._running: dict[str, asyncio.Task[Any]] = {}
        self._let_go = {operation: asyncio.Event() for operation in OPERATIONS}
        self.hold()
        self._deploy, self._delete = stacks._deploy_stack_async, stacks._delete_stack_async
        self._blocks, self._in_thread = stacks._runs_on_worker_thread, stacks.run_reentrant

    def install(self) -> None:
        """Take the engine's place wherever its functions are known by name."""
        for module in (stacks, handlers, changesets):
            module._deploy_stack_async = self.deploy
        for module in (stacks, handlers):
            module._delete_stack_async = self.delete
        stacks._runs_on_worker_thread = lambda _: True
        stacks.run_reentrant = self.work

    def hold(self, *operations: str) -> None:
        """Let operations of these kinds, and no others, stand still before the end of their next resource."""
        if unknown := set(operations) - set(OPERATIONS):
            raise ValueError(f"no operation {sorted(unknown)}")
        for operation, is_let_go in self._let_go.items():
            if operation in operations:
                is_let_go.clear()
            else:
                is_let_go.set()

    async def deploy(self, name: str, stack_id: str, template: dict, *rest: Any, **named: Any) -> None:
        """Create or update a stack; an update passes through its cleanup phase."""
        stack = cloudformation._stacks[name]
        operation = "update" if named.get("is_update") else "create"
        with self._operating(stack, operation, len(template.get("Resources", {}))):
            await self._deploy(name, stack_id, template, *rest, **named)
            if stack["StackStatus"] == "UPDATE_COMPLETE":
                await _clean_up(stack)

    async def delete(self, name: str, stack_id: str, *rest: Any, **named: Any) -> None:
        """Delete a stack, which ends whatever creation is still going on. Its last resources stay readable by ARN,
        as on AWS (ListStackResources answers for deleted stacks too)."""
        await self.interrupt(stack_id)
        stack = cloudformation._stacks[name]
        resources = dict(stack["_resources"])
        stack["DeletionTime"] = now_iso()
        with self._operating(stack, "delete", len(resources)):
            await self._delete(name, stack_id, *rest, **named)
        if stack["StackStatus"] == "DELETE_COMPLETE":
            stack["_resources"] = as_they_ended(stack_id, resources)
        else:
            del stack["DeletionTime"]

    async def interrupt(self, stack_id: str) -> None:
        """End the operation that runs on a stack, if one does, before its next resource."""
        task = self._running.get(stack_id)
        if task and task is not asyncio.current_task():
            task.cancel()
            await asyncio.wait([task])

    async def interrupt_all(self) -> None:
        for stack_id in list(self._running):
            await self.interrupt(stack_id)

    async def work(self, work: Callable[..., Any], *arguments: Any) -> Any:
        """Do one deed of the engine after its share of the time, unless it is planned to fail."""
        deed = Deed.read(work, arguments)
        with _shown(deed):
            await _pace.get().spend()
        self._failures.strike(deed.verb, deed.stack, deed.logical_id)
        if self._blocks(deed.resource_type):
            return await self._in_thread(work, *arguments)
        return work(*arguments)

    @contextmanager
    def _operating(self, stack: dict, operation: str, resources: int) -> Iterator[None]:
        stack["StackStatusReason"] = ""
        task = asyncio.current_task()
        assert task
        self._running[stack["StackId"]] = task
        seconds = getattr(self.timings, operation) / max(1, resources)
        pace = _pace.set(Pace(seconds, self._let_go[operation]))
        try:
            yield
        finally:
            _pace.reset(pace)
            if self._running.get(stack["StackId"]) is task:
                del self._running[stack["StackId"]]


@contextmanager
def _shown(deed: Deed) -> Iterator[None]:
    """List the resource as in progress meanwhile, then as it was: what becomes of it is the engine's to say."""
    records = cloudformation._stacks[deed.stack]["_resources"]
    before = records.get(deed.logical_id)
    if before and before["PhysicalResourceId"] != deed.physical_id:
        yield
        return
    records[deed.logical_id] = {
        **(before or {"PhysicalResourceId": "", "ResourceType": deed.resource_type, "Properties": {}}),
        "ResourceStatus": f"{deed.verb.upper()}_IN_PROGRESS",
        "Timestamp": now_iso(),
    }
    try:
        yield
    finally:
        if before:
            records[deed.logical_id] = before
        else:
            del records[deed.logical_id]


async def _clean_up(stack: dict) -> None:
    """Between the last resource and UPDATE_COMPLETE, CloudFormation removes what the update replaced."""
    cloudformation._stack_events[stack["StackId"]].pop()
    _enter(stack, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
    await _pace.get().spend()
    _enter(stack, "UPDATE_COMPLETE")


def _enter(stack: dict, status: str) -> None:
    stack["StackStatus"] = status
    stack_id, name = stack["StackId"], stack["StackName"]
    stacks._add_event(stack_id, name, name, STACK, status, physical_id=stack_id)


def as_they_ended(stack_id: str, resources: dict[str, dict]) -> dict[str, dict]:
    """The resources of a deleted stack, each with what became of it."""
    ended = {event["LogicalResourceId"]: event["ResourceStatus"] for event in cloudformation._stack_events[stack_id]}
    return {name: {**record, "ResourceStatus": ended[name]} for name, record in resources.items() if name in ended}
