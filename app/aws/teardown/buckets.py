"""Buckets: emptied of every object, version, delete marker and unfinished upload, a page of each at a time.

Only then CloudFormation deletes one (https://docs.aws.amazon.com/AmazonS3/latest/userguide/delete-bucket.html).
"""

from typing import TYPE_CHECKING, Any

from app.aws.client import AwsRefused, speaking
from app.aws.permissions import permits

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

SERVICE = "S3"
MOST_PAGES = 20
"""Pages of at most a thousand versions that one pass deletes; what is left waits for the next."""
_GONE = frozenset({"NoSuchBucket", "404"})


def empty(client: "S3Client", bucket: str, pages: int = MOST_PAGES) -> bool:
    """Delete what a bucket holds, a part of it where that is much; whether nothing is left.

    Whoever still writes may fill it again: then the next pass empties it again.
    """
    try:
        if not _drop_uploads(client, bucket):
            return False
        return any(_drop_page(client, bucket) for _ in range(pages))
    except AwsRefused as refused:
        if refused.code in _GONE:
            return True
        raise


@permits("s3:ListBucketVersions", "s3:DeleteObject", "s3:DeleteObjectVersion")
def _drop_page(client: "S3Client", bucket: str) -> bool:
    """Delete one page of versions and delete markers; whether there was nothing to delete."""
    with speaking(SERVICE):
        page = client.list_object_versions(Bucket=bucket)
        found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        if not found:
            return True
        objects: Any = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found]
        answer = client.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True})
    _raise_first(answer.get("Errors", []), bucket)
    return False


def _raise_first(errors: Any, bucket: str) -> None:
    if errors:
        first = errors[0]
        text = f"{SERVICE}: {len(errors)} objects of {bucket} cannot be deleted: {first.get('Message', '')}"
        raise AwsRefused(text, first.get("Code", ""))


@permits("s3:ListBucketMultipartUploads", "s3:AbortMultipartUpload")
def _drop_uploads(client: "S3Client", bucket: str) -> bool:
    """Abort one page of unfinished uploads, which cost and are no objects; whether those were all."""
    with speaking(SERVICE):
        page = client.list_multipart_uploads(Bucket=bucket)
        for upload in page.get("Uploads", []):
            client.abort_multipart_upload(Bucket=bucket, Key=upload["Key"], UploadId=upload["UploadId"])
    return not page.get("IsTruncated", False)
