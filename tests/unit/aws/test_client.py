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


HOME = "arn:aws:iam::111122223333:role/mayfly-execution"
TWO_ACCOUNTS = Aws(["eu-west-1"], {"dev": AccountRole("arn:aws:iam::444455556666:role/mayfly-deploy", "secret")})


@pytest.mark.parametrize(
    ("account", "role", "meant"),
    [
        ("default", HOME, HOME),
        ("dev", HOME, "arn:aws:iam::444455556666:role/mayfly-execution"),
        ("dev", "arn:aws-cn:iam::1:role/a/path/x", "arn:aws-cn:iam::444455556666:role/a/path/x"),
    ],
)
def test_the_execution_role_is_the_one_of_that_name_in_the_account_of_the_stack(
    account: str, role: str, meant: str
) -> None:
    assert TWO_ACCOUNTS.counterpart(account, role) == meant
