"""Teardown: what has to be done to a stack's resources before CloudFormation can delete them.

    buckets      emptied: objects, versions, delete markers, unfinished uploads
    images       deleted from a repository
    protection   against deletion, taken off
    networks     functions taken out of their VPC, and the interfaces that they left over
    identities   roles and users freed of what was attached to them by hand
    buses        rules that others put on an event bus of ours
    logs         groups that functions made at run time

Every function here takes the name of one resource. Which resources those are says `app.core.guard.owned`: what the
inventory lists under the id of a stack of ours, and its template does not keep. `clear` is done before every try,
`unblock` only to what CloudFormation failed to delete.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from app.aws.client import AwsRefused
from app.aws.teardown import buckets, buses, identities, images, networks, protection
from app.core.inventory import FUNCTION, LOG_GROUP, Item

ClientOf = Callable[[str, str, str], Any]
"""A client of a service in an account and region."""
Act = Callable[[Any, str], bool | None]
"""Does something to one resource; False says that there is more to do."""

CLEARING: Mapping[str, tuple[str, Act]] = {
    "AWS::Cognito::UserPool": ("cognito-idp", protection.unprotect_user_pool),
    "AWS::DynamoDB::Table": ("dynamodb", protection.unprotect_table),
    "AWS::DynamoDB::GlobalTable": ("dynamodb", protection.unprotect_table),
    "AWS::ECR::Repository": ("ecr", images.drop_images),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": ("elbv2", protection.unprotect_load_balancer),
    FUNCTION: ("lambda", networks.detach_function),
    LOG_GROUP: ("logs", protection.unprotect_log_group),
    "AWS::RDS::DBCluster": ("rds", protection.unprotect_cluster),
    "AWS::RDS::DBInstance": ("rds", protection.unprotect_database),
    "AWS::S3::Bucket": ("s3", buckets.empty),
}
UNBLOCKING: Mapping[str, tuple[str, Act]] = {
    "AWS::Events::EventBus": ("events", buses.drop_rules),
    "AWS::IAM::Role": ("iam", identities.bare_role),
    "AWS::IAM::User": ("iam", identities.bare_user),
}
_HELD_BY_FUNCTIONS = frozenset({"AWS::EC2::Subnet", "AWS::EC2::SecurityGroup", "AWS::EC2::NetworkInterface"})


def clear(client_of: ClientOf, item: Item) -> bool:
    """Put out of the way what would block the deletion of an item; whether nothing is left of it."""
    return _act(CLEARING, client_of, item)


def unblock(client_of: ClientOf, item: Item) -> None:
    """Put out of the way what blocked the deletion of an item that CloudFormation failed to delete."""
    _act(UNBLOCKING, client_of, item)


def free_networks(client_of: ClientOf, failed: Iterable[Item], items: Iterable[Item]) -> None:
    """Delete the interfaces that the stack's functions left over, where a subnet or security group is held by them."""
    if any(item.type in _HELD_BY_FUNCTIONS for item in failed):
        for item in items:
            if item.type == FUNCTION:
                networks.drop_interfaces(client_of("ec2", item.account, item.region), item.physical_id)


def _act(register: Mapping[str, tuple[str, Act]], client_of: ClientOf, item: Item) -> bool:
    if item.type not in register:
        return True
    service, act = register[item.type]
    try:
        return act(client_of(service, item.account, item.region), item.physical_id) is not False
    except AwsRefused as refused:
        if protection.is_gone(refused):
            return True
        raise
