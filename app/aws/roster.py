"""The roster: every account and region that the settings list, looked at as a whole, or one stack of them anew.

A list of stacks leaves termination protection out, which only the description of a single stack has
(https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Stack.html).
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from app.aws.client import Aws, AwsRefused, speaking
from app.aws.fleet.eyes import Eyes, Sight
from app.aws.fleet.strays import Ledger
from app.aws.permissions import permits
from app.core.fleet import FleetStack
from app.core.memory import Memory
from app.core.stack import StackStatus

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

SERVICE = "CloudFormation"
_NO_SUCH_STACK = re.compile(r"does not exist")


class Roster:
    """Reads every place that the settings list."""

    def __init__(self, aws: Aws, eyes: Eyes) -> None:
        self._aws = aws
        self._eyes = eyes

    @property
    def places(self) -> Sequence[tuple[str, str]]:
        """Each account with each of its regions."""
        return [(account, region) for account, regions in self._aws.places.items() for region in regions]

    def look(
        self, account: str, region: str, ledger: Ledger, memory: Memory, window: timedelta, now: datetime
    ) -> Sight:
        """One look. Raises AwsUnreachable or AwsDenied where the stacks could not be listed."""
        return self._eyes.look(account, region, ledger, memory, window, now)

    def confirm(self, stack: FleetStack) -> FleetStack | None:
        """A stack as it is described at this moment; None where it is gone."""
        client = self._aws.client("cloudformation", stack.account, stack.region)
        return describe_anew(client, stack)


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
    status = StackStatus(found[0]["StackStatus"])
    if status.is_gone:
        return None
    tags = {tag["Key"]: tag["Value"] for tag in found[0].get("Tags", [])}
    is_protected = found[0].get("EnableTerminationProtection")
    return replace(stack, status=status, tags=tags, is_protected=is_protected)
