"""Permissions: what each function declares is what AWS, here its stand-in, sees it do."""

import io
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import IO, Any

import pytest

from app.aws import artifacts, history, queue, quotas, stacks
from app.aws.client import DEFAULT_ACCOUNT, Aws, AwsRefused
from app.aws.packaging import Artifact
from app.aws.permissions import declared_permissions
from app.core.blueprint import Payload
from app.sandbox.aws import AwsSandbox
from tests.builders import a_blueprint
from tests.iam import action_of
from tests.waiting import wait_until

REGION, BUCKET = "eu-west-1", "mayfly-permissions"
NOW = datetime.now(UTC)
TEMPLATE = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}, "Parameters": {"P": {"Type": "String"}}}


@dataclass
class Ground:
    """An account with a stack, a bucket and a queue in it."""

    sandbox: AwsSandbox
    aws: Aws
    stack_id: str = ""
    queue: Any = None
    updates: int = 0

    @property
    def cloudformation(self) -> Any:
        return self.aws.client("cloudformation", DEFAULT_ACCOUNT, REGION)

    @property
    def s3(self) -> Any:
        return self.aws.client("s3", DEFAULT_ACCOUNT, REGION)

    def payload(self) -> Payload:
        self.updates += 1
        tags = {"number": str(self.updates)}
        return Payload(a_blueprint(body=json.dumps(TEMPLATE)), {"P": str(self.updates)}, tags)

    def settle(self) -> None:
        wait_until(lambda: not stacks.list_in_progress(self.cloudformation), seconds=20)


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    with (
        AwsSandbox.start(create_seconds=0.05, update_seconds=0.05, delete_seconds=0.05) as sandbox,
        pytest.MonkeyPatch.context() as patch,
    ):
        for name, value in sandbox.environment().items():
            patch.setenv(name, value)
        ground = Ground(sandbox, Aws((REGION,)))
        started = stacks.create_stack(ground.cloudformation, "kept", ground.payload(), "t0")
        ground.stack_id = started.id or ""
        artifacts.make_bucket(ground.s3, BUCKET, REGION)
        url = ground.aws.client("sqs", DEFAULT_ACCOUNT, REGION).create_queue(QueueName="events")["QueueUrl"]
        ground.queue = queue.Queue(ground.aws, url)
        ground.settle()
        yield ground


def an_artifact() -> Artifact:
    def write(out: IO[bytes]) -> None:
        out.write(b"code")

    return Artifact("acme/shop/1.zip", "d", "template.yaml:1", write)


CALLS: dict[str, Callable[[Ground], object]] = {
    "stacks.create_stack": lambda g: stacks.create_stack(g.cloudformation, "made", g.payload(), "t1"),
    "stacks.update_stack": lambda g: stacks.update_stack(g.cloudformation, g.stack_id, g.payload(), "t2"),
    "stacks.describe_stack": lambda g: stacks.describe_stack(g.cloudformation, g.stack_id),
    "stacks.describe_together": lambda g: stacks.describe_together(g.cloudformation, [g.stack_id], 1),
    "stacks.every_stack": lambda g: stacks.every_stack(g.cloudformation),
    "stacks.list_resources": lambda g: stacks.list_resources(g.cloudformation, g.stack_id),
    "history.stack_events": lambda g: list(history.stack_events(g.cloudformation, g.stack_id)),
    "stacks.list_in_progress": lambda g: stacks.list_in_progress(g.cloudformation),
    "stacks.cancel_update": lambda g: stacks.cancel_update(g.cloudformation, g.stack_id, "t3"),
    "stacks.roll_back": lambda g: stacks.roll_back(g.cloudformation, g.stack_id, "t4"),
    "stacks.continue_rollback": lambda g: stacks.continue_rollback(g.cloudformation, g.stack_id, "t5"),
    "stacks.delete_stack": lambda g: stacks.delete_stack(g.cloudformation, g.stack_id, "t6"),
    "artifacts.make_bucket": lambda g: artifacts.make_bucket(g.s3, f"{BUCKET}-2", REGION),
    "artifacts._put": lambda g: artifacts._put(g.s3, BUCKET, "k", io.BytesIO(b"x")),
    "artifacts._written_at": lambda g: artifacts._written_at(g.s3, BUCKET, "k", NOW + timedelta(days=1)),
    "quotas.read_stacks": lambda g: quotas.read_stacks(g.aws, DEFAULT_ACCOUNT, REGION),
    "quotas.read_roles": lambda g: quotas.read_roles(g.aws, DEFAULT_ACCOUNT, REGION),
    "client.Aws.account_id": lambda g: g.aws.account_id(DEFAULT_ACCOUNT),
    "queue.Queue.receive": lambda g: g.queue.receive(0),
    "queue.Queue.delete": lambda g: g.queue.delete([queue.Message("r", "")]),
}


@pytest.mark.parametrize("function", CALLS)
def test_a_function_does_what_it_declares_and_no_more(ground: Ground, function: str) -> None:
    ground.settle()
    ground.sandbox.control.forget_calls()
    with suppress(AwsRefused):  # the stand-in does not know each call; its log does
        CALLS[function](ground)
    seen = {action_of(call) for call in ground.sandbox.control.calls()}
    declared = set(declared_permissions()[f"app.aws.{function}"])
    assert seen
    assert seen <= declared


def test_an_upload_needs_what_its_parts_declare(ground: Ground) -> None:
    ground.sandbox.control.forget_calls()
    artifacts.upload(ground.s3, f"{BUCKET}-3", an_artifact(), REGION, NOW)
    artifacts.upload(ground.s3, f"{BUCKET}-3", an_artifact(), REGION, NOW)
    seen = {action_of(call) for call in ground.sandbox.control.calls()}
    parts = ("_put", "_written_at", "make_bucket")
    assert seen == {action for part in parts for action in declared_permissions()[f"app.aws.artifacts.{part}"]}
