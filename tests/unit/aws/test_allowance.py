"""The allowance: room is taken, asked about seldom, and where it is not known nothing is held back."""

from datetime import timedelta
from typing import cast

import pytest

from app.aws.allowance import FRESH, Allowance, QuotaFull
from app.aws.client import Aws, AwsDenied
from app.core.quota import ROLES, STACKS, Quota
from tests.twins import Clock

ROLE = {"AWS::IAM::Role": 1}


class Quotas:
    """What AWS would say, and how often it was asked."""

    def __init__(self, stacks: int = 0, roles: int = 0) -> None:
        self.stacks, self.roles, self.asked, self.fault = stacks, roles, 0, False

    def read_stacks(self, _: Aws, account: str, region: str) -> Quota:
        self.asked += 1
        if self.fault:
            raise AwsDenied("not authorized")
        return Quota(STACKS, f"{account}/{region}", self.stacks, 3)

    def read_roles(self, _: Aws, account: str, _region: str) -> Quota | None:
        return Quota(ROLES, account, self.roles, 10) if self.roles else None


def an_allowance(quotas: Quotas, clock: Clock | None = None) -> Allowance:
    return Allowance(cast("Aws", None), (quotas.read_stacks, quotas.read_roles), clock or Clock())


def test_what_was_created_since_counts_without_a_further_question() -> None:
    quotas = Quotas(stacks=1)
    allowance = an_allowance(quotas)
    allowance.take("default", "eu-west-1", {})
    allowance.take("default", "eu-west-1", {})
    assert quotas.asked == 1
    with pytest.raises(QuotaFull, match="default/eu-west-1 has 3 of 3 stacks, and 1 more are wanted"):
        allowance.take("default", "eu-west-1", {})


def test_each_place_is_asked_by_itself_and_again_after_a_while() -> None:
    quotas, clock = Quotas(), Clock()
    allowance = an_allowance(quotas, clock)
    allowance.take("default", "eu-west-1", {})
    allowance.take("default", "us-east-1", {})
    clock.pass_(FRESH + timedelta(seconds=1))
    allowance.take("default", "eu-west-1", {})
    assert quotas.asked == 3


def test_what_waits_looks_anew_each_time() -> None:
    quotas = Quotas(roles=10)
    allowance = an_allowance(quotas)
    with pytest.raises(QuotaFull, match="IAM roles") as full:
        allowance.take("default", "eu-west-1", ROLE)
    assert full.value.retry_after is not None
    quotas.roles = 9
    allowance.take("default", "eu-west-1", ROLE)


def test_a_quota_that_may_not_be_read_holds_nothing_back() -> None:
    quotas = Quotas(stacks=3)
    quotas.fault = True
    an_allowance(quotas).take("default", "eu-west-1", {})
