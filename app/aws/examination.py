"""What AWS says of our own rights: for the doctor alone, which changes nothing.

`SimulatePrincipalPolicy` (https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html) knows
the caller's policies and boundary; organisations' policies it sees only in part. It is asked as if the stack carried
our tag, since the role may change no other.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.aws.client import Aws, speaking
from app.aws.permissions import permits

_ASSUMED = re.compile(r"arn:(?P<partition>[^:]+):sts::(?P<account>\d+):assumed-role/(?P<role>[^/]+)/.+")
_PORTION = 50
"""Actions in one simulation, well within what one request may hold."""
_OF_OBJECTS = ("Object", "ObjectVersion", "AbortMultipartUpload")
"""How S3's actions end that are done to an object and not to its bucket."""
OF_THE_QUEUE = frozenset({"sqs:ReceiveMessage", "sqs:DeleteMessage"})
"""What is done to the queue of stack events alone."""
_AS_OURS = [
    {"ContextKeyName": key, "ContextKeyValues": ["mayfly"], "ContextKeyType": "string"}
    for key in ("aws:ResourceTag/mayfly:managed", "aws:RequestTag/mayfly:managed")
]


@dataclass(frozen=True)
class Ours:
    """What lies in AWS for Mayfly itself, which the policy names: the artifact bucket and the queue of stack events."""

    bucket: str
    region: str
    queue_url: str | None = None


@permits("sts:GetCallerIdentity")
def caller(aws: Aws, account: str, region: str) -> str:
    """The ARN of the role or user that we are in an account, the way IAM names it."""
    with speaking("STS"):
        arn = str(aws.client("sts", account, region).get_caller_identity()["Arn"])
    found = _ASSUMED.fullmatch(arn)
    return "arn:{partition}:iam::{account}:role/{role}".format(**found.groupdict()) if found else arn


@permits("iam:SimulatePrincipalPolicy")
def denied_actions(aws: Aws, account: str, region: str, arn: str, actions: Sequence[str], ours: Ours) -> list[str]:
    """Those of the actions that the principal may not do. Raises AwsDenied where that may not be asked."""
    client = aws.client("iam", account, region)
    denied: list[str] = []
    for resource, portion in _portions(actions, arn, ours):
        with speaking("IAM"):
            answer = client.simulate_principal_policy(
                PolicySourceArn=arn, ActionNames=portion, ResourceArns=[resource], ContextEntries=_AS_OURS
            )
        denied += [each["EvalActionName"] for each in answer["EvaluationResults"] if each["EvalDecision"] != "allowed"]
    return sorted(denied)


def _portions(actions: Sequence[str], arn: str, ours: Ours) -> Iterator[tuple[str, list[str]]]:
    """The actions with what they are done to: a policy that names resources allows nothing on `*`."""
    by_resource: dict[str, list[str]] = {}
    for action in actions:
        by_resource.setdefault(_resource(action, arn, ours), []).append(action)
    for resource, listed in by_resource.items():
        for start in range(0, len(listed), _PORTION):
            yield resource, listed[start : start + _PORTION]


def _resource(action: str, arn: str, ours: Ours) -> str:
    _, partition, _, _, account, _ = arn.split(":", 5)
    service, _, verb = action.partition(":")
    if service == "cloudformation":
        return f"arn:{partition}:cloudformation:eu-west-1:{account}:stack/mayfly/0"
    if service == "s3":
        return f"arn:{partition}:s3:::{ours.bucket}{'/key' if verb.endswith(_OF_OBJECTS) else ''}"
    if action in OF_THE_QUEUE and ours.queue_url:
        owner, _, name = ours.queue_url.rpartition("/")
        return f"arn:{partition}:sqs:{ours.region}:{owner.rpartition('/')[2]}:{name}"
    return "*"


@permits("iam:GetRole")
def is_trusted_by_cloudformation(aws: Aws, account: str, region: str, role_arn: str) -> bool:
    """Whether CloudFormation may assume the role. Raises AwsRefused where there is no such role."""
    client = aws.client("iam", account, region)
    with speaking("IAM"):
        role = client.get_role(RoleName=role_arn.rpartition("/")[2])["Role"]
    return "cloudformation.amazonaws.com" in str(role["AssumeRolePolicyDocument"])


@permits("s3:ListBucket")
def has_bucket(aws: Aws, account: str, region: str, bucket: str) -> bool:
    """Whether the bucket is there and ours. Raises AwsDenied where it is somebody else's."""
    client = aws.client("s3", account, region)
    with speaking("S3"):
        try:
            client.head_bucket(Bucket=bucket)
        except client.exceptions.ClientError as error:
            if error.response["Error"]["Code"] in ("404", "NoSuchBucket"):
                return False
            raise
    return True


@permits("sqs:GetQueueAttributes")
def waiting_messages(aws: Aws, account: str, region: str, url: str) -> int:
    """How many messages wait in a queue. Raises AwsRefused where there is none of that address."""
    client = aws.client("sqs", account, region)
    with speaking("SQS"):
        told = client.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    return int(told["Attributes"]["ApproximateNumberOfMessages"])


@permits("cloudformation:ListStacks")
def can_list_stacks(aws: Aws, account: str, region: str) -> None:
    """Ask CloudFormation for anything at all. Raises MayflyError where that does not work."""
    client = aws.client("cloudformation", account, region)
    with speaking("CloudFormation"):
        client.list_stacks(StackStatusFilter=["CREATE_IN_PROGRESS"])
