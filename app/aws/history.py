"""The history of a stack: the events of what was done to it, and what failed before anything was."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from app.aws.client import speaking
from app.aws.permissions import permits
from app.aws.stacks import SERVICE
from app.core.cause import OperationEvent, StackEvent

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient


@permits("cloudformation:DescribeStackEvents")
def stack_events(client: "CloudFormationClient", stack_id: str) -> Iterator[StackEvent]:
    """The events of a stack, the newest first; pages are fetched only as far as somebody reads."""
    with speaking(SERVICE):
        for page in client.get_paginator("describe_stack_events").paginate(StackName=stack_id):
            yield from (_event(found) for found in page["StackEvents"])


def _event(found: Any) -> StackEvent:
    return StackEvent(
        id=found["EventId"],
        at=found["Timestamp"],
        logical_id=found.get("LogicalResourceId", ""),
        type=found.get("ResourceType", ""),
        physical_id=found.get("PhysicalResourceId", ""),
        status=found.get("ResourceStatus", ""),
        reason=found.get("ResourceStatusReason", ""),
        token=found.get("ClientRequestToken"),
        properties=found.get("ResourceProperties", ""),
    )


@permits("cloudformation:DescribeEvents")
def failed_events(client: "CloudFormationClient", stack_id: str) -> tuple[OperationEvent, ...]:
    """What failed the operations of a stack, the newest first, also before anything was made: one page.

    The service is young: where it does not know the call, AwsRefused is raised as for any other refusal
    (https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeEvents.html).
    """
    with speaking(SERVICE):
        page = client.describe_events(StackName=stack_id, Filters={"FailedEvents": True})
    return tuple(_operation_event(found) for found in page.get("OperationEvents", []))


def _operation_event(found: Any) -> OperationEvent:
    reason = found.get("ValidationStatusReason") or found.get("HookStatusReason") or found.get("ResourceStatusReason")
    return OperationEvent(
        operation=found.get("OperationId", ""),
        kind=found.get("EventType", ""),
        logical_id=found.get("LogicalResourceId", ""),
        type=found.get("ResourceType", "") or found.get("HookType", ""),
        reason=reason or "",
        path=found.get("ValidationPath", ""),
        mode=found.get("ValidationFailureMode", "") or found.get("HookFailureMode", ""),
        token=found.get("ClientRequestToken"),
    )
