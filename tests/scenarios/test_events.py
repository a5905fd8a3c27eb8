"""Events: with the queue of stack status changes the watch rests, and when the queue is gone it takes over again."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from app.sandbox.aws import AwsSandbox
from tests.scenarios.world import World, until


def event_queue(aws: AwsSandbox, region: str = "eu-west-1") -> str:
    """A queue that EventBridge fills with stack status changes; its address."""
    place: dict[str, Any] = {
        "region_name": region,
        "endpoint_url": aws.endpoint_url,
        "aws_access_key_id": "111122223333",
        "aws_secret_access_key": "sandbox",
    }
    sqs, events = boto3.client("sqs", **place), boto3.client("events", **place)
    url = str(sqs.create_queue(QueueName="stack-events")["QueueUrl"])
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = {"source": ["aws.cloudformation"], "detail-type": ["CloudFormation Stack Status Change"]}
    events.put_rule(Name="stack-events", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="stack-events", Targets=[{"Id": "queue", "Arn": arn}])
    for client in (sqs, events):
        client.close()
    return url


@pytest.fixture(scope="module")
def world(aws: AwsSandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    settings = {"MAYFLY_AWS__EVENT_QUEUE_URL": event_queue(aws)}
    with World(aws, tmp_path_factory.mktemp("events"), settings) as world:
        yield world.start()


def listed(world: World) -> int:
    """How often the watch looked since the last time."""
    seen = len(world.aws.control.calls("cloudformation", "ListStacks"))
    world.aws.control.forget_calls()
    return seen


def test_events_follow_a_stack_where_the_watch_rests(world: World) -> None:
    world.open("SHOP-1-first")
    world.wait_for("SHOP-1", "ready")
    world.aws.control.set_timings(create=5.0)
    listed(world)
    world.open("SHOP-2-second")
    world.wait_for("SHOP-2", "ready")
    assert listed(world) <= 2


def test_when_the_queue_does_not_answer_the_watch_looks_by_itself(world: World) -> None:
    world.aws.control.set_timings(create=1.0)
    world.aws.control.unavailable("sqs", "ReceiveMessage", times=None)
    until(lambda: _warned(world), "the log says that the queue cannot be heard")
    world.open("SHOP-3-third")
    world.wait_for("SHOP-3", "ready")
    world.aws.control.heal()


def _warned(world: World) -> list[dict[str, Any]]:
    return [line for line in world.log if "event queue cannot be heard" in str(line.get("event"))]
