"""The artifact bucket: where templates and code lie for CloudFormation to fetch.

A key is made of the content, so an object is written once and never changed: `If-None-Match: *` makes S3 refuse a
second write (https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html). The bucket is made on
first use, private and encrypted.
"""

import base64
import hashlib
from typing import IO, TYPE_CHECKING

from botocore.exceptions import ClientError

from app.aws.client import Aws, AwsRefused, error_of, speaking
from app.aws.packaging import Artifact, Target
from app.aws.permissions import permits

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SERVICE = "S3"
_CHUNK = 1 << 20


def bucket_name(aws: Aws, account: str, region: str, configured: str | None) -> str:
    """The configured bucket, or `mayfly-artifacts-<account>-<region>`."""
    return configured or f"mayfly-artifacts-{aws.account_id(account)}-{region}"


def target_in(client: "S3Client", bucket: str, repository: str) -> Target:
    """Where a repository's artifacts go; a repository has a prefix of its own, so that it can be removed alone."""
    return Target(bucket=bucket, prefix=f"{repository.lower()}/", endpoint=client.meta.endpoint_url.rstrip("/"))


def upload(client: "S3Client", bucket: str, artifact: Artifact, region: str) -> None:
    """Put an artifact into the bucket unless it is there, and make the bucket if it is missing."""
    with artifact.open() as content:
        if not _put(client, bucket, artifact.key, content):
            make_bucket(client, bucket, region)
            content.seek(0)
            if not _put(client, bucket, artifact.key, content):
                raise AwsRefused(f"{SERVICE}: the bucket {bucket} was made but cannot be found", "NoSuchBucket")


@permits("s3:PutObject")
def _put(client: "S3Client", bucket: str, key: str, content: IO[bytes]) -> bool:
    """False where there is no such bucket."""
    try:
        with speaking(SERVICE):
            client.put_object(Bucket=bucket, Key=key, Body=content, IfNoneMatch="*", ChecksumSHA256=_checksum(content))
    except AwsRefused as refused:
        if refused.code in ("PreconditionFailed", "ConditionalRequestConflict"):
            return True
        if refused.code == "NoSuchBucket":
            return False
        raise
    return True


def _checksum(content: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := content.read(_CHUNK):
        digest.update(chunk)
    content.seek(0)
    return base64.b64encode(digest.digest()).decode()


@permits("s3:CreateBucket", "s3:PutBucketPublicAccessBlock", "s3:PutEncryptionConfiguration")
def make_bucket(client: "S3Client", bucket: str, region: str) -> None:
    """Make the bucket, closed to the public and encrypted."""
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
        client.put_public_access_block(
            Bucket=bucket,
            PublicAccessBlockConfiguration={
                "BlockPublicAcls": True,
                "IgnorePublicAcls": True,
                "BlockPublicPolicy": True,
                "RestrictPublicBuckets": True,
            },
        )
        client.put_bucket_encryption(
            Bucket=bucket,
            ServerSideEncryptionConfiguration={
                "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
            },
        )
