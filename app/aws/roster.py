"""The roster: every stack of an account and region as CloudFormation describes it, and one of them described anew.

Of what a stack holds and how it is used it knows nothing; the list leaves termination protection out, which only the
description of a single stack has (https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Stack.html).
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from app.aws.client import Aws, AwsRefused, speaking
from app.aws.permissions import permits
from app.core.fleet import FleetStack, Look, Usage
from app.core.stack import StackStatus

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

SERVICE = "CloudFormation"
UNREAD = Usage(why_unknown="Its signals of use were not read.")
_NO_SUCH_STACK = re.compile(r"does not exist")


class Roster:
    """Reads the stacks of every place that the settings list."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    @property
    def places(self) -> Sequence[tuple[str, str]]:
        """Each account with each of its regions."""
        return [(account, region) for account, regions in self._aws.places.items() for region in regions]

    def look(self, account: str, region: str, now: datetime) -> Look:
        """Every stack of a place. Raises AwsUnreachable where a page is missing."""
        client = self._aws.client("cloudformation", account, region)
        return Look(account, region, now, tuple(list_stacks(client, account, region)))

    def confirm(self, stack: FleetStack) -> FleetStack | None:
        """A stack as it is described at this moment; None where it is gone."""
        client = self._aws.client("cloudformation", stack.account, stack.region)
        return describe_anew(client, stack)


@permits("cloudformation:DescribeStacks")
def list_stacks(client: "CloudFormationClient", account: str, region: str) -> list[FleetStack]:
    """Every stack that exists, page by page."""
    with speaking(SERVICE):
        pages = client.get_paginator("describe_stacks").paginate()
        return [_stack(found, account, region) for page in pages for found in page["Stacks"]]


@permits("cloudformation:DescribeStacks")
def describe_anew(client: "CloudFormationClient", stack: FleetStack) -> FleetStack | None:
    """The stack with today's tags, status and protection; None where it is gone."""
    try:
        with speaking(SERVICE):
            found: Any = client.describe_stacks(StackName=stack.id)["Stacks"]
    except AwsRefused as refused:
        if _NO_SUCH_STACK.search(str(refused)):
            return None
        raise
    if not found or found[0]["StackId"] != stack.id:
        return None
    fresh = _stack(found[0], stack.account, stack.region)
    if fresh.status.is_gone:
        return None
    is_protected = found[0].get("EnableTerminationProtection")
    return replace(fresh, resources=stack.resources, usage=stack.usage, cost=stack.cost, is_protected=is_protected)


def _stack(found: Any, account: str, region: str) -> FleetStack:
    return FleetStack(
        account,
        region,
        id=found["StackId"],
        name=found["StackName"],
        status=StackStatus(found["StackStatus"]),
        status_reason=found.get("StackStatusReason", ""),
        tags={tag["Key"]: tag["Value"] for tag in found.get("Tags", [])},
        created_at=found.get("CreationTime"),
        updated_at=found.get("LastUpdatedTime"),
        deleted_at=found.get("DeletionTime"),
        parent_id=found.get("ParentId"),
        usage=UNREAD,
    )
