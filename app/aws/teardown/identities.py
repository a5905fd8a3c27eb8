"""Roles and users to which something was attached that no template knows: it has to go before they can."""

from typing import Any

from app.aws.client import speaking
from app.aws.permissions import permits

SERVICE = "IAM"


@permits(
    "iam:ListAttachedRolePolicies",
    "iam:DetachRolePolicy",
    "iam:ListRolePolicies",
    "iam:DeleteRolePolicy",
    "iam:ListInstanceProfilesForRole",
    "iam:RemoveRoleFromInstanceProfile",
)
def bare_role(client: Any, role: str) -> None:
    """Detach and delete everything that holds a role."""
    with speaking(SERVICE):
        for policy in client.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
            client.detach_role_policy(RoleName=role, PolicyArn=policy["PolicyArn"])
        for name in client.list_role_policies(RoleName=role)["PolicyNames"]:
            client.delete_role_policy(RoleName=role, PolicyName=name)
        for profile in client.list_instance_profiles_for_role(RoleName=role)["InstanceProfiles"]:
            client.remove_role_from_instance_profile(RoleName=role, InstanceProfileName=profile["InstanceProfileName"])


@permits(
    "iam:ListAttachedUserPolicies",
    "iam:DetachUserPolicy",
    "iam:ListUserPolicies",
    "iam:DeleteUserPolicy",
    "iam:ListAccessKeys",
    "iam:DeleteAccessKey",
)
def bare_user(client: Any, user: str) -> None:
    """Detach and delete what holds a user: policies, and keys that were made for it by hand."""
    with speaking(SERVICE):
        for policy in client.list_attached_user_policies(UserName=user)["AttachedPolicies"]:
            client.detach_user_policy(UserName=user, PolicyArn=policy["PolicyArn"])
        for name in client.list_user_policies(UserName=user)["PolicyNames"]:
            client.delete_user_policy(UserName=user, PolicyName=name)
        for key in client.list_access_keys(UserName=user)["AccessKeyMetadata"]:
            client.delete_access_key(UserName=user, AccessKeyId=key["AccessKeyId"])
