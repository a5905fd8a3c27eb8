"""Survival: what stays when the stack goes, and what holds its deletion up.

DeletionPolicy, UpdateReplacePolicy   https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/
                                      aws-attribute-deletionpolicy.html (defaults to Snapshot for databases)
object lock                           https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
replicas of functions at the edge     https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/
                                      lambda-edge-delete-replicas.html
network interfaces of functions       https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
custom resources                      https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/
                                      aws-resource-cloudformation-customresource.html (ServiceTimeout, an hour)
keys                                  https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from app.aws.check.element import Element, branches, is_on, many, part
from app.aws.check.variance import Variance
from app.core.remark import Remark

_STAYS = {
    "Retain": "stays in the account",
    "RetainExceptOnCreate": "stays in the account",
    "Snapshot": "leaves a snapshot behind, which costs",
}
_WHEN = {"DeletionPolicy": "the environment is deleted", "UpdateReplacePolicy": "an update replaces it"}
_SNAPSHOTS = frozenset({"AWS::RDS::DBCluster", "AWS::RDS::DBInstance"})

_PROTECTED: dict[str, tuple[str, ...]] = {
    "AWS::Cognito::UserPool": ("DeletionProtection",),
    "AWS::DocDB::DBCluster": ("DeletionProtection",),
    "AWS::DynamoDB::Table": ("DeletionProtectionEnabled",),
    "AWS::EC2::Instance": ("DisableApiTermination",),
    "AWS::EMR::Cluster": ("Instances", "TerminationProtected"),
    "AWS::Logs::LogGroup": ("DeletionProtectionEnabled",),
    "AWS::Neptune::DBCluster": ("DeletionProtection",),
    "AWS::QLDB::Ledger": ("DeletionProtection",),
    "AWS::RDS::DBCluster": ("DeletionProtection",),
    "AWS::RDS::DBInstance": ("DeletionProtection",),
    "AWS::RDS::GlobalCluster": ("DeletionProtection",),
}
_BALANCER = "AWS::ElasticLoadBalancingV2::LoadBalancer"
_FUNCTIONS = frozenset({"AWS::Lambda::Function", "AWS::Serverless::Function"})

Rule = Callable[[Element, Variance], Iterator[Remark]]


def check_policies(element: Element, _: Variance) -> Iterator[Remark]:
    """`retained`: a policy that keeps the resource, or a snapshot of it."""
    for name, when in _WHEN.items():
        policies = [policy for policy in branches(element.body.get(name)) if isinstance(policy, str)]
        for policy in policies:
            if fate := _STAYS.get(policy):
                yield element.warn("retained", f"{name} is {policy}: it {fate} when {when}. Set Delete.", name)
    standing_alone = "DBClusterIdentifier" not in element.properties
    if element.type in _SNAPSHOTS and standing_alone and "DeletionPolicy" not in element.body:
        yield element.warn(
            "retained", "Without a DeletionPolicy it leaves a snapshot behind, which costs. Set DeletionPolicy: Delete."
        )


def check_protection(element: Element, _: Variance) -> Iterator[Remark]:
    """`protected`: deletion or termination protection."""
    steps = _PROTECTED.get(element.type)
    if steps and _is_protected(part(element.properties, *steps[:-1]).get(steps[-1])):
        yield _protected(element, "Properties", *steps)
    if element.type == _BALANCER:
        for number, attribute in enumerate(many(element.properties.get("LoadBalancerAttributes"))):
            if part(attribute).get("Key") == "deletion_protection.enabled" and is_on(attribute.get("Value")):
                yield _protected(element, "Properties", "LoadBalancerAttributes", number)
    if element.type == "AWS::DynamoDB::GlobalTable":
        for number, replica in enumerate(many(element.properties.get("Replicas"))):
            if is_on(part(replica).get("DeletionProtectionEnabled")):
                yield _protected(element, "Properties", "Replicas", number)


def _is_protected(value: Any) -> bool:
    return is_on(value) or "ACTIVE" in list(branches(value))


def _protected(element: Element, *steps: str | int) -> Remark:
    return element.warn("protected", "Its protection against deletion has to be taken off before it can go.", *steps)


def check_buckets(element: Element, _: Variance) -> Iterator[Remark]:
    """`object-lock`, `versioned-bucket`: what makes a bucket slow, or impossible, to empty."""
    if element.type != "AWS::S3::Bucket":
        return
    if is_on(element.properties.get("ObjectLockEnabled")):
        text = "Objects under a lock cannot be deleted before their time, and the bucket not before them."
        yield element.warn("object-lock", text, "Properties", "ObjectLockEnabled")
    versioning = part(element.properties, "VersioningConfiguration").get("Status")
    if "Enabled" in list(branches(versioning)):
        text = "Every version of every object has to be deleted before the bucket can go, which takes time."
        yield element.note("versioned-bucket", text, "Properties", "VersioningConfiguration")


def check_vaults(element: Element, _: Variance) -> Iterator[Remark]:
    """`object-lock`: a vault that lets no backup go."""
    if element.type == "AWS::Backup::BackupVault" and "LockConfiguration" in element.properties:
        text = "Backups in a locked vault cannot be deleted before their time, and the vault not before them."
        yield element.warn("object-lock", text, "Properties", "LockConfiguration")


def check_waits(element: Element, _: Variance) -> Iterator[Remark]:
    """`slow-deletion`: what makes the deletion wait, from minutes to hours."""
    if element.type.startswith(("Custom::", "AWS::CloudFormation::CustomResource")):
        if "ServiceTimeout" not in element.properties:
            text = "Should its function not answer, creation and deletion wait an hour for it. Set ServiceTimeout."
            yield element.note("slow-deletion", text)
    elif element.type in _FUNCTIONS and any(branches(element.properties.get("VpcConfig"))):
        text = "A function in a VPC holds network interfaces, which may take up to 45 minutes to go."
        yield element.note("slow-deletion", text, "Properties", "VpcConfig")
    elif element.type == "AWS::CloudFront::Distribution" and _has_edge_functions(element):
        text = "Functions at the edge cannot be deleted for hours after the distribution is gone."
        yield element.warn("slow-deletion", text, "Properties", "DistributionConfig")
    elif element.type in ("AWS::KMS::Key", "AWS::KMS::ReplicaKey"):
        days = element.properties.get("PendingWindowInDays", 30)
        if days != 7:
            text = f"A deleted key lies there for {_days(days)} before it is gone. Set PendingWindowInDays: 7."
            yield element.note("slow-deletion", text, *(("Properties", "PendingWindowInDays") if days != 30 else ()))


def _days(value: Any) -> str:
    return f"{value} days" if isinstance(value, int) else "days"


def _has_edge_functions(element: Element) -> bool:
    config = part(element.properties, "DistributionConfig")
    behaviors = [config.get("DefaultCacheBehavior"), *many(config.get("CacheBehaviors"))]
    return any(part(behavior).get("LambdaFunctionAssociations") for behavior in behaviors)


RULES: tuple[Rule, ...] = (check_policies, check_protection, check_buckets, check_vaults, check_waits)
