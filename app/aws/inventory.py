"""The inventory of a stack, read from CloudFormation before the stack is deleted, nested stacks included.

What a template keeps (`DeletionPolicy`) is read from the template that CloudFormation itself holds, after its
transforms; what nobody can read is taken for kept, since the inventory says what may be emptied and deleted.
"""

import json
from typing import TYPE_CHECKING, Any

from app.aws.client import AwsRefused, speaking
from app.aws.permissions import permits
from app.aws.stacks import SERVICE, list_resources
from app.aws.template import TemplateRefused, load_template
from app.core.inventory import NESTED, Item
from app.core.stack import Resource

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

DEEPEST = 5
"""Nested stacks within nested stacks that are followed."""
_KEPT = frozenset({"Retain", "RetainExceptOnCreate"})


def take_inventory(client: "CloudFormationClient", stack_id: str, account: str, region: str) -> tuple[Item, ...]:
    """Everything that a stack and those nested in it hold now; empty where there is no such stack."""
    root = Item(stack_id, "", NESTED, stack_id, account, region)
    return tuple(_held(client, root, 0))


def _held(client: "CloudFormationClient", stack: Item, depth: int) -> list[Item]:
    try:
        resources = list_resources(client, stack.physical_id)
        policies = read_policies(client, stack.physical_id)
    except AwsRefused as refused:
        if "does not exist" in str(refused):
            return []
        raise
    items = [_item(stack, resource, policies) for resource in resources if _is_there(resource)]
    nested = [item for item in items if item.type == NESTED and depth < DEEPEST]
    return items + [inner for item in nested for inner in _held(client, item, depth + 1)]


def _is_there(resource: Resource) -> bool:
    return bool(resource.physical_id) and resource.status != "DELETE_COMPLETE"


def _item(stack: Item, resource: Resource, policies: dict[str, Any] | None) -> Item:
    path = f"{stack.logical_id}/{resource.logical_id}".lstrip("/")
    is_kept = policies is None or _keeps(policies.get(resource.logical_id, "Delete"))
    return Item(
        stack_id=stack.stack_id,
        logical_id=path,
        type=resource.type,
        physical_id=resource.physical_id,
        account=stack.account,
        region=stack.region,
        holder=stack.physical_id,
        is_retained=stack.is_retained or is_kept,
        status=resource.status,
    )


def _keeps(policy: Any) -> bool:
    return policy in _KEPT if isinstance(policy, str) else True


@permits("cloudformation:GetTemplate")
def read_policies(client: "CloudFormationClient", stack_id: str) -> dict[str, Any] | None:
    """The `DeletionPolicy` of each resource that has one; None where the template cannot be read."""
    with speaking(SERVICE):
        body = client.get_template(StackName=stack_id, TemplateStage="Processed")["TemplateBody"]
    text = body if isinstance(body, str) else json.dumps(body)
    try:
        resources = load_template(text.encode(), "template").document["Resources"]
    except TemplateRefused:
        return None
    bodies = {name: body for name, body in resources.items() if isinstance(body, dict)}
    return {name: body["DeletionPolicy"] for name, body in bodies.items() if "DeletionPolicy" in body}
