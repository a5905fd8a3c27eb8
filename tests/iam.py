"""Which IAM action a call needs, as AWS's service authorization reference says; most are named like the call."""

from app.sandbox.aws import AwsCall

NAMES = {
    "s3:HeadObject": "s3:GetObject",
    "s3:ListObjectsV2": "s3:ListBucket",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:PutBucketEncryption": "s3:PutEncryptionConfiguration",
    "s3:PutBucketLifecycle": "s3:PutLifecycleConfiguration",
    "s3:DeleteObjects": "s3:DeleteObject",
    "s3:ListObjectVersions": "s3:ListBucketVersions",
    "s3:ListMultipartUploads": "s3:ListBucketMultipartUploads",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
}
"""Calls that are named otherwise than the right to make them."""


def action_of(call: AwsCall) -> str:
    """The IAM action that a call needs."""
    name = f"{call.service}:{call.action}"
    return NAMES.get(name, name)
