"""What the AWS stand-in must do, played through boto3 over real HTTP.

The stand-in patches private names of an emulator that is pinned exactly. When this transcript breaks after the pin in
`app/sandbox/aws/requirements.txt` moved, the new version changed under those patches.
"""

import io
import json
import time
import zipfile
from collections.abc import Callable, Iterator
from typing import Any
from urllib.request import urlopen

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from app.sandbox.aws import AwsSandbox
from app.sandbox.aws.process import ACCOUNT, REGION
from tests.waiting import wait_until

SECONDS = 0.4
CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
Client = Callable[[str], Any]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[AwsSandbox]:
    with AwsSandbox.start(create_seconds=SECONDS, update_seconds=SECONDS, delete_seconds=SECONDS) as running:
        yield running


@pytest.fixture(scope="module")
def client(sandbox: AwsSandbox) -> Iterator[Client]:
    """Makes clients that do not retry, so that each fault is seen."""
    named: dict[str, Any] = {
        "endpoint_url": sandbox.endpoint_url,
        "aws_access_key_id": ACCOUNT,
        "aws_secret_access_key": "sandbox",
        "region_name": REGION,
        "config": Config(retries={"max_attempts": 0}, read_timeout=10),
    }
    made: dict[str, Any] = {}

    def make(service: str) -> Any:
        make_any: Callable[..., Any] = boto3.client
        return made.setdefault(service, made.get(service) or make_any(service, **named))

    yield make
    for one in made.values():
        one.close()


@pytest.fixture
def cloudformation(sandbox: AwsSandbox, client: Client) -> Any:
    sandbox.control.reset()
    return client("cloudformation")


def template(*queues: str, **resources: dict[str, Any]) -> str:
    every = {name: {"Type": "AWS::SQS::Queue"} for name in queues} | resources
    return json.dumps({"Resources": every, "Outputs": {"First": {"Value": {"Ref": next(iter(every))}}}})


