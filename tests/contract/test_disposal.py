"""Deleting what outlived its stack, against AWS's stand-in: each kind, what refills, and what nothing here deletes."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest

from app.aws.client import Aws
from app.aws.disposal import Disposal, NoWay
from app.core.finding import Subject, SubjectKind
from app.sandbox.aws import AwsSandbox

REGION = "eu-west-1"
BASE = f"arn:aws:{{}}:{REGION}:111122223333"


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsSandbox]:
    with AwsSandbox.start() as running:
        yield running


@pytest.fixture
def disposal(aws: AwsSandbox, monkeypatch: pytest.MonkeyPatch) -> Disposal:
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
    return Disposal(Aws([REGION], {}))


def client(aws: AwsSandbox, service: str) -> Any:
    return boto3.client(
        service,  # type: ignore[call-overload]
        region_name=REGION,
        endpoint_url=aws.endpoint_url,
        aws_access_key_id="111122223333",
        aws_secret_access_key="sandbox",
    )


def subject(type_: str, name: str, arn: str) -> Subject:
    return Subject(arn, SubjectKind.RESOURCE, name, "default", REGION, resource_arn=arn, resource_type=f"AWS::{type_}")


def test_a_bucket_with_versions_goes(aws: AwsSandbox, disposal: Disposal) -> None:
    s3 = client(aws, "s3")
    s3.create_bucket(Bucket="left", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_versioning(Bucket="left", VersioningConfiguration={"Status": "Enabled"})
    for body in (b"1", b"2"):
        s3.put_object(Bucket="left", Key="a", Body=body)
    s3.delete_object(Bucket="left", Key="a")
    left = subject("S3::Bucket", "left", "arn:aws:s3:::left")
    assert disposal.step(left)
    assert [each["Name"] for each in s3.list_buckets()["Buckets"]] == []
    assert disposal.step(left), "what is gone counts as deleted"


def test_a_queue_a_log_group_a_topic_and_a_rule_go(aws: AwsSandbox, disposal: Disposal) -> None:
    client(aws, "sqs").create_queue(QueueName="left")
    client(aws, "logs").create_log_group(logGroupName="/aws/lambda/left")
    topic = client(aws, "sns").create_topic(Name="left")["TopicArn"]
    events = client(aws, "events")
    events.create_event_bus(Name="bus")
    events.put_rule(Name="left", EventBusName="bus", EventPattern='{"source": ["shop"]}')
    events.put_targets(Rule="left", EventBusName="bus", Targets=[{"Id": "1", "Arn": BASE.format("sqs") + ":left"}])
    left = [
        subject("SQS::Queue", "left", BASE.format("sqs") + ":left"),
        subject("Logs::LogGroup", "/aws/lambda/left", BASE.format("logs") + ":log-group:/aws/lambda/left"),
        subject("SNS::Topic", "left", topic),
        subject("Events::Rule", "left", BASE.format("events") + ":rule/bus/left"),
    ]
    assert [disposal.step(each) for each in left] == [True] * 4
    assert client(aws, "sqs").list_queues().get("QueueUrls", []) == []
    assert client(aws, "logs").describe_log_groups()["logGroups"] == []
    assert client(aws, "sns").list_topics()["Topics"] == []
    assert events.list_rules(EventBusName="bus")["Rules"] == []
    assert [disposal.step(each) for each in left] == [True] * 4


def test_a_kind_that_nobody_taught_it_is_never_deleted(disposal: Disposal) -> None:
    with pytest.raises(NoWay, match="somebody has to do it by hand"):
        disposal.step(subject("RDS::DBInstance", "orders", "arn:aws:rds:eu-west-1:1:db:orders"))


def test_a_place_that_the_settings_do_not_list_is_never_touched(disposal: Disposal) -> None:
    elsewhere = subject("SQS::Queue", "left", BASE.format("sqs") + ":left")
    with pytest.raises(Exception, match="us-east-1"):
        disposal.step(replace(elsewhere, region="us-east-1"))
