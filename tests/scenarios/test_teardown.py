"""Teardown over real HTTP: whatever a stack holds and whatever stands in the way, it goes, and nothing else does."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.core.environment import Phase
from app.sandbox.aws import AwsSandbox
from tests.builders import REGION
from tests.scenarios.ground import Ground, opened_ground
from tests.scenarios.repositories import template

MINUTE = timedelta(minutes=1)
BUCKET: dict[str, Any] = {"Type": "AWS::S3::Bucket", "Properties": {"VersioningConfiguration": {"Status": "Enabled"}}}
ROLE = {
    "Type": "AWS::IAM::Role",
    "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}},
}
FUNCTION = {
    "Type": "AWS::Lambda::Function",
    "Properties": {
        "Runtime": "python3.12",
        "Handler": "index.handler",
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
        "Code": {"ZipFile": "def handler(event, context): return 1"},
    },
}
TABLE = {
    "Type": "AWS::DynamoDB::Table",
    "Properties": {
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "BillingMode": "PAY_PER_REQUEST",
        "DeletionProtectionEnabled": True,
    },
}


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsSandbox]:
    with AwsSandbox.start(create_seconds=0.1, update_seconds=0.1, delete_seconds=0.1) as running:
        yield running


@pytest.fixture
def ground(aws: AwsSandbox, tmp_path: Path) -> Iterator[Ground]:
    with opened_ground(aws, tmp_path) as ground:
        yield ground


def fill(ground: Ground, bucket: str, objects: int = 5) -> None:
    """Objects, further versions of them, a delete marker and an unfinished upload."""
    s3 = ground.client("s3")
    for number in range(objects):
        for _ in range(2):
            s3.put_object(Bucket=bucket, Key=f"{number}", Body=b"x")
    s3.delete_object(Bucket=bucket, Key="0")
    s3.create_multipart_upload(Bucket=bucket, Key="half")


def foreign_bucket(ground: Ground, name: str = "shop-57-bucket-alike") -> str:
    """A bucket of somebody else, with something in it."""
    s3 = ground.client("s3")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket=name, Key="theirs", Body=b"x")
    return name


def buckets(ground: Ground) -> dict[str, int]:
    """Every bucket, with how many objects it holds."""
    s3 = ground.client("s3")
    names = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    return {name: s3.list_objects_v2(Bucket=name)["KeyCount"] for name in names}


def test_a_full_bucket_goes_at_the_first_try_and_one_that_looks_alike_stays(ground: Ground) -> None:
    ground.stand(template(Bucket=BUCKET))
    theirs = foreign_bucket(ground)
    fill(ground, ground.physical_id("Bucket"))
    ground.aws.control.forget_calls()
    ground.leave()
    assert (ground.stage.phase(), ground.stacks(), buckets(ground)) == (Phase.GONE, set(), {theirs: 1})
    assert len(ground.aws.control.calls("cloudformation", "DeleteStack")) == 1
    assert ground.leaks() == {}


def test_a_bucket_that_was_filled_again_is_emptied_again(ground: Ground) -> None:
    ground.stand(template(Bucket=BUCKET))
    bucket = ground.physical_id("Bucket")
    ground.aws.control.fail_resource("Bucket", reason="The bucket is not empty", on="delete", times=1)
    ground.leave()
    assert (ground.stage.phase(), ground.stacks()) == (Phase.DELETING, {"SHOP-57"})
    assert "The bucket is not empty. The next try is at 10:01 UTC." in ground.stage.environment().reason
    fill(ground, bucket)
    ground.pass_(MINUTE)
    assert (ground.stage.phase(), ground.stacks(), buckets(ground)) == (Phase.GONE, set(), {})


def test_what_the_template_retains_stays_as_it_is_and_is_told(ground: Ground) -> None:
    ground.stand(template(Kept=BUCKET | {"DeletionPolicy": "Retain"}, Bucket=BUCKET))
    kept = ground.physical_id("Kept")
    for name in ("Kept", "Bucket"):
        fill(ground, ground.physical_id(name))
    ground.leave()
    assert (ground.stage.phase(), ground.stacks(), buckets(ground)) == (Phase.LEAKED, set(), {kept: 4})
    arn = f"arn:aws:s3:::{kept}"
    assert ground.stage.environment().reason.endswith(f"Left behind: AWS::S3::Bucket {arn} (its template keeps it).")
    leak = ground.leaks()[arn]
    assert (leak.type, leak.region, leak.why) == ("AWS::S3::Bucket", REGION, "its template keeps it")
    for version in ground.client("s3").list_object_versions(Bucket=kept)["Versions"]:
        ground.client("s3").delete_object(Bucket=kept, Key=version["Key"], VersionId=version["VersionId"])


def test_the_ladder_ends_without_exactly_what_failed(ground: Ground) -> None:
    ground.stand(template("Queue", "Other", Bucket=BUCKET))
    ground.aws.control.fail_resource("Queue", reason="It is held by a ghost", on="delete")
    ground.aws.control.forget_calls()
    ground.leave()
    for minutes in (1, 15, 60):
        ground.pass_(minutes * MINUTE)
        assert (ground.stage.phase(), ground.stacks()) == (Phase.DELETING, {"SHOP-57"})
    ground.pass_(360 * MINUTE)
    assert len(ground.aws.control.calls("cloudformation", "DeleteStack")) == 6
    assert (ground.stage.phase(), ground.stacks(), buckets(ground)) == (Phase.LEAKED, set(), {})
    (leak,) = ground.leaks().values()
    assert (leak.type, leak.why) == ("AWS::SQS::Queue", "CloudFormation could not delete it")
    (left,) = ground.client("sqs").list_queues()["QueueUrls"]
    assert left.endswith(leak.arn.rsplit(":", 1)[-1])
    assert leak.arn in ground.stage.environment().reason


def test_what_leaked_and_was_removed_by_hand_is_seen(ground: Ground) -> None:
    test_the_ladder_ends_without_exactly_what_failed(ground)
    (left,) = ground.client("sqs").list_queues()["QueueUrls"]
    ground.client("sqs").delete_queue(QueueUrl=left)
    ground.pass_(timedelta(minutes=15))
    assert (ground.stage.phase(), ground.leaks()) == (Phase.GONE, {})


def test_protection_is_taken_off_of_the_stack_and_what_it_holds(ground: Ground) -> None:
    ground.stand(template(Table=TABLE))
    (record,) = ground.stage.records()
    cloudformation = ground.client("cloudformation")
    cloudformation.update_termination_protection(StackName=record.id, EnableTerminationProtection=True)
    ground.leave()
    assert (ground.stage.phase(), ground.stacks()) == (Phase.GONE, set())
    assert ground.client("dynamodb").list_tables()["TableNames"] == []


def test_a_role_and_a_bus_are_freed_of_what_others_put_on_them(ground: Ground) -> None:
    bus = {"Type": "AWS::Events::EventBus", "Properties": {"Name": "shop-57"}}
    ground.stand(template(Role=ROLE, Bus=bus))
    iam, events = ground.client("iam"), ground.client("events")
    deny = {"Effect": "Deny", "Action": "*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
    policy = iam.create_policy(PolicyName="theirs", PolicyDocument=document)["Policy"]["Arn"]
    iam.attach_role_policy(RoleName=ground.physical_id("Role"), PolicyArn=policy)
    events.put_rule(Name="test-shop-57-rule", EventBusName="shop-57", EventPattern='{"source": ["x"]}')
    events.put_targets(
        Rule="test-shop-57-rule", EventBusName="shop-57", Targets=[{"Id": "1", "Arn": "arn:aws:sqs:::q"}]
    )
    for name, reason in (("Role", "Cannot delete entity, must detach all policies first."), ("Bus", "It has rules")):
        ground.aws.control.fail_resource(name, reason=reason, on="delete", times=1)
    ground.leave()
    assert ground.stage.phase() is Phase.DELETING
    ground.pass_(MINUTE)
    assert (ground.stage.phase(), ground.stacks()) == (Phase.GONE, set())
    assert iam.get_policy(PolicyArn=policy)["Policy"]["AttachmentCount"] == 0
    assert [each["Name"] for each in events.list_event_buses()["EventBuses"]] == ["default"]
    assert {call.action for call in ground.aws.control.calls("events")} >= {"RemoveTargets", "DeleteRule"}


def test_nested_stacks_go_with_all_they_hold(ground: Ground) -> None:
    s3 = ground.client("s3")
    templates = foreign_bucket(ground, "templates")
    s3.put_object(Bucket=templates, Key="child.json", Body=template(Bucket=BUCKET).encode())
    url = f"{ground.aws.endpoint_url}/{templates}/child.json"
    ground.stand(template(Child={"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}))
    inner = next(name for name in buckets(ground) if name != templates)
    fill(ground, inner)
    ground.leave()
    assert (ground.stage.phase(), ground.stacks(), buckets(ground)) == (Phase.GONE, set(), {templates: 2})


def test_what_does_not_go_in_a_nested_stack_is_left_out_and_the_rest_goes(ground: Ground) -> None:
    s3 = ground.client("s3")
    templates = foreign_bucket(ground, "templates")
    s3.put_object(Bucket=templates, Key="child.json", Body=template("Held", "Free", Bucket=BUCKET).encode())
    url = f"{ground.aws.endpoint_url}/{templates}/child.json"
    ground.stand(template(Child={"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": url}}))
    ground.aws.control.fail_resource("Held", reason="It is held by a ghost", on="delete")
    ground.leave()
    assert "Child/Held (AWS::SQS::Queue): It is held by a ghost." in ground.stage.environment().reason
    for minutes in (1, 15, 60, 360):
        ground.pass_(minutes * MINUTE)
    ground.pass_(MINUTE)
    assert (ground.stage.phase(), ground.stacks(), buckets(ground)) == (Phase.LEAKED, set(), {templates: 2})
    (left,) = ground.client("sqs").list_queues()["QueueUrls"]
    assert [leak.arn.rsplit(":", 1)[-1] for leak in ground.leaks().values()] == [left.rsplit("/", 1)[-1]]


def test_the_log_group_of_a_function_goes_and_does_not_stay_when_it_comes_back(ground: Ground) -> None:
    ground.stand(template(Role=ROLE, Function=FUNCTION))
    logs, group = ground.client("logs"), f"/aws/lambda/{ground.physical_id('Function')}"
    alike = f"{group}-alike"
    for name in (group, alike):
        logs.create_log_group(logGroupName=name)
    ground.leave()
    assert (ground.stage.phase(), log_groups(ground)) == (Phase.GONE, {alike})
    logs.create_log_group(logGroupName=group)
    ground.pass_(timedelta(minutes=14))
    assert log_groups(ground) == {group, alike}
    ground.pass_(MINUTE)
    assert (ground.stage.phase(), log_groups(ground)) == (Phase.GONE, {alike})


def log_groups(ground: Ground) -> set[str]:
    return {group["logGroupName"] for group in ground.client("logs").describe_log_groups()["logGroups"]}


def test_a_stack_of_our_name_that_somebody_made_after_ours_is_left_alone(ground: Ground) -> None:
    """Ours was deleted by hand, and another took its name and its bucket's."""
    named = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "shop-57-uploads"}}
    ground.stand(template(Bucket=named))
    cloudformation = ground.client("cloudformation")
    cloudformation.delete_stack(StackName="SHOP-57")
    cloudformation.get_waiter("stack_delete_complete").wait(StackName=ground.stage.records()[0].id)
    cloudformation.create_stack(StackName="SHOP-57", TemplateBody=template(Bucket=named))
    cloudformation.get_waiter("stack_create_complete").wait(StackName="SHOP-57")
    ground.client("s3").put_object(Bucket="shop-57-uploads", Key="theirs", Body=b"x")
    ground.leave()
    assert (ground.stacks(), buckets(ground)) == ({"SHOP-57"}, {"shop-57-uploads": 1})


