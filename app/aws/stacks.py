"""CloudFormation: the calls that change a stack, and those that look at one.

Every change carries a ClientRequestToken, so that a repeat after a crash is recognised
(https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html). What CloudFormation refuses
for a good reason is a value here and no exception: CloudFormation has one error code for nearly everything, so the
reason is read from its words, in this module alone.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from app.aws.client import AwsRefused, speaking
from app.aws.permissions import permits
from app.core.blueprint import Payload
from app.core.stack import ObservedStack, Resource, StackStatus

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

SERVICE = "CloudFormation"
_NO_SUCH_STACK = re.compile(r"\bStack\b.* does not exist")
"""A role, an export or an object in S3 that does not exist is another matter."""
_IS_REPEAT = "TokenAlreadyExistsException"
"""The code for a token that was seen before: an operation of ours began with it, and this is its repeat."""
IN_PROGRESS = [status.value for status in StackStatus if status.is_in_progress and not status.startswith("IMPORT")]


class Answer(Enum):
    """How CloudFormation took a change."""

    STARTED = "started"
    UNCHANGED = "unchanged"
    NAME_TAKEN = "name taken"
    BUSY = "busy"
    MISSING = "missing"
    PROTECTED = "protected"


@dataclass(frozen=True)
class Started:
    """The answer to a change, with the stack's id where there is one."""

    answer: Answer
    id: str | None = None


@permits("cloudformation:CreateStack")
def create_stack(
    client: "CloudFormationClient", name: str, payload: Payload, token: str, role: str | None = None
) -> Started:
    """Begin to create a stack that removes itself should it fail. Raises AwsRefused for a template that is no good.

    A token that was used already tells that the stack was made, but not its id: that answer is NAME_TAKEN as well,
    after which whoever asked looks whose the stack is.
    """
    try:
        with speaking(SERVICE):
            answer = client.create_stack(
                StackName=name, OnFailure="DELETE", Tags=_tags(payload), **_content(payload, token, role)
            )
    except AwsRefused as refused:
        if refused.code in ("AlreadyExistsException", _IS_REPEAT) or "already exists" in str(refused):
            return Started(Answer.NAME_TAKEN)
        raise
    return Started(Answer.STARTED, answer["StackId"])


@permits("cloudformation:UpdateStack")
def update_stack(
    client: "CloudFormationClient", stack_id: str, payload: Payload, token: str, role: str | None = None
) -> Started:
    """Begin to update a stack; UNCHANGED where it stands like that already, BUSY where something else is under way.

    A payload without tags leaves the stack's as they are
    (https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_UpdateStack.html).
    """
    try:
        with speaking(SERVICE):
            tags = {"Tags": _tags(payload)} if payload.tags else {}
            client.update_stack(StackName=stack_id, **tags, **_content(payload, token, role))
    except AwsRefused as refused:
        return Started(_read_refusal(refused), stack_id)
    return Started(Answer.STARTED, stack_id)


def _read_refusal(refused: AwsRefused) -> Answer:
    text = str(refused)
    if refused.code == _IS_REPEAT:
        return Answer.STARTED
    if "No updates are to be performed" in text:
        return Answer.UNCHANGED
    if _NO_SUCH_STACK.search(text):
        return Answer.MISSING
    if "TerminationProtection is enabled" in text:
        return Answer.PROTECTED
    if "_IN_PROGRESS state" in text or "cannot be deleted while in status" in text or "can not be updated" in text:
        return Answer.BUSY
    raise refused


@permits("cloudformation:DeleteStack")
def delete_stack(
    client: "CloudFormationClient",
    stack_id: str,
    token: str,
    role: str | None = None,
    retain: Sequence[str] = (),
    *,
    is_forced: bool = False,
) -> Started:
    """Begin to delete a stack by its id, without the resources `retain`, or by force, whatever does not go.

    BUSY where CloudFormation must finish something first, PROTECTED where the stack has termination protection.
    """
    more: dict[str, Any] = {"RetainResources": list(retain)} if retain else {}
    if is_forced:
        more["DeletionMode"] = "FORCE_DELETE_STACK"
    try:
        with speaking(SERVICE):
            client.delete_stack(StackName=stack_id, ClientRequestToken=token, **_role(role), **more)
    except AwsRefused as refused:
        return Started(_read_refusal(refused), stack_id)
    return Started(Answer.STARTED, stack_id)


@permits("cloudformation:UpdateTerminationProtection")
def unprotect_stack(client: "CloudFormationClient", stack_id: str) -> None:
    """Take a stack's termination protection off."""
    with speaking(SERVICE):
        client.update_termination_protection(StackName=stack_id, EnableTerminationProtection=False)


@permits("cloudformation:CancelUpdateStack")
def cancel_update(client: "CloudFormationClient", stack_id: str, token: str) -> None:
    """Cancel an update; one that ended a moment ago needs no cancelling."""
    _unless_over(lambda: client.cancel_update_stack(StackName=stack_id, ClientRequestToken=token))


