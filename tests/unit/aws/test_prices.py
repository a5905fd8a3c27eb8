"""The price table: dated, with its source, and unknown where nobody looked a price up."""

from datetime import date
from importlib.resources import files

import pytest
import yaml

from app.aws.prices import prices_of
from app.core.cost import Quantity, monthly_cost
from app.core.stack import Resource

SERVERLESS = [
    Resource("Role", "AWS::IAM::Role", "role"),
    Resource("Function", "AWS::Lambda::Function", "function"),
    Resource("Table", "AWS::DynamoDB::Table", "table"),
    Resource("Queue", "AWS::SQS::Queue", "queue"),
    Resource("Bucket", "AWS::S3::Bucket", "bucket"),
]


def test_the_table_has_a_date_and_a_source() -> None:
    table = yaml.safe_load(files("app.aws.prices").joinpath("list.yaml").read_text())
    assert table["as_of"] >= date(2026, 11, 23)
    assert table["source"].startswith("https://aws.amazon.com/")


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-1"])
def test_a_serverless_stack_at_rest_costs_nothing_anywhere(region: str) -> None:
    assert monthly_cost(SERVERLESS, prices_of(region)) == 0


@pytest.mark.parametrize(
    ("type_", "quantity", "dollars"),
    [
        ("AWS::EC2::NatGateway", None, 32.85),
        ("AWS::EC2::EIP", None, 3.65),
        ("AWS::ElasticLoadBalancingV2::LoadBalancer", None, 16.43),
        ("AWS::EC2::VPCEndpoint", Quantity(2), 14.60),
        ("AWS::Kinesis::Stream", Quantity(1, variant="shard"), 10.95),
        ("AWS::Kinesis::Stream", Quantity(1, variant="on-demand"), 29.20),
        ("AWS::RDS::DBInstance", Quantity(1, 20, "db.t4g.micro"), 13.98),
        ("AWS::OpenSearchService::Domain", Quantity(1, 0, "t3.small.search"), 26.28),
        ("AWS::MSK::Cluster", Quantity(2, 0, "kafka.t3.small"), 66.58),
        ("AWS::ECS::Service", Quantity(2), 18.02),
        ("AWS::SecretsManager::Secret", None, 0.40),
        ("AWS::KMS::Key", None, 1.00),
        ("AWS::S3::Bucket", Quantity(gigabytes=100), 2.30),
        ("AWS::Logs::LogGroup", Quantity(gigabytes=10), 0.30),
    ],
)
def test_each_price_against_a_sum_by_hand(type_: str, quantity: Quantity | None, dollars: float) -> None:
    found = monthly_cost([Resource("R", type_, "r")], prices_of("us-east-1"), {"r": quantity} if quantity else {})
    assert found == dollars


def test_what_is_known_of_one_region_alone_is_unknown_in_another() -> None:
    gateway = [Resource("R", "AWS::EC2::NatGateway", "r")]
    assert monthly_cost(gateway, prices_of("eu-west-1")) is None


def test_what_costs_the_same_everywhere_is_known_everywhere() -> None:
    assert monthly_cost([Resource("R", "AWS::KMS::Key", "r")], prices_of("ap-south-2")) == 1.00
