"""The artifact bucket over real HTTP: made on first use, closed to the public, each content written once."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import IO, TYPE_CHECKING

import boto3
import pytest
from botocore.config import Config

from app.aws.artifacts import FRESH, LIFE, bucket_name, make_bucket, target_in, upload
from app.aws.client import Aws, AwsDenied, AwsRefused, AwsUnreachable
from app.aws.packaging import Artifact
from app.sandbox.aws import AwsControl, AwsSandbox

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

BUCKET, REGION = "mayfly-artifacts-111122223333-eu-west-1", "eu-west-1"
NOW = datetime.now(UTC)
"""The stand-in writes down when an object came, by the clock of this machine."""


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsSandbox]:
    with AwsSandbox.start() as running:
        yield running


@pytest.fixture(scope="module")
def connected(aws: AwsSandbox) -> Iterator["S3Client"]:
    client = boto3.client(
        "s3",
        endpoint_url=aws.endpoint_url,
        region_name=REGION,
        aws_access_key_id="111122223333",
        aws_secret_access_key="sandbox",
        config=Config(retries={"mode": "standard", "total_max_attempts": 2}),
    )
    yield client
    client.close()


@pytest.fixture
def client(connected: "S3Client", aws: AwsSandbox) -> "S3Client":
    aws.control.reset()
    return connected


@pytest.fixture
def control(aws: AwsSandbox) -> AwsControl:
    return aws.control


def an_artifact(content: bytes = b"code", key: str = "acme/shop/1.zip") -> Artifact:
    """Something to upload."""

    def write(target: IO[bytes]) -> None:
        target.write(content)

    return Artifact(key=key, digest="d" * 64, origin="template.yaml:1", _write=write)


def stored(client: "S3Client", key: str = "acme/shop/1.zip") -> bytes:
    return client.get_object(Bucket=BUCKET, Key=key)["Body"].read()


def actions(control: AwsControl) -> list[str]:
    return [call.action for call in control.calls("s3")]


def test_the_bucket_is_made_on_first_use_closed_and_encrypted(client: "S3Client") -> None:
    upload(client, BUCKET, an_artifact(), REGION, NOW)
    assert stored(client) == b"code"
    assert all(client.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"].values())
    rules = client.get_bucket_encryption(Bucket=BUCKET)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rules[0]["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"


def test_a_bucket_of_ours_drops_what_is_older_than_any_environment(client: "S3Client") -> None:
    upload(client, BUCKET, an_artifact(), REGION, NOW)
    (rule,) = client.get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"]
    assert (rule["Status"], rule["Expiration"]) == ("Enabled", {"Days": LIFE.days})
    assert rule["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 7}


def test_an_object_that_is_wanted_is_written_anew_long_before_its_end(client: "S3Client", control: AwsControl) -> None:
    written_at = upload(client, BUCKET, an_artifact(b"first"), REGION, NOW)
    control.forget_calls()
    again_at = upload(client, BUCKET, an_artifact(b"second"), REGION, NOW + timedelta(days=1))
    assert (written_at, abs(again_at - NOW) < timedelta(minutes=5)) == (NOW, True)
    assert (stored(client), actions(control)[:2]) == (b"first", ["PutObject", "HeadObject"])
    late = NOW + FRESH + timedelta(days=1)
    assert upload(client, BUCKET, an_artifact(b"third"), REGION, late) == late
    assert stored(client) == b"third"


def test_an_object_that_may_not_be_looked_at_counts_as_new(client: "S3Client", control: AwsControl) -> None:
    upload(client, BUCKET, an_artifact(), REGION, NOW)
    control.error("s3", "HeadObject", code="AccessDenied", status=403)
    assert upload(client, BUCKET, an_artifact(), REGION, NOW) == NOW


def test_a_bucket_that_is_there_is_not_made_again(client: "S3Client", control: AwsControl) -> None:
    make_bucket(client, BUCKET, REGION)
    control.forget_calls()
    upload(client, BUCKET, an_artifact(), REGION, NOW)
    assert actions(control) == ["PutObject"]


def test_what_is_there_is_never_changed(client: "S3Client") -> None:
    upload(client, BUCKET, an_artifact(b"first"), REGION, NOW)
    upload(client, BUCKET, an_artifact(b"second"), REGION, NOW)
    assert stored(client) == b"first"


def test_making_a_bucket_twice_does_no_harm(client: "S3Client") -> None:
    make_bucket(client, BUCKET, REGION)
    make_bucket(client, BUCKET, REGION)


def test_an_upload_whose_answer_is_lost_is_made_once(client: "S3Client", control: AwsControl) -> None:
    make_bucket(client, BUCKET, REGION)
    control.drop("s3", "PutObject", when="after")
    upload(client, BUCKET, an_artifact(), REGION, NOW)
    assert stored(client) == b"code"


FAULTS: dict[str, Callable[[AwsControl, str], None]] = {
    "throttled": lambda control, action: control.error("s3", action, code="SlowDown", status=503, times=None),
    "unavailable": lambda control, action: control.unavailable("s3", action, times=None),
    "dropped": lambda control, action: control.drop("s3", action, times=None),
    "token expired": lambda control, action: control.expire_token("s3", action, times=None),
    "made by another at this moment": lambda control, action: control.error(
        "s3", action, code="OperationAborted", message="A conflicting operation is in progress", status=409, times=None
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("action", ["PutObject", "CreateBucket", "PutBucketEncryption", "PutBucketLifecycle"])
def test_an_upload_that_does_not_get_through_may_work_later(
    client: "S3Client", control: AwsControl, action: str, fault: str
) -> None:
    FAULTS[fault](control, action)
    with pytest.raises(AwsUnreachable, match="S3"):
        upload(client, BUCKET, an_artifact(), REGION, NOW)
    control.heal()
    upload(client, BUCKET, an_artifact(), REGION, NOW)
    assert stored(client) == b"code"


def test_a_permission_that_is_missing_is_named(client: "S3Client", control: AwsControl) -> None:
    control.error("s3", "PutObject", code="AccessDenied", message="not authorized: s3:PutObject", status=403)
    with pytest.raises(AwsDenied, match="s3:PutObject"):
        upload(client, BUCKET, an_artifact(), REGION, NOW)


def test_a_bucket_of_somebody_else_is_refused_with_a_way_out(client: "S3Client", control: AwsControl) -> None:
    control.error("s3", "CreateBucket", code="BucketAlreadyExists", message="Not available", status=409)
    with pytest.raises(AwsRefused, match=f"{BUCKET} belongs to somebody else; set MAYFLY_AWS__ARTIFACT_BUCKET"):
        upload(client, BUCKET, an_artifact(), REGION, NOW)


def test_the_bucket_is_named_after_account_and_region(aws: AwsSandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in aws.environment().items():
        monkeypatch.setenv(name, value)
    assert bucket_name(Aws(), "default", REGION, None) == BUCKET
    assert bucket_name(Aws(), "default", REGION, "our-own") == "our-own"


def test_each_repository_has_a_prefix_of_its_own(client: "S3Client", aws: AwsSandbox) -> None:
    target = target_in(client, BUCKET, "Acme/Shop")
    assert (target.bucket, target.prefix, target.endpoint) == (BUCKET, "acme/shop/", aws.endpoint_url)


def test_a_large_artifact_is_streamed(client: "S3Client") -> None:
    upload(client, BUCKET, an_artifact(b"x" * 3_000_000), REGION, NOW)
    assert len(stored(client)) == 3_000_000
