"""Rights: stars in IAM statements, and doors that stand open to everybody.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html. A key's own policy is left alone: it
speaks of its own key alone, whatever its stars.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from app.aws.check.element import Element, many, part
from app.aws.check.variance import Variance
from app.core.remark import Level, Remark

_GRANTING: dict[str, tuple[str, ...]] = {
    "AWS::IAM::Group": ("Policies",),
    "AWS::IAM::GroupPolicy": ("PolicyDocument",),
    "AWS::IAM::ManagedPolicy": ("PolicyDocument",),
    "AWS::IAM::Policy": ("PolicyDocument",),
    "AWS::IAM::Role": ("Policies",),
    "AWS::IAM::RolePolicy": ("PolicyDocument",),
    "AWS::IAM::User": ("Policies",),
    "AWS::IAM::UserPolicy": ("PolicyDocument",),
    "AWS::Serverless::Function": ("Policies",),
    "AWS::Serverless::StateMachine": ("Policies",),
}
_ADMITTING: dict[str, str] = {
    "AWS::ECR::Repository": "RepositoryPolicyText",
    "AWS::IAM::Role": "AssumeRolePolicyDocument",
    "AWS::S3::BucketPolicy": "PolicyDocument",
    "AWS::SNS::TopicPolicy": "PolicyDocument",
    "AWS::SQS::QueuePolicy": "PolicyDocument",
    "AWS::SecretsManager::ResourcePolicy": "ResourcePolicy",
}
_ALL_RIGHTS = ("AdministratorAccess", "PowerUserAccess", "IAMFullAccess")
_READING = ("Describe", "Get", "List", "Search", "Lookup", "BatchGet", "Query")

Path = tuple[str | int, ...]


def check_grants(element: Element, _: Variance) -> Iterator[Remark]:
    """`star`: a statement that allows everything, or something on everything."""
    for name in _GRANTING.get(element.type, ()):
        for statement, at in _statements(element.properties.get(name), ("Properties", name)):
            yield from _stars(element, statement, at)


def check_managed(element: Element, _: Variance) -> Iterator[Remark]:
    """`star`: one of AWS's own policies that allows nearly everything."""
    for name in ("ManagedPolicyArns", "Policies"):
        for number, policy in enumerate(many(element.properties.get(name))):
            last = policy.rpartition("/")[2] if isinstance(policy, str) else ""
            if last in _ALL_RIGHTS:
                yield element.warn("star", f"{last} allows nearly everything.", "Properties", name, number)


def check_doors(element: Element, _: Variance) -> Iterator[Remark]:
    """`open-door`: a statement that lets everybody in, on no condition."""
    name = _ADMITTING.get(element.type, "")
    for statement, at in _statements(element.properties.get(name), ("Properties", name)):
        if statement.get("Effect") == "Allow" and "Condition" not in statement and _is_anybody(statement):
            yield element.warn("open-door", "It lets everybody in: the principal is a star without condition.", *at)
    if element.type == "AWS::Lambda::Permission" and element.properties.get("Principal") == "*":
        narrowed = {"SourceArn", "SourceAccount", "PrincipalOrgID", "FunctionUrlAuthType"} & element.properties.keys()
        if not narrowed:
            yield element.warn("open-door", "It lets everybody call the function.", "Properties", "Principal")


def _is_anybody(statement: dict[str, Any]) -> bool:
    principal = statement.get("Principal")
    return principal == "*" or "*" in many(part(principal).get("AWS"))


def _statements(value: Any, at: Path) -> Iterator[tuple[dict[str, Any], Path]]:
    """The statements in a policy document, or in a list of documents, bare or under `PolicyDocument`."""
    if isinstance(value, list):
        for number, policy in enumerate(value):
            yield from _statements(policy, (*at, number))
    elif isinstance(value, dict) and "PolicyDocument" in value:
        yield from _statements(value["PolicyDocument"], (*at, "PolicyDocument"))
    elif isinstance(value, dict):
        listed = value.get("Statement")
        for number, statement in enumerate(many(listed)):
            if isinstance(statement, dict):
                yield statement, (*at, "Statement", number) if isinstance(listed, list) else (*at, "Statement")


def _stars(element: Element, statement: dict[str, Any], at: Path) -> Iterator[Remark]:
    if statement.get("Effect") != "Allow":
        return
    actions = [action for action in many(statement.get("Action")) if isinstance(action, str)]
    wide = next((action for action in actions if action == "*" or action.endswith(":*")), None)
    everywhere = "*" in many(statement.get("Resource"))
    if "NotAction" in statement:
        yield element.warn("star", "NotAction allows everything else. List what is needed.", *at, "NotAction")
    elif wide == "*" or (wide and everywhere):
        what = "everything" if wide == "*" else f"{wide} on everything"
        yield element.warn("star", f"It allows {what}. Name the actions and resources that are needed.", *at)
    elif everywhere and (changing := _changing(actions)):
        text = f"It allows {changing} on everything. Name the resources that are needed."
        yield element.remark(Level.NOTICE, "star", text, *at, "Resource")


def _changing(actions: list[str]) -> str | None:
    """The first of the actions that does more than look; many of those that look know no resources."""
    return next((one for one in actions if not one.rpartition(":")[2].startswith(_READING)), None)


RULES: tuple[Callable[[Element, Variance], Iterator[Remark]], ...] = (check_grants, check_managed, check_doors)
