"""What stands: the stacks as CloudFormation lists them, without termination protection, which the list leaves out."""

from typing import Any

from app.aws.caller import Caller, require
from app.aws.permissions import permits
from app.aws.stacks import read_resource
from app.core.fleet import FleetStack
from app.core.stack import Resource, StackStatus


@permits("cloudformation:DescribeStacks")
def list_stacks(caller: Caller) -> list[FleetStack]:
    """Every stack that exists, page by page. Raises AwsUnreachable or AwsDenied where a page is missing."""
    pages = caller.pages("cloudformation", "describe_stacks")
    return [_stack(caller, found) for page in pages for found in require(page, "Stacks", "cloudformation")]


def _stack(caller: Caller, found: Any) -> FleetStack:
    return FleetStack(
        caller.account,
        caller.region,
        id=found["StackId"],
        name=found["StackName"],
        status=StackStatus(found["StackStatus"]),
        status_reason=found.get("StackStatusReason", ""),
        tags={tag["Key"]: tag["Value"] for tag in found.get("Tags", [])},
        created_at=found.get("CreationTime"),
        updated_at=found.get("LastUpdatedTime"),
        deleted_at=found.get("DeletionTime"),
        parent_id=found.get("ParentId"),
    )


@permits("cloudformation:ListStackResources")
def list_resources(caller: Caller, stack_id: str) -> tuple[Resource, ...]:
    """Every resource of a stack. Raises AwsUnreachable or AwsDenied."""
    pages = caller.pages("cloudformation", "list_stack_resources", StackName=stack_id)
    return tuple(
        read_resource(found) for page in pages for found in require(page, "StackResourceSummaries", "cloudformation")
    )
