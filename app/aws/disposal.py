"""Disposal: one resource that no stack holds any more, deleted by its own service.

Each type has a function that takes one step and says whether nothing is left of it. A type that is not here is never
deleted: there is no general way, and a wrong one loses data. What is gone already counts as deleted.
"""

from collections.abc import Callable, Mapping
from typing import Any

from app.aws.client import Aws, AwsRefused, speaking
from app.aws.permissions import permits
from app.core.errors import PermanentError
from app.core.finding import Subject

PAGE = 1000
MOST_PAGES = 20
"""Pages of a bucket that one step deletes; what is left waits for the next."""
GONE = frozenset(
    {
        "NoSuchBucket",
        "404",
        "ResourceNotFoundException",
        "QueueDoesNotExist",
        "AWS.SimpleQueueService.NonExistentQueue",
        "NotFound",
        "NotFoundException",
        "RepositoryNotFoundException",
    }
)
"""Codes of what exists no more, in the words of its service."""


class NoWay(PermanentError):
    """Nothing here knows how to delete this kind of resource by itself; somebody has to do it by hand."""


class Disposal:
    """Deletes resources in every place that the settings list."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    def can(self, type_: str) -> bool:
        """Whether resources of a type can be deleted by themselves."""
        return type_ in _STEPS

    def step(self, subject: Subject) -> bool:
        """One step towards the deletion of a resource; whether nothing is left of it.

        Raises NoWay for a type that is not known, AwsUnreachable and AwsRefused, and PlaceForbidden where the settings
        list no such account and region.
        """
        found = _STEPS.get(subject.resource_type or "")
        if found is None or not subject.resource_arn:
            raise NoWay(f"Nothing here deletes a {subject.resource_type}; somebody has to do it by hand.")
        self._aws.require(subject.account, subject.region)
        service, act = found
        clients: Any = self._aws
        client = clients.client(service, subject.account, subject.region)
        try:
            with speaking(service):
                return act(client, subject)
        except AwsRefused as refused:
            if refused.code in GONE:
                return True
            raise


@permits(
    "s3:ListBucketVersions",
    "s3:DeleteObject",
    "s3:DeleteObjectVersion",
    "s3:ListBucketMultipartUploads",
    "s3:AbortMultipartUpload",
    "s3:DeleteBucket",
)
def drop_bucket(client: Any, subject: Subject) -> bool:
    """Empty a bucket, a part of it where that is much, and delete it. One that fills again is emptied again."""
    bucket = subject.name
    for upload in client.list_multipart_uploads(Bucket=bucket).get("Uploads", []):
        client.abort_multipart_upload(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])
    for _ in range(MOST_PAGES):
        page = client.list_object_versions(Bucket=bucket, MaxKeys=PAGE)
        found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        if not found:
            return _delete_bucket(client, bucket)
        objects = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found]
        errors = client.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True}).get("Errors", [])
        if errors:
            raise PermanentError(f"{len(errors)} objects of {bucket} cannot be deleted: {errors[0].get('Message', '')}")
    return False


def _delete_bucket(client: Any, bucket: str) -> bool:
    """Delete a bucket that was found empty; False where somebody has written to it since."""
    try:
        with speaking("s3"):
            client.delete_bucket(Bucket=bucket)
    except AwsRefused as refused:
        if refused.code == "BucketNotEmpty":
            return False
        raise
    return True


@permits("logs:DeleteLogGroup")
def drop_log_group(client: Any, subject: Subject) -> bool:
    """Delete a log group with what was logged."""
    client.delete_log_group(logGroupName=subject.name)
    return True


@permits("sqs:GetQueueUrl", "sqs:DeleteQueue")
def drop_queue(client: Any, subject: Subject) -> bool:
    """Delete a queue with its messages."""
    client.delete_queue(QueueUrl=client.get_queue_url(QueueName=subject.name)["QueueUrl"])
    return True


@permits("sns:DeleteTopic")
def drop_topic(client: Any, subject: Subject) -> bool:
    """Delete a topic."""
    client.delete_topic(TopicArn=subject.resource_arn)
    return True


@permits("dynamodb:DeleteTable")
def drop_table(client: Any, subject: Subject) -> bool:
    """Delete a table; one that is protected is refused by DynamoDB, and stays."""
    client.delete_table(TableName=subject.name)
    return True


@permits("lambda:DeleteFunction")
def drop_function(client: Any, subject: Subject) -> bool:
    """Delete a function."""
    client.delete_function(FunctionName=subject.name)
    return True


@permits("events:ListTargetsByRule", "events:RemoveTargets", "events:DeleteRule")
def drop_rule(client: Any, subject: Subject) -> bool:
    """Delete a rule with its targets. Its ARN ends in `rule/<bus>/<name>`, or `rule/<name>` on the default bus."""
    bus, name = _bus_and_name(subject)
    targets = client.list_targets_by_rule(Rule=name, EventBusName=bus)["Targets"]
    if targets:
        client.remove_targets(Rule=name, EventBusName=bus, Ids=[target["Id"] for target in targets])
    client.delete_rule(Name=name, EventBusName=bus)
    return True


def _bus_and_name(subject: Subject) -> tuple[str, str]:
    path = (subject.resource_arn or "").partition(":rule/")[2]
    bus, _, name = path.rpartition("/")
    return bus or "default", name


_STEPS: Mapping[str, tuple[str, Callable[[Any, Subject], bool]]] = {
    "AWS::DynamoDB::Table": ("dynamodb", drop_table),
    "AWS::Events::Rule": ("events", drop_rule),
    "AWS::Lambda::Function": ("lambda", drop_function),
    "AWS::Logs::LogGroup": ("logs", drop_log_group),
    "AWS::S3::Bucket": ("s3", drop_bucket),
    "AWS::SNS::Topic": ("sns", drop_topic),
    "AWS::SQS::Queue": ("sqs", drop_queue),
}
