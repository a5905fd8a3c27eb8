"""Accounts and regions: what the settings allow, and no more."""

import pytest

from app.aws.client import AccountRole, Aws, PlaceForbidden

ROLES = {
    "dev": AccountRole("arn:aws:iam::444455556666:role/mayfly"),
    "eu": AccountRole("arn:aws:iam::777788889999:role/mayfly", "x", ("eu-north-1",)),
}


def test_an_account_has_the_servers_regions_or_its_own() -> None:
    assert Aws(("eu-west-1", "us-east-1"), ROLES).places == {
        "default": ("eu-west-1", "us-east-1"),
        "dev": ("eu-west-1", "us-east-1"),
        "eu": ("eu-north-1",),
    }


@pytest.mark.parametrize(("account", "region"), [("eu", "eu-west-1"), ("default", "eu-north-1"), ("prod", "eu-west-1")])
def test_no_stack_goes_where_none_may(account: str, region: str) -> None:
    with pytest.raises(PlaceForbidden, match=f"no stack go to {account}/{region}"):
        Aws(("eu-west-1",), ROLES).require(account, region)


def test_a_place_that_is_allowed_is_no_matter() -> None:
    Aws(("eu-west-1",), ROLES).require("eu", "eu-north-1")
