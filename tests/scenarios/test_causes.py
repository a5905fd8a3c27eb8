"""Causes: why a deployment failed, as people read it in the message and the comment."""

import json
from collections.abc import Iterator

import pytest

from app.sandbox.aws import AwsSandbox
from tests.scenarios.repositories import template
from tests.scenarios.world import World


@pytest.fixture(scope="module")
def causes(aws: AwsSandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with World(aws, tmp_path_factory.mktemp("causes")) as world:
        yield world.start()


@pytest.fixture(autouse=True)
def healed(causes: World) -> Iterator[None]:
    yield
    causes.aws.control.heal()


CHILD = """\
Resources:
  Fine: {Type: AWS::SQS::Queue}
  Broken: {Type: AWS::SQS::Queue}
"""
OUTER = """\
Resources:
  Child:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: child.yaml}
"""


def test_a_failure_in_a_nested_stack_is_told_with_the_way_to_it_and_its_line(causes: World) -> None:
    causes.aws.control.fail_resource("Broken", reason="No queue today")
    number = causes.open("SHOP-801", {"template.yaml": OUTER, "child.yaml": CHILD})
    reason = causes.wait_for("SHOP-801", "failed")["reason"]
    assert "Child/Broken (AWS::SQS::Queue, child.yaml:3): No queue today." in reason
    message, comment = causes.told("SHOP-801", number, "No queue today")
    assert "child.yaml:3" in message
    assert "child.yaml:3" in comment
    causes.github.delete_branch("acme/shop", "SHOP-801")
    causes.wait_for("SHOP-801", "gone")
    assert not [name for name in causes.stacks() if "801" in name]


def test_what_is_refused_before_anything_is_made_is_told_and_not_that_something_was_refused(causes: World) -> None:
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "taken-by-shop-802"}}
    body = json.dumps({"Resources": {"Uploads": bucket}}, indent=1)
    causes.cloudformation().create_stack(StackName="theirs-802", TemplateBody=body)
    causes.cloudformation().get_waiter("stack_create_complete").wait(StackName="theirs-802")
    causes.open("SHOP-802", {"template.yaml": body})
    reason = causes.wait_for("SHOP-802", "failed")["reason"]
    assert "Uploads (AWS::S3::Bucket, template.yaml:3): " in reason
    assert "taken-by-shop-802" in reason
    assert "Something has this name already" in reason
    assert "DescribeEvents" not in reason


@pytest.mark.parametrize("code", ["AccessDenied", "InvalidAction"], ids=["denied", "unknown to the service"])
def test_where_operation_events_cannot_be_read_the_cause_is_told_all_the_same(causes: World, code: str) -> None:
    name = f"SHOP-80{3 if code == 'AccessDenied' else 4}"
    causes.aws.control.error("cloudformation", "DescribeEvents", code=code, times=None)
    causes.aws.control.fail_resource("Queue", reason="No room", stack=name)
    causes.open(name, {"template.yaml": template("Queue")})
    reason = causes.wait_for(name, "failed")["reason"]
    assert "Queue (AWS::SQS::Queue, template.yaml:1): No room." in reason
    assert "DescribeEvents" not in reason


def test_an_update_that_failed_says_what_serves_and_when_it_is_the_same_failure_again(causes: World) -> None:
    causes.open("SHOP-805", {"template.yaml": template("Queue")})
    causes.wait_for("SHOP-805", "ready")
    causes.aws.control.fail_resource("Topic", reason="No topics (RequestToken: 0a1b2c3d-1)", stack="SHOP-805")
    topic = {"Type": "AWS::SNS::Topic"}
    first = causes.push("SHOP-805", {"template.yaml": template("Queue", Topic=topic)})
    causes.wait_for("SHOP-805", "failed", commit=first)
    cause = "Topic (AWS::SNS::Topic, template.yaml:1): No topics."
    causes.wait_for_reason("SHOP-805", cause, "The version before still serves.")
    second = causes.push("SHOP-805", {"template.yaml": template("Queue", "More", Topic=topic)})
    causes.wait_for("SHOP-805", "failed", commit=second)
    causes.wait_for_reason("SHOP-805", f"This is the same failure as at commit {first[:7]}.")
    causes.aws.control.heal()
    third = causes.push("SHOP-805", {"template.yaml": template("Queue", "More")})
    causes.wait_for("SHOP-805", "ready", commit=third)