def status(cloudformation: Any, stack: str) -> str:
    return str(cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"])


def settled(cloudformation: Any, stack: str, seconds: float = 30.0) -> str:
    deadline = time.monotonic() + seconds
    while (now := status(cloudformation, stack)).endswith("IN_PROGRESS"):
        assert time.monotonic() < deadline, f"{stack} is still {now}"
        time.sleep(0.02)
    return now


def created(cloudformation: Any, stack: str, body: str, **more: Any) -> str:
    """The id of a new stack whose creation has ended."""
    stack_id = cloudformation.create_stack(StackName=stack, TemplateBody=body, **more)["StackId"]
    settled(cloudformation, stack_id)
    return str(stack_id)


def events(cloudformation: Any, stack: str) -> list[tuple[str, str, str]]:
    """Oldest first: logical id, status, reason."""
    told = cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
    return [(e["LogicalResourceId"], e["ResourceStatus"], e.get("ResourceStatusReason", "")) for e in reversed(told)]


def resources(cloudformation: Any, stack: str) -> dict[str, str]:
    told = cloudformation.list_stack_resources(StackName=stack)["StackResourceSummaries"]
    return {one["LogicalResourceId"]: one["ResourceStatus"] for one in told}


def refusal(call: Callable[..., Any], **named: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as refused:
        call(**named)
    error = refused.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_stack_is_in_progress_before_it_is_complete_and_every_view_agrees(
    cloudformation: Any, sandbox: AwsSandbox
) -> None:
    tags = [{"Key": "mayfly:ticket", "Value": "SHOP-42"}]
    with sandbox.control.holding("create"):
        cloudformation.create_stack(StackName="SHOP-42", TemplateBody=template("A", "B"), Tags=tags)
        stack = cloudformation.describe_stacks(StackName="SHOP-42")["Stacks"][0]
        assert (stack["StackStatus"], stack["Tags"], stack.get("Outputs")) == ("CREATE_IN_PROGRESS", tags, [])
        assert resources(cloudformation, "SHOP-42") == {"A": "CREATE_IN_PROGRESS"}
        assert ("A", "CREATE_IN_PROGRESS", "") in events(cloudformation, "SHOP-42")
        listed = cloudformation.list_stacks(StackStatusFilter=["CREATE_IN_PROGRESS"])["StackSummaries"]
        assert [one["StackName"] for one in listed] == ["SHOP-42"]

    assert settled(cloudformation, "SHOP-42") == "CREATE_COMPLETE"
    assert cloudformation.list_stacks(StackStatusFilter=["CREATE_IN_PROGRESS"])["StackSummaries"] == []
    assert resources(cloudformation, "SHOP-42") == {"A": "CREATE_COMPLETE", "B": "CREATE_COMPLETE"}
    assert cloudformation.describe_stacks(StackName="SHOP-42")["Stacks"][0]["Outputs"][0]["OutputKey"] == "First"


def test_an_operation_takes_the_seconds_it_is_told(cloudformation: Any, sandbox: AwsSandbox) -> None:
    sandbox.control.set_timings(create=0.9)
    began = time.monotonic()
    created(cloudformation, "slow", template("A", "B", "C"))
    assert time.monotonic() - began >= 0.9


def test_an_operation_that_is_held_comes_to_no_end_before_it_is_let_go(
    cloudformation: Any, sandbox: AwsSandbox
) -> None:
    sandbox.control.set_timings(create=0)
    with sandbox.control.holding("create", "delete"):
        cloudformation.create_stack(StackName="held", TemplateBody=template("A"))
        time.sleep(SECONDS)
        assert status(cloudformation, "held") == "CREATE_IN_PROGRESS"
    assert settled(cloudformation, "held") == "CREATE_COMPLETE"


def test_an_update_passes_through_its_cleanup_and_refuses_company(cloudformation: Any, sandbox: AwsSandbox) -> None:
    stack_id = created(cloudformation, "SHOP-1", template("A"))
    with sandbox.control.holding("update"):
        cloudformation.update_stack(StackName="SHOP-1", TemplateBody=template("A", "B"), ClientRequestToken="deploy-2")
        code, said = refusal(cloudformation.update_stack, StackName="SHOP-1", TemplateBody=template("A", "C"))
        assert (code, said) == (
            "ValidationError",
            f"Stack:{stack_id} is in UPDATE_IN_PROGRESS state and can not be updated.",
        )
        code, said = refusal(cloudformation.delete_stack, StackName="SHOP-1")
        assert said == "Stack [SHOP-1] cannot be deleted while in status UPDATE_IN_PROGRESS"

    assert settled(cloudformation, "SHOP-1") == "UPDATE_COMPLETE"
    told = cloudformation.describe_stack_events(StackName="SHOP-1")["StackEvents"]
    ladder = [e["ResourceStatus"] for e in told if e.get("ClientRequestToken") == "deploy-2"]
    assert ladder[:2] == ["UPDATE_COMPLETE", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"]
    assert ladder[-1] == "UPDATE_IN_PROGRESS"


def test_a_repeated_request_is_answered_like_the_first(cloudformation: Any) -> None:
    asked = {"StackName": "SHOP-2", "TemplateBody": template("A"), "ClientRequestToken": "deploy-1"}
    first = cloudformation.create_stack(**asked)["StackId"]
    assert cloudformation.create_stack(**asked)["StackId"] == first
    code, said = refusal(cloudformation.create_stack, StackName="SHOP-2", TemplateBody=template("A"))
    assert (code, said) == ("AlreadyExistsException", "Stack [SHOP-2] already exists")


def test_what_aws_refuses(cloudformation: Any) -> None:
    created(cloudformation, "SHOP-3", template("A"), EnableTerminationProtection=True)
    same = refusal(cloudformation.update_stack, StackName="SHOP-3", TemplateBody=template("A"))
    assert same == ("ValidationError", "No updates are to be performed.")
    protected = refusal(cloudformation.delete_stack, StackName="SHOP-3")
    assert "cannot be deleted while TerminationProtection is enabled" in protected[1]
    unknown = refusal(cloudformation.describe_stacks, StackName="nobody")
    assert unknown == ("ValidationError", "Stack with id nobody does not exist")
    role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}}}
    incapable = refusal(cloudformation.create_stack, StackName="iam", TemplateBody=template(Role=role))
    assert incapable == ("InsufficientCapabilitiesException", "Requires capabilities : [CAPABILITY_IAM]")


def test_a_deleted_stack_answers_to_its_id_only_and_gives_up_its_name(cloudformation: Any, sandbox: AwsSandbox) -> None:
    gone = created(cloudformation, "SHOP-4", template("A"))
    with sandbox.control.holding("delete"):
        cloudformation.delete_stack(StackName="SHOP-4")
        assert status(cloudformation, "SHOP-4") == "DELETE_IN_PROGRESS"
        cloudformation.delete_stack(StackName="SHOP-4")

    assert settled(cloudformation, gone) == "DELETE_COMPLETE"
    assert refusal(cloudformation.describe_stacks, StackName="SHOP-4")[0] == "ValidationError"
    assert resources(cloudformation, gone) == {"A": "DELETE_COMPLETE"}
    again = created(cloudformation, "SHOP-4", template("A"))
    assert (status(cloudformation, gone), status(cloudformation, again)) == ("DELETE_COMPLETE", "CREATE_COMPLETE")


