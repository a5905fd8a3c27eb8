"""Faults of whole calls: what a program sees when the AWS stand-in throttles, fails or hangs up, and what is logged."""

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError

from app.sandbox.aws import AwsSandbox
from app.sandbox.aws.process import ACCOUNT, REGION

TEMPLATE = '{"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}'
Client = Callable[[str], Any]


@pytest.fixture(scope="module")
def running() -> Iterator[AwsSandbox]:
    with AwsSandbox.start(create_seconds=0.1) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: AwsSandbox) -> AwsSandbox:
    running.control.reset()
    return running


@pytest.fixture
def client(sandbox: AwsSandbox) -> Iterator[Client]:
    """Makes clients that do not retry, so that each fault is seen."""
    made: list[Any] = []

    def make(service: str) -> Any:
        new: Callable[..., Any] = boto3.client
        keys = {"aws_access_key_id": ACCOUNT, "aws_secret_access_key": "sandbox", "region_name": REGION}
        once = Config(retries={"max_attempts": 0}, read_timeout=10)
        made.append(new(service, endpoint_url=sandbox.endpoint_url, config=once, **keys))
        return made[-1]

    yield make
    for one in made:
        one.close()


def refusal(call: Callable[..., Any], **named: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        call(**named)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def test_throttled_twice_then_let_through(client: Client, sandbox: AwsSandbox) -> None:
    cloudformation = client("cloudformation")
    sandbox.control.throttle("cloudformation", "Describe*", times=2)
    assert refusal(cloudformation.describe_stacks) == ("Throttling", "Rate exceeded")
    assert refusal(cloudformation.describe_stacks) == ("Throttling", "Rate exceeded")
    assert cloudformation.describe_stacks()["Stacks"] == []
    seen = [(call.action, call.status, call.fault) for call in sandbox.control.calls("cloudformation")]
    assert seen == [("DescribeStacks", 400, "Throttling")] * 2 + [("DescribeStacks", 200, None)]


@pytest.mark.parametrize(
    ("service", "call"),
    [
        ("cloudformation", "describe_stacks"),
        ("s3", "list_buckets"),
        ("lambda", "list_functions"),
        ("sqs", "list_queues"),
    ],
)
def test_errors_are_worded_in_the_protocol_of_the_call(
    sandbox: AwsSandbox, client: Client, service: str, call: str
) -> None:
    sandbox.control.unavailable(service)
    sandbox.control.expire_token(service)
    asked = getattr(client(service), call)
    assert refusal(asked)[0] == "ServiceUnavailable"
    assert refusal(asked)[0] == "ExpiredToken"
    assert asked()["ResponseMetadata"]["HTTPStatusCode"] == 200


@pytest.mark.parametrize(("when", "took_effect"), [("before", False), ("after", True)])
def test_a_dropped_connection(client: Client, sandbox: AwsSandbox, when: Any, took_effect: bool) -> None:
    cloudformation = client("cloudformation")
    sandbox.control.drop("cloudformation", "CreateStack", when=when)
    with pytest.raises(ConnectionClosedError):
        cloudformation.create_stack(StackName="lost", TemplateBody=TEMPLATE)
    assert [one["StackName"] for one in cloudformation.describe_stacks()["Stacks"]] == ["lost"] * took_effect
    (call,) = sandbox.control.calls("cloudformation", "CreateStack")
    assert (call.status, call.fault, call.parameters) == (None, f"drop-{when}", {"StackName": "lost"})


def test_a_wrong_order_is_refused_in_one_line(sandbox: AwsSandbox) -> None:
    with pytest.raises(ValueError, match="unexpected keyword argument"):
        sandbox.control._ask("PUT", "timings", {"polish": 1.0})


def test_the_log_names_calls_and_never_secrets(client: Client, sandbox: AwsSandbox) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="papers", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="papers", Key="a/b", Body=b"a secret")
    s3.list_objects_v2(Bucket="papers")
    s3.delete_objects(Bucket="papers", Delete={"Objects": [{"Key": "a/b"}]})
    client("sts").get_caller_identity()
    client("resourcegroupstaggingapi").get_resources()
    seen = [(call.service, call.action, call.status) for call in sandbox.control.calls()]
    assert seen == [
        ("s3", "CreateBucket", 200),
        ("s3", "PutObject", 200),
        ("s3", "ListObjectsV2", 200),
        ("s3", "DeleteObjects", 200),
        ("sts", "GetCallerIdentity", 200),
        ("tagging", "GetResources", 200),
    ]
    assert sandbox.control.calls("s3", "PutObject")[0].parameters == {"Bucket": "papers", "Key": "a/b"}
    assert "secret" not in repr(sandbox.control.calls())
    sandbox.control.forget_calls()
    assert sandbox.control.calls() == []
