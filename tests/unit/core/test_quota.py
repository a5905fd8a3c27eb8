"""Quotas: what has to wait, and why."""

import pytest

from app.core.quota import ROLES, STACKS, Quota, wanted_of, why_full

FULL = Quota(ROLES, "default", 999, 1_000)


@pytest.mark.parametrize(
    ("quotas", "wanted", "waits"),
    [
        ([], {STACKS: 1, ROLES: 9}, False),
        ([FULL], {ROLES: 1}, False),
        ([FULL], {ROLES: 2}, True),
        ([FULL], {STACKS: 1, ROLES: 0}, False),
        ([FULL, Quota(STACKS, "default/eu-west-1", 2_000, 2_000)], {STACKS: 1, ROLES: 1}, True),
    ],
)
def test_who_waits(quotas: list[Quota], wanted: dict[str, int], waits: bool) -> None:
    assert (why_full(quotas, wanted) is not None) is waits


def test_the_reason_names_the_quota_and_what_would_free_it() -> None:
    assert why_full([FULL], {ROLES: 2}) == (
        "default has 999 of 1,000 IAM roles, and 2 more are wanted: "
        "it waits until some are deleted there, or AWS raises the quota."
    )


def test_a_stack_takes_its_own_place_and_those_of_its_nested_ones() -> None:
    tally = {
        "AWS::CloudFormation::Stack": 2,
        "AWS::Serverless::Application": 1,
        "AWS::IAM::Role": 3,
        "AWS::S3::Bucket": 1,
    }
    assert wanted_of(tally) == {STACKS: 4, ROLES: 3}
    assert wanted_of({}) == {STACKS: 1, ROLES: 0}