FAULTS = [
    ("cloudformation", "ListStackResources", "unavailable"),
    ("cloudformation", "GetTemplate", "dropped"),
    ("cloudformation", "DeleteStack", "throttled"),
    ("cloudformation", "DeleteStack", "done and dropped"),
    ("cloudformation", "DescribeStacks", "unavailable"),
    ("s3", "ListObjectVersions", "throttled"),
    ("s3", "DeleteObjects", "dropped"),
    ("s3", "DeleteObjects", "done and dropped"),
    ("s3", "HeadBucket", "unavailable"),
    ("sqs", "GetQueueAttributes", "unavailable"),
]


@pytest.mark.parametrize(("service", "action", "fault"), FAULTS, ids=[" ".join(each[1:]) for each in FAULTS])
def test_what_does_not_get_through_is_done_in_the_end(ground: Ground, service: str, action: str, fault: str) -> None:
    ground.stand(template(Bucket=BUCKET))
    fill(ground, ground.physical_id("Bucket"), 2)
    control = ground.aws.control
    {
        "throttled": lambda: control.throttle(service, action, times=4),
        "unavailable": lambda: control.unavailable(service, action, times=4),
        "dropped": lambda: control.drop(service, action, times=4),
        "done and dropped": lambda: control.drop(service, action, when="after", times=4),
    }[fault]()
    ground.leave()
    ground.pass_(MINUTE)
    assert (ground.stage.phase(), ground.stacks(), buckets(ground)) == (Phase.GONE, set(), {})
    assert not ground.client("sqs").list_queues().get("QueueUrls")
