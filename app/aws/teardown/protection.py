"""Protection against deletion, taken off what a stack of ours holds: its template asked for it, and the stack goes.

Each function asks first and changes only what is protected, so that a repeat does nothing.
"""

from typing import Any

from app.aws.client import AwsRefused, speaking
from app.aws.permissions import permits

GONE = frozenset(
    {
        "ResourceNotFoundException",
        "DBInstanceNotFound",
        "DBClusterNotFoundFault",
        "LoadBalancerNotFound",
        "NoSuchEntity",
        "RepositoryNotFoundException",
    }
)
"""Codes of what exists no more, in the words of its service."""


@permits("dynamodb:DescribeTable", "dynamodb:UpdateTable")
def unprotect_table(client: Any, table: str) -> None:
    """A table of DynamoDB."""
    with speaking("DynamoDB"):
        if client.describe_table(TableName=table)["Table"].get("DeletionProtectionEnabled"):
            client.update_table(TableName=table, DeletionProtectionEnabled=False)


@permits("rds:DescribeDBInstances", "rds:ModifyDBInstance")
def unprotect_database(client: Any, name: str) -> None:
    """A database of RDS."""
    with speaking("RDS"):
        (found,) = client.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"]
        if found.get("DeletionProtection"):
            client.modify_db_instance(DBInstanceIdentifier=name, DeletionProtection=False, ApplyImmediately=True)


@permits("rds:DescribeDBClusters", "rds:ModifyDBCluster")
def unprotect_cluster(client: Any, name: str) -> None:
    """A cluster of RDS or Aurora."""
    with speaking("RDS"):
        (found,) = client.describe_db_clusters(DBClusterIdentifier=name)["DBClusters"]
        if found.get("DeletionProtection"):
            client.modify_db_cluster(DBClusterIdentifier=name, DeletionProtection=False, ApplyImmediately=True)


@permits("cognito-idp:DescribeUserPool", "cognito-idp:UpdateUserPool")
def unprotect_user_pool(client: Any, pool: str) -> None:
    """A user pool. An update resets what it does not name, which matters no more."""
    with speaking("Cognito"):
        if client.describe_user_pool(UserPoolId=pool)["UserPool"].get("DeletionProtection") == "ACTIVE":
            client.update_user_pool(UserPoolId=pool, DeletionProtection="INACTIVE")


@permits(
    "elasticloadbalancing:DescribeLoadBalancerAttributes",
    "elasticloadbalancing:ModifyLoadBalancerAttributes",
)
def unprotect_load_balancer(client: Any, arn: str) -> None:
    """A load balancer."""
    with speaking("Elastic Load Balancing"):
        attributes = client.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]
        if {"Key": "deletion_protection.enabled", "Value": "true"} in attributes:
            off = [{"Key": "deletion_protection.enabled", "Value": "false"}]
            client.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=off)


@permits("logs:DescribeLogGroups", "logs:PutLogGroupDeletionProtection")
def unprotect_log_group(client: Any, name: str) -> None:
    """A log group."""
    with speaking("CloudWatch Logs"):
        found = client.describe_log_groups(logGroupNamePrefix=name, limit=1)["logGroups"]
        if any(group["logGroupName"] == name and group.get("deletionProtectionEnabled") for group in found):
            client.put_log_group_deletion_protection(logGroupIdentifier=name, deletionProtectionEnabled=False)


def is_gone(refused: AwsRefused) -> bool:
    """Whether a refusal says that the resource exists no more."""
    return refused.code in GONE
