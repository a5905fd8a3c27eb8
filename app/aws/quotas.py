"""Quotas as AWS tells them: stacks in a region, and IAM roles in an account.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeAccountLimits.html (StackLimit)
https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html (Roles, RolesQuota)
"""

from typing import Any

from app.aws.client import Aws, speaking
from app.aws.permissions import permits
from app.core.quota import ROLES, STACKS, Quota
from app.core.stack import StackStatus

_STANDING = [
    status.value
    for status in StackStatus
    if status not in (StackStatus.ABSENT, StackStatus.UNKNOWN, StackStatus.DELETE_COMPLETE)
]


@permits("cloudformation:DescribeAccountLimits", "cloudformation:ListStacks")
def read_stacks(aws: Aws, account: str, region: str) -> Quota | None:
    """Stacks in a region, nested ones included; None where AWS tells no limit."""
    client = aws.client("cloudformation", account, region)
    with speaking("CloudFormation"):
        limits = {each["Name"]: each["Value"] for each in client.describe_account_limits()["AccountLimits"]}
        if "StackLimit" not in limits:
            return None
        pages = client.get_paginator("list_stacks").paginate(StackStatusFilter=_STANDING)  # type: ignore[arg-type]
        used = sum(len(page["StackSummaries"]) for page in pages)
    return Quota(STACKS, f"{account}/{region}", used, limits["StackLimit"])


@permits("iam:GetAccountSummary")
def read_roles(aws: Aws, account: str, region: str) -> Quota | None:
    """IAM roles in an account; None where AWS tells no limit."""
    client: Any = aws.client("iam", account, region)
    with speaking("IAM"):
        summary = client.get_account_summary()["SummaryMap"]
    if "Roles" not in summary or "RolesQuota" not in summary:
        return None
    return Quota(ROLES, account, summary["Roles"], summary["RolesQuota"])
