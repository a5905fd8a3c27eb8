"""Sums worked out by hand."""

from app.core.cost import Price, Prices, Quantity, monthly_cost, total
from app.core.stack import Resource

PRICES = Prices(
    "us-east-1",
    None,
    {
        "AWS::EC2::NatGateway": Price(hourly=0.045),
        "AWS::EC2::EIP": Price(hourly=0.005),
        "AWS::SecretsManager::Secret": Price(monthly=0.40),
        "AWS::S3::Bucket": Price(storage=0.023),
        "AWS::RDS::DBInstance": Price(variants={"db.t4g.micro": 0.016}, storage=0.115),
        "AWS::EC2::VPCEndpoint": Price(hourly=0.01, is_measured=True),
    },
    frozenset({"AWS::Lambda::", "AWS::IAM::Role"}),
)


def stack_of(*types: str) -> list[Resource]:
    return [Resource(f"R{number}", each, f"r{number}") for number, each in enumerate(types)]


def test_hours_and_months_add_up() -> None:
    parts = stack_of("AWS::EC2::NatGateway", "AWS::EC2::EIP", "AWS::SecretsManager::Secret", "AWS::Lambda::Function")
    assert monthly_cost(parts, PRICES) == 36.90  # 730 x 0.045 = 32.85; 730 x 0.005 = 3.65; 0.40


def test_data_counts_where_it_was_measured() -> None:
    bucket = stack_of("AWS::S3::Bucket")
    assert monthly_cost(bucket, PRICES) == 0
    assert monthly_cost(bucket, PRICES, {"r0": Quantity(gigabytes=200)}) == 4.60


def test_a_database_costs_by_its_class_and_its_disk() -> None:
    measured = {"r0": Quantity(gigabytes=20, variant="db.t4g.micro")}
    assert monthly_cost(stack_of("AWS::RDS::DBInstance"), PRICES, measured) == 13.98  # 11.68 + 2.30


def test_units_count() -> None:
    measured = {"r0": Quantity(units=3)}
    assert monthly_cost(stack_of("AWS::EC2::VPCEndpoint"), PRICES, measured) == 21.90


def test_a_size_that_nobody_knows_makes_the_sum_unknown() -> None:
    assert monthly_cost(stack_of("AWS::RDS::DBInstance", "AWS::EC2::EIP"), PRICES) is None
    assert monthly_cost(stack_of("AWS::RDS::DBInstance"), PRICES, {"r0": Quantity(variant="db.x9.huge")}) is None
    assert monthly_cost(stack_of("AWS::EC2::VPCEndpoint"), PRICES) is None


def test_a_type_without_a_price_is_unknown_and_not_free() -> None:
    assert monthly_cost(stack_of("AWS::EMR::Cluster"), PRICES) is None
    assert monthly_cost(stack_of("AWS::IAM::Group"), PRICES) is None


def test_data_of_a_type_that_only_stands_free_is_unknown() -> None:
    assert monthly_cost(stack_of("AWS::Lambda::Function"), PRICES, {"r0": Quantity(gigabytes=1)}) is None


def test_an_empty_stack_costs_nothing() -> None:
    assert monthly_cost([], PRICES) == 0


def test_a_sum_with_something_unknown_in_it_is_unknown() -> None:
    assert total([1.10, 2.25]) == 3.35
    assert total([1.10, None]) is None
