"""The artifact bucket: where templates and code lie for CloudFormation to fetch.

A key is made of the content, so an object is written once and never changed: `If-None-Match: *` makes S3 refuse a
second write (https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html). The bucket is made on
first use: private, encrypted, and emptied of what is older than any environment. An object that is still wanted is
written anew long before that.
"""

import base64
import hashlib
from datetime import datetime, timedelta
from enum import Enum
from typing import IO, TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from app.aws.client import Aws, AwsRefused, error_of, speaking
from app.aws.packaging import Artifact, Target
from app.aws.permissions import permits
from app.core.errors import PermanentError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import (
        BucketLifecycleConfigurationTypeDef,
        PublicAccessBlockConfigurationTypeDef,
        ServerSideEncryptionConfigurationTypeDef,
    )

SERVICE = "S3"
LIFE = timedelta(days=365)
"""How long an object stays in a bucket of ours. A rollback reads the artifact of the version before, so this is far
beyond the time between two deployments of one environment."""
FRESH = LIFE / 2
"""An object that is older is written anew when it is wanted, so that its life begins again."""
PARTS = 7
"""Days after which an upload that was never finished is dropped."""
_CHUNK = 1 << 20
_CLOSED: "PublicAccessBlockConfigurationTypeDef" = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}
_ENCRYPTED: "ServerSideEncryptionConfigurationTypeDef" = {
    "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
}
_SWEPT: "BucketLifecycleConfigurationTypeDef" = {
    "Rules": [
        {
            "ID": "mayfly",
            "Status": "Enabled",
            "Filter": {"Prefix": ""},
            "Expiration": {"Days": LIFE.days},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": PARTS},
        }
    ]
}


def bucket_name(aws: Aws, account: str, region: str, configured: str | None) -> str:
    """The configured bucket, or `mayfly-artifacts-<account>-<region>`."""
    return configured or f"mayfly-artifacts-{aws.account_id(account)}-{region}"


def target_in(client: "S3Client", bucket: str, repository: str) -> Target:
    """Where a repository's artifacts go; a repository has a prefix of its own, so that it can be removed alone."""
    return Target(bucket=bucket, prefix=f"{repository.lower()}/", endpoint=client.meta.endpoint_url.rstrip("/"))


class Put(Enum):
    """What became of an object."""

    WRITTEN = "written"
    THERE = "there already"
    NO_BUCKET = "no such bucket"


def upload(client: "S3Client", bucket: str, artifact: Artifact, region: str, now: datetime) -> datetime:
    """Put an artifact into the bucket unless it is there, and make the bucket if it is missing; when it was written."""
    with artifact.open() as content:
        answer = _put(client, bucket, artifact.key, content)
        if answer is Put.NO_BUCKET:
            make_bucket(client, bucket, region)
            answer = _put(client, bucket, artifact.key, content)
        if answer is Put.NO_BUCKET:
            raise AwsRefused(f"{SERVICE}: the bucket {bucket} was made but cannot be found", "NoSuchBucket")
        written_at = _written_at(client, bucket, artifact.key, now) if answer is Put.THERE else now
        if written_at < now - FRESH:
            _put(client, bucket, artifact.key, content, anew=True)
            return now
        return written_at


@permits("s3:PutObject")
def _put(client: "S3Client", bucket: str, key: str, content: IO[bytes], *, anew: bool = False) -> Put:
    content.seek(0)
    only_if_missing: dict[str, Any] = {} if anew else {"IfNoneMatch": "*"}
    try:
        with speaking(SERVICE):
            client.put_object(
                Bucket=bucket, Key=key, Body=content, ChecksumSHA256=_checksum(content), **only_if_missing
            )
    except AwsRefused as refused:
        if refused.code in ("PreconditionFailed", "ConditionalRequestConflict"):
            return Put.THERE
        if refused.code == "NoSuchBucket":
            return Put.NO_BUCKET
        raise
    return Put.WRITTEN


@permits("s3:GetObject")
def _written_at(client: "S3Client", bucket: str, key: str, now: datetime) -> datetime:
    """When an object was written. One that may not be looked at, or is being written, counts as new."""
    try:
        with speaking(SERVICE):
            return min(client.head_object(Bucket=bucket, Key=key)["LastModified"], now)
    except PermanentError:
        return now


def _checksum(content: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := content.read(_CHUNK):
        digest.update(chunk)
    content.seek(0)
    return base64.b64encode(digest.digest()).decode()


@permits(
    "s3:CreateBucket", "s3:PutBucketPublicAccessBlock", "s3:PutEncryptionConfiguration", "s3:PutLifecycleConfiguration"
)
def make_bucket(client: "S3Client", bucket: str, region: str) -> None:
    """Make the bucket, closed to the public, encrypted, and without what is older than LIFE."""
    place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    with speaking(SERVICE):
        try:
            client.create_bucket(Bucket=bucket, **place)  # type: ignore[arg-type]
        except ClientError as error:
            code = error_of(error)[0]
            if code == "BucketAlreadyExists":
                text = f"{SERVICE}: the bucket {bucket} belongs to somebody else; set MAYFLY_AWS__ARTIFACT_BUCKET"
                raise AwsRefused(text, code) from None
            if code != "BucketAlreadyOwnedByYou":
                raise
        client.put_public_access_block(Bucket=bucket, PublicAccessBlockConfiguration=_CLOSED)
        client.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration=_ENCRYPTED)
        client.put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration=_SWEPT)
