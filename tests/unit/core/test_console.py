"""Addresses of the AWS console."""

import pytest

from app.core.console import KINDS, resource_link, stack_link
from tests.builders import a_resource


def test_a_stacks_page() -> None:
    assert stack_link("eu-west-1", "arn:aws:cloudformation:eu-west-1:1:stack/SHOP-42/a") == (
        "https://eu-west-1.console.aws.amazon.com/cloudformation/home?region=eu-west-1#/stacks/stackinfo"
        "?stackId=arn%3Aaws%3Acloudformation%3Aeu-west-1%3A1%3Astack%2FSHOP-42%2Fa"
    )


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("eu-west-1", "https://eu-west-1.console.aws.amazon.com/"),
        ("cn-north-1", "https://cn-north-1.console.amazonaws.cn/"),
        ("us-gov-west-1", "https://console.amazonaws-us-gov.com/"),
    ],
)
def test_each_partition_has_a_console_of_its_own(region: str, host: str) -> None:
    assert stack_link(region, "x").startswith(host)
    assert str(resource_link(region, a_resource())).startswith(host)


@pytest.mark.parametrize("kind", KINDS)
def test_an_id_cannot_leave_its_place_in_the_address(kind: str) -> None:
    link = str(resource_link("eu-west-1", a_resource(kind, physical_id="a/b?c=d#e f{region}")))
    assert "a%2Fb%3Fc%3Dd%23e%20f%7Bregion%7D" in link


@pytest.mark.parametrize("resource", [a_resource("AWS::IAM::Role"), a_resource(physical_id="")])
def test_no_link_is_invented(resource: object) -> None:
    assert resource_link("eu-west-1", resource) is None  # type: ignore[arg-type]
