"""Checks: whether what only the tagging API shows is really there.

The types that CDK retains by default and that have no cheap list. One call for each that is suspected, which is few.
"""

from dataclasses import dataclass
from typing import Any

from app.aws.caller import Caller
from app.aws.client import AwsRefused
from app.aws.permissions import permits

_NOT_FOUND = ("NotFound", "NoSuch", "DoesNotExist")


@dataclass(frozen=True)
class Check:
    """The call that describes one resource of a type; `many` where it takes a list of names."""

    tagged: str
    service: str
    operation: str
    argument: str
    many: bool = False


CHECKS = {
    "AWS::Cognito::UserPool": Check("cognito-idp:userpool", "cognito-idp", "describe_user_pool", "UserPoolId"),
    "AWS::ECR::Repository": Check("ecr:repository", "ecr", "describe_repositories", "repositoryNames", many=True),
    "AWS::EFS::FileSystem": Check("elasticfilesystem:file-system", "efs", "describe_file_systems", "FileSystemId"),
    "AWS::KMS::Key": Check("kms:key", "kms", "describe_key", "KeyId"),
    "AWS::Kinesis::Stream": Check("kinesis:stream", "kinesis", "describe_stream_summary", "StreamName"),
}
TAGGED = tuple(check.tagged for check in CHECKS.values())


@permits(
    "cognito-idp:DescribeUserPool",
    "ecr:DescribeRepositories",
    "elasticfilesystem:DescribeFileSystems",
    "kms:DescribeKey",
    "kinesis:DescribeStreamSummary",
)
def is_there(caller: Caller, type: str, name: str) -> bool:  # noqa: A002 - CloudFormation's word for it
    """Whether a resource exists and is not on its way out. Raises AwsUnreachable, AwsDenied or AwsRefused."""
    check = CHECKS[type]
    asked: dict[str, Any] = {check.argument: [name] if check.many else name}
    try:
        answer = caller.call(check.service, check.operation, **asked)
    except AwsRefused as refused:
        if any(word in refused.code for word in _NOT_FOUND):
            return False
        raise
    return answer.get("KeyMetadata", {}).get("KeyState") not in ("PendingDeletion", "PendingReplicaDeletion")
