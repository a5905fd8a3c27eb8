"""Which capabilities CloudFormation will ask for, read off a template before anybody asks CloudFormation.

A hint for people and for policy: whether a capability is given is the server's settings' to say, and what a macro makes
of the template nobody knows before.
https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html (Capabilities)
"""

from __future__ import annotations

from typing import Any

from app.aws.packaging.loops import Resource

IAM = "CAPABILITY_IAM"
NAMED_IAM = "CAPABILITY_NAMED_IAM"
AUTO_EXPAND = "CAPABILITY_AUTO_EXPAND"

# SAM makes roles for these, unless it is given one
MAKES_ROLES = frozenset(
    f"AWS::Serverless::{kind}"
    for kind in ("Application", "Connector", "Function", "GraphQLApi", "StateMachine", "WebFunction")
)
NAMES = {
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::User": "UserName",
}


def needed(document: dict[str, Any], resources: list[Resource]) -> frozenset[str]:
    """The capabilities that the document will need; nested templates have needs of their own."""
    asked = {capability for resource in resources for capability in _for(resource)}
    if "Transform" in document or _holds(document, "Fn::Transform"):
        asked.add(AUTO_EXPAND)
    return frozenset(asked)


def makes_role(resource: Resource) -> bool:
    """Whether SAM makes a role for the resource."""
    properties = resource.body.get("Properties")
    return resource.type in MAKES_ROLES and not (isinstance(properties, dict) and "Role" in properties)


def _for(resource: Resource) -> set[str]:
    properties = resource.body.get("Properties")
    given = properties if isinstance(properties, dict) else {}
    if resource.type == "AWS::Serverless::Application":
        return {IAM, AUTO_EXPAND}
    if NAMES.get(resource.type) in given:
        return {IAM, NAMED_IAM}
    return {IAM} if makes_role(resource) or resource.type.startswith("AWS::IAM::") else set()


def _holds(node: Any, key: str) -> bool:
    if isinstance(node, dict):
        return key in node or any(_holds(part, key) for part in node.values())
    return isinstance(node, list) and any(_holds(part, key) for part in node)