def test_a_deletion_ends_a_creation(cloudformation: Any, client: Client, sandbox: AwsSandbox) -> None:
    with sandbox.control.holding("create"):
        stack_id = cloudformation.create_stack(StackName="SHOP-5", TemplateBody=template("A", "B", "C"))["StackId"]
        cloudformation.delete_stack(StackName="SHOP-5")
    assert settled(cloudformation, stack_id) == "DELETE_COMPLETE"
    ladder = [to for _, to, _ in events(cloudformation, stack_id)]
    assert not [to for to in ladder[ladder.index("DELETE_IN_PROGRESS") :] if to.startswith("CREATE")]
    assert client("sqs").list_queues()["QueueUrls"] == []


def test_a_resource_that_fails_rolls_the_creation_back(cloudformation: Any, sandbox: AwsSandbox) -> None:
    sandbox.control.fail_resource("B", reason="Limit of queues reached", stack="SHOP-*", times=1)
    created(cloudformation, "SHOP-6", template("A", "B"))
    assert status(cloudformation, "SHOP-6") == "ROLLBACK_COMPLETE"
    told = events(cloudformation, "SHOP-6")
    assert ("B", "CREATE_FAILED", "Limit of queues reached") in told
    assert ("A", "DELETE_COMPLETE", "") in told
    failed = "The following resource(s) failed to create: [B]. Rollback requested by user."
    assert ("SHOP-6", "ROLLBACK_IN_PROGRESS", failed) in told
    taken = refusal(cloudformation.create_stack, StackName="SHOP-6", TemplateBody=template("A"))
    assert taken[0] == "AlreadyExistsException"
    created(cloudformation, "SHOP-7", template("A", "B"))
    assert status(cloudformation, "SHOP-7") == "CREATE_COMPLETE"


def test_on_failure_delete_leaves_nothing_but_the_events(cloudformation: Any, sandbox: AwsSandbox) -> None:
    sandbox.control.fail_resource("A", reason="no")
    stack_id = created(cloudformation, "SHOP-8", template("A"), OnFailure="DELETE")
    wait_until(lambda: status(cloudformation, stack_id) == "DELETE_COMPLETE", 30)
    assert ("A", "CREATE_FAILED", "no") in events(cloudformation, stack_id)
    assert refusal(cloudformation.describe_stacks, StackName="SHOP-8")[0] == "ValidationError"


def test_failed_updates_and_deletions(cloudformation: Any, sandbox: AwsSandbox) -> None:
    created(cloudformation, "SHOP-9", template("A"))
    sandbox.control.fail_resource("B", reason="no B")
    cloudformation.update_stack(StackName="SHOP-9", TemplateBody=template("A", "B"))
    assert settled(cloudformation, "SHOP-9") == "UPDATE_ROLLBACK_COMPLETE"
    assert [reason for name, to, reason in events(cloudformation, "SHOP-9") if name == "B" and "FAILED" in to] == [
        "no B"
    ]

    sandbox.control.fail_resource("A", reason="A clings", on="delete", times=1)
    cloudformation.delete_stack(StackName="SHOP-9")
    assert settled(cloudformation, "SHOP-9") == "DELETE_FAILED"
    assert ("A", "DELETE_FAILED", "A clings") in events(cloudformation, "SHOP-9")
    assert resources(cloudformation, "SHOP-9") == {"A": "DELETE_FAILED"}


@pytest.mark.parametrize("versioned", [False, True])
def test_a_bucket_must_be_empty_to_go(cloudformation: Any, client: Client, versioned: bool) -> None:
    s3 = client("s3")
    properties = {"VersioningConfiguration": {"Status": "Enabled"}} if versioned else {}
    bucket = {"Type": "AWS::S3::Bucket", "Properties": properties}
    tags = [{"Key": "mayfly:managed", "Value": "here"}]
    stack_id = created(cloudformation, "SHOP-10", template(Files=bucket), Tags=tags)
    name = cloudformation.describe_stacks(StackName=stack_id)["Stacks"][0]["Outputs"][0]["OutputValue"]
    assert tags[0] in s3.get_bucket_tagging(Bucket=name)["TagSet"]
    s3.put_object(Bucket=name, Key="a", Body=b"x")
    if versioned:
        s3.delete_object(Bucket=name, Key="a")

    cloudformation.delete_stack(StackName="SHOP-10")
    assert settled(cloudformation, stack_id) == "DELETE_FAILED"
    reasons = [reason for _, to, reason in events(cloudformation, stack_id) if to == "DELETE_FAILED"]
    assert "The bucket you tried to delete is not empty" in reasons[0]

    kept = s3.list_object_versions(Bucket=name)
    for one in kept.get("Versions", []) + kept.get("DeleteMarkers", []):
        s3.delete_object(Bucket=name, Key=one["Key"], VersionId=one["VersionId"])
    cloudformation.delete_stack(StackName="SHOP-10")
    assert settled(cloudformation, stack_id) == "DELETE_COMPLETE"


