"""What the inventory knows of a resource, and which log groups come with it."""

import pytest

from app.core.inventory import LOG_GROUP, log_groups_of
from tests.builders import an_item


@pytest.mark.parametrize(
    ("type_", "physical_id", "arn"),
    [
        ("AWS::S3::Bucket", "shop-42", "arn:aws:s3:::shop-42"),
        ("AWS::DynamoDB::Table", "shop-42", "arn:aws:dynamodb:eu-west-1:123456789012:table/shop-42"),
        ("AWS::IAM::Role", "shop-42", "arn:aws:iam::123456789012:role/shop-42"),
        ("AWS::SQS::Queue", "https://sqs.eu-west-1.amazonaws.com/1/q", "arn:aws:sqs:eu-west-1:123456789012:q"),
        ("AWS::SNS::Topic", "arn:aws:sns:eu-west-1:1:t", "arn:aws:sns:eu-west-1:1:t"),
        (LOG_GROUP, "/aws/lambda/f", "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/f"),
        ("AWS::Odd::Thing", "odd-1", "odd-1"),
    ],
)
def test_the_arn_of_a_resource(type_: str, physical_id: str, arn: str) -> None:
    assert an_item(type_, physical_id=physical_id).arn == arn


def test_a_partition_of_its_own_stays_one() -> None:
    stack_id = "arn:aws-cn:cloudformation:cn-north-1:123456789012:stack/SHOP-42/1"
    assert an_item("AWS::S3::Bucket", stack_id=stack_id, physical_id="b").arn == "arn:aws-cn:s3:::b"


FUNCTION = an_item("AWS::Lambda::Function", logical_id="Fn", physical_id="shop-42-fn")
API = an_item("AWS::ApiGateway::RestApi", logical_id="Api", physical_id="abc123")
STAGE = an_item("AWS::ApiGateway::Stage", logical_id="Prod", physical_id="prod")


def names(*items: object) -> list[str]:
    return [group.physical_id for group in log_groups_of(items)]  # type: ignore[arg-type]


def test_a_function_has_a_log_group_that_no_template_names() -> None:
    (group,) = log_groups_of([FUNCTION])
    assert (group.type, group.physical_id) == (LOG_GROUP, "/aws/lambda/shop-42-fn")
    assert (group.stack_id, group.region) == (FUNCTION.stack_id, FUNCTION.region)


def test_one_that_the_template_names_is_not_noted_twice() -> None:
    assert names(FUNCTION, an_item(LOG_GROUP, physical_id="/aws/lambda/shop-42-fn")) == []


def test_the_log_group_of_a_function_that_stays_stays() -> None:
    assert names(an_item("AWS::Lambda::Function", is_retained=True)) == []


def test_an_api_logs_each_of_its_stages() -> None:
    other = an_item("AWS::ApiGateway::Stage", logical_id="Other", physical_id="other", holder="another stack")
    assert names(API, STAGE, other) == ["API-Gateway-Execution-Logs_abc123/prod"]


def test_a_queue_logs_nothing() -> None:
    assert names(an_item()) == []