@permits("cloudformation:ContinueUpdateRollback")
def continue_rollback(client: "CloudFormationClient", stack_id: str, token: str, skip: Sequence[str] = ()) -> None:
    """Take up a rollback that failed, without the resources `skip`: the only way out of UPDATE_ROLLBACK_FAILED but
    deletion (https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ContinueUpdateRollback.html)."""
    skipping: dict[str, Any] = {"ResourcesToSkip": list(skip)} if skip else {}
    _unless_over(lambda: client.continue_update_rollback(StackName=stack_id, ClientRequestToken=token, **skipping))


@permits("cloudformation:RollbackStack")
def roll_back(client: "CloudFormationClient", stack_id: str, token: str) -> None:
    """Roll back an update that failed and was left standing."""
    _unless_over(lambda: client.rollback_stack(StackName=stack_id, ClientRequestToken=token))


def _unless_over(call: Any) -> None:
    try:
        with speaking(SERVICE):
            call()
    except AwsRefused as refused:
        if refused.code not in ("ValidationError", _IS_REPEAT):
            raise


@permits("cloudformation:DescribeStacks")
def describe_stack(client: "CloudFormationClient", id_or_name: str) -> ObservedStack | None:
    """A stack as it stands; by id also one that was deleted (for 90 days), by name only one that exists."""
    try:
        with speaking(SERVICE):
            found = client.describe_stacks(StackName=id_or_name)["Stacks"]
    except AwsRefused as refused:
        if _NO_SUCH_STACK.search(str(refused)):
            return None
        raise
    return _observed(found[0]) if found else None


def _observed(stack: Any) -> ObservedStack:
    return ObservedStack(
        id=stack["StackId"],
        name=stack["StackName"],
        status=StackStatus(stack["StackStatus"]),
        status_reason=stack.get("StackStatusReason", ""),
        tags={tag["Key"]: tag["Value"] for tag in stack.get("Tags", [])},
        outputs={output["OutputKey"]: output.get("OutputValue", "") for output in stack.get("Outputs", [])},
        created_at=stack.get("CreationTime"),
        updated_at=stack.get("LastUpdatedTime"),
    )


@permits("cloudformation:DescribeStacks")
def every_stack(client: "CloudFormationClient") -> list[ObservedStack]:
    """Every stack that exists, with its tags, page by page. Raises AwsUnreachable where a page is missing."""
    with speaking(SERVICE):
        pages = client.get_paginator("describe_stacks").paginate()
        return [_observed(found) for page in pages for found in page["Stacks"]]


@permits("cloudformation:DescribeStacks")
def describe_together(
    client: "CloudFormationClient", ids: Sequence[str], most_calls: int
) -> dict[str, ObservedStack | None]:
    """Those of several stacks that so many pages of everything that exists tell of; a page holds up to a hundred.

    One that is in none of the pages is None where those were all, and left out where there are more.
    """
    found: dict[str, ObservedStack | None] = {}
    with speaking(SERVICE):
        for number, page in enumerate(client.get_paginator("describe_stacks").paginate(), 1):
            found |= {stack["StackId"]: _observed(stack) for stack in page["Stacks"] if stack["StackId"] in ids}
            if len(found) == len(ids) or (number >= most_calls and page.get("NextToken")):
                return found
    return {**dict.fromkeys(ids), **found}


@permits("cloudformation:ListStackResources")
def list_resources(client: "CloudFormationClient", stack_id: str) -> tuple[Resource, ...]:
    """Every resource of a stack."""
    with speaking(SERVICE):
        pages = client.get_paginator("list_stack_resources").paginate(StackName=stack_id)
        return tuple(read_resource(found) for page in pages for found in page["StackResourceSummaries"])


def read_resource(found: Any) -> Resource:
    """One resource as ListStackResources tells it."""
    return Resource(
        logical_id=found["LogicalResourceId"],
        type=found["ResourceType"],
        physical_id=found.get("PhysicalResourceId", ""),
        status=found["ResourceStatus"],
    )


@permits("cloudformation:ListStacks")
def list_in_progress(client: "CloudFormationClient") -> dict[str, StackStatus]:
    """The status of every stack on which CloudFormation is at work, by id: one call for all of them."""
    with speaking(SERVICE):
        pages = client.get_paginator("list_stacks").paginate(StackStatusFilter=IN_PROGRESS)  # type: ignore[arg-type]
        return {
            found["StackId"]: StackStatus(found["StackStatus"]) for page in pages for found in page["StackSummaries"]
        }


def _content(payload: Payload, token: str, role: str | None) -> dict[str, Any]:
    blueprint = payload.blueprint
    template = {"TemplateURL": blueprint.url} if blueprint.url else {"TemplateBody": blueprint.body}
    parameters = [{"ParameterKey": key, "ParameterValue": value} for key, value in sorted(payload.parameters.items())]
    return {
        **template,
        "Parameters": parameters,
        "Capabilities": list(blueprint.capabilities),
        "ClientRequestToken": token,
        **_role(role),
    }


def _role(role: str | None) -> dict[str, Any]:
    return {"RoleARN": role} if role else {}


def _tags(payload: Payload) -> Any:
    return [{"Key": key, "Value": value} for key, value in sorted(payload.tags.items())]
