"""The probe, over real HTTP, against a world that a test makes."""

import atexit
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from unittest.mock import patch

from app.aws.caller import Caller
from app.aws.client import Aws
from app.aws.usage.facts import Fact, Rule
from app.aws.usage.probe import Probe, Subject
from app.core.fleet import Usage
from app.core.stack import Resource
from app.core.usage import Window
from tests.fleet.door import FleetAws
from tests.fleet.world import ACCOUNT, NOW, OLD, REGION, FleetWorld

WINDOW = Window(NOW, timedelta(days=14))


@cache
def standing() -> tuple[FleetAws, Aws]:
    """One server and its clients for all tests of the process, since making clients takes longer than most tests."""
    aws = FleetAws(FleetWorld()).__enter__()
    atexit.register(aws.__exit__)
    with patch.dict(os.environ, aws.environment):
        clients = Aws((REGION,))
        for service in ("cloudwatch", "events", "scheduler", "apigateway", "secretsmanager"):
            clients.reader(service, "default", REGION)
        clients.reader("cloudwatch", "default", "us-east-1")
    return aws, clients


@contextmanager
def calling(world: FleetWorld) -> Iterator[tuple[Caller, FleetAws]]:
    """A caller, and the server that it calls, which knows this world and no fault."""
    aws, clients = standing()
    aws.begin(world)
    yield Caller(clients, "default", REGION), aws


def rules_of(world: FleetWorld) -> Fact[Rule]:
    """The rules of a world, as the list of rules tells of them."""
    rules = [
        Rule(
            each["Name"], each["EventBusName"], each["Arn"], each.get("ScheduleExpression"), each["State"] == "ENABLED"
        )
        for each in world.rules
    ]
    return Fact({f"{rule.bus}|{rule.name}": rule for rule in rules})


def judge(
    world: FleetWorld,
    *subjects: Subject,
    window: Window = WINDOW,
    rules: Fact[Rule] | None = None,
    caller: Caller | None = None,
) -> dict[str, Usage]:
    """The verdicts."""
    if caller is None:
        with calling(world) as (made, _):
            return judge(world, *subjects, window=window, rules=rules, caller=made)
    with ThreadPoolExecutor(4) as pool:
        return Probe(caller, ACCOUNT, rules or rules_of(world), window, pool).judge(subjects)


def a_stack(*resources: tuple[str, str], **changes: object) -> Subject:
    """A stack of these types and physical ids, older than the window."""
    listed = tuple(Resource(f"R{number}", kind, name) for number, (kind, name) in enumerate(resources))
    return Subject(**{"id": "stack", "resources": listed, "created_at": OLD, **changes})  # type: ignore[arg-type]


def use_of(world: FleetWorld, *resources: tuple[str, str], **changes: object) -> Usage:
    """The verdict on a stack of these resources."""
    return judge(world, a_stack(*resources, **changes))["stack"]