SAM = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Greeter:
    Type: AWS::Serverless::Function
    Properties:
      Handler: app.handler
      Runtime: python3.12
      CodeUri: s3://artifacts/code.zip
      Environment: {Variables: {TABLE: !Ref Table}}
      Events: {Hello: {Type: HttpApi, Properties: {ApiId: !Ref Api, Path: /hello, Method: GET}}}
  Api: {Type: AWS::Serverless::HttpApi}
  Table: {Type: AWS::Serverless::SimpleTable}
  Queue: {Type: AWS::SQS::Queue}
  Bus: {Type: AWS::Events::EventBus, Properties: {Name: !Sub "${AWS::StackName}-bus"}}
Outputs:
  Function: {Value: !Ref Greeter}
  Url: {Value: !Sub "https://${Api}.execute-api.${AWS::Region}.amazonaws.com/hello"}
  Table: {Value: !Ref Table}
  Queue: {Value: !GetAtt Queue.Arn}
  Bus: {Value: !GetAtt Bus.Arn}
"""
CODE = """
import os
def handler(event, context):
    return {"statusCode": 200, "body": "hello from " + os.environ["TABLE"]}
"""


def test_a_serverless_application_runs(cloudformation: Any, client: Client) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("app.py", CODE)
    client("s3").create_bucket(Bucket="artifacts", CreateBucketConfiguration={"LocationConstraint": REGION})
    client("s3").put_object(Bucket="artifacts", Key="code.zip", Body=packed.getvalue())
    created(cloudformation, "SHOP-11", SAM, Capabilities=CAPABILITIES)
    stack = cloudformation.describe_stacks(StackName="SHOP-11")["Stacks"][0]
    assert stack["StackStatus"] == "CREATE_COMPLETE", events(cloudformation, "SHOP-11")

    outputs = {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}
    assert outputs["Bus"] == f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/SHOP-11-bus"
    assert outputs["Queue"].startswith(f"arn:aws:sqs:{REGION}:{ACCOUNT}:SHOP-11-Queue-")
    assert client("dynamodb").describe_table(TableName=outputs["Table"])["Table"]["TableStatus"] == "ACTIVE"
    answer = json.load(client("lambda").invoke(FunctionName=outputs["Function"])["Payload"])
    assert answer["body"] == f"hello from {outputs['Table']}"
    with urlopen(outputs["Url"], timeout=10) as page:
        assert page.read().decode() == answer["body"]


def test_nested_stacks_and_templates_by_their_address_in_s3(cloudformation: Any, client: Client) -> None:
    client("s3").create_bucket(Bucket="templates", CreateBucketConfiguration={"LocationConstraint": REGION})
    address = f"https://templates.s3.{REGION}.amazonaws.com"
    child = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": f"{address}/child.json"}}
    parent = {"Resources": {"Child": child}, "Outputs": {"Queue": {"Value": {"Fn::GetAtt": "Child.Outputs.First"}}}}
    for key, body in (("child.json", template("A")), ("parent.json", json.dumps(parent))):
        client("s3").put_object(Bucket="templates", Key=key, Body=body.encode())

    stack_id = cloudformation.create_stack(StackName="SHOP-12", TemplateURL=f"{address}/parent.json")["StackId"]
    assert settled(cloudformation, stack_id) == "CREATE_COMPLETE"
    (output,) = cloudformation.describe_stacks(StackName=stack_id)["Stacks"][0]["Outputs"]
    assert output["OutputValue"] in client("sqs").list_queues()["QueueUrls"]
    cloudformation.delete_stack(StackName=stack_id)
    assert settled(cloudformation, stack_id) == "DELETE_COMPLETE"
    assert client("sqs").list_queues()["QueueUrls"] == []
