"""A look at the sandbox's AWS, which has the services of the look and not only the answers that a test expects."""

import json
import os
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

from app.aws.client import Aws
from app.aws.fleet.eyes import Eyes
from app.aws.prices import prices_of
from app.core.fleet import Verdict
from app.core.memory import Memory
from app.core.toolmarks import SLS_TEST_TOOLS
from app.sandbox.aws import AwsSandbox
from app.sandbox.aws.process import REGION
from tests.waiting import wait_until

LATER = timedelta(days=30)
TEMPLATE = {
    "Resources": {
        "Queue": {"Type": "AWS::SQS::Queue"},
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "news"}},
        "Bus": {"Type": "AWS::Events::EventBus", "Properties": {"Name": "orders"}},
    }
}


def test_a_look_finds_a_stack_its_use_and_what_tools_left() -> None:
    with AwsSandbox.start(create_seconds=0.0) as box, patch.dict(os.environ, box.environment()):
        aws = Aws((REGION,))
        clouds = aws.client("cloudformation", "default", REGION)
        stack_id = clouds.create_stack(StackName="SHOP-1", TemplateBody=json.dumps(TEMPLATE))["StackId"]
        wait_until(lambda: clouds.describe_stacks()["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE")
        rules = aws.reader("events", "default", REGION)
        rules.put_rule(Name="test-orders-rule", EventBusName="orders", EventPattern='{"source": ["shop"]}')
        aws.reader("logs", "default", REGION).create_log_group(logGroupName="/aws/lambda/gone")
        later = datetime.now(UTC) + LATER
        eyes = Eyes(aws, prices_of)
        idle = eyes.look("default", REGION, {}, Memory(), timedelta(days=14), later)
        publish(aws, later - timedelta(days=1))
        used = eyes.look("default", REGION, {}, idle.memory, timedelta(days=14), later)
    assert (idle.look.unread, used.look.unread) == ((), ())
    assert [idle.look.stacks[0].usage.verdict, used.look.stacks[0].usage.verdict] == [Verdict.UNUSED, Verdict.USED]
    loose = {each.name: each for each in idle.look.loose}
    assert loose.keys() == {"orders|test-orders-rule", "/aws/lambda/gone"}
    rule = loose["orders|test-orders-rule"]
    assert (rule.maker, rule.blocks) == (SLS_TEST_TOOLS, stack_id)


def publish(aws: Aws, at: datetime) -> None:
    """Somebody publishes to the topic."""
    metric = {
        "MetricName": "NumberOfMessagesPublished",
        "Dimensions": [{"Name": "TopicName", "Value": "news"}],
        "Value": 3,
        "Timestamp": at,
    }
    aws.reader("cloudwatch", "default", REGION).put_metric_data(Namespace="AWS/SNS", MetricData=[metric])
