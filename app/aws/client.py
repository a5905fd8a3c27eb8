"""boto3 clients per account and region, and AWS's faults as our three errors."""

import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, overload

import boto3
import botocore.session
from botocore.config import Config
from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError

from app.aws.permissions import permits
from app.core.errors import ConfigurationError, PermanentError, TransientError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sts import STSClient

DEFAULT_ACCOUNT = "default"
"""The name of the account that boto3's own credentials belong to."""

_CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": 4},
    connect_timeout=5,
    read_timeout=30,
    request_checksum_calculation="when_required",
    user_agent_extra="mayfly",
)
_READING = _CONFIG.merge(Config(retries={"mode": "adaptive", "total_max_attempts": 4}))
_TRANSIENT = frozenset(
    {
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "RequestLimitExceeded",
        "SlowDown",
        "ServiceUnavailable",
        "InternalFailure",
        "InternalError",
        "RequestTimeout",
        "ExpiredToken",
        "ExpiredTokenException",
        "RequestExpired",
        "LimitExceeded",
        "LimitExceededException",
        "OperationAborted",
    }
)
"""Codes of what passes: by itself, or once something else has ended, such as a stack that counts against a quota."""
_UNKNOWN_CALLER = frozenset(
    {
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "SignatureDoesNotMatch",
        "InvalidSignatureException",
        "IncompleteSignature",
        "InvalidAccessKeyId",
        "InvalidToken",
        "AuthFailure",
    }
)
"""Codes of credentials that are not good: no fault of the template, so it is tried again when they are."""
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "UnauthorizedAccess"})


class AwsUnreachable(TransientError):
    """AWS did not answer; the same call may work later."""


class PlaceForbidden(PermanentError):
    """The server's settings let no stack go there."""


class AwsDenied(PermanentError):
    """AWS did not allow a call."""


class AwsRefused(PermanentError):
    """AWS refused a call for what it says."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class AccountRole:
    """How a further account is entered: the role to assume, and the external id that its trust policy demands; and
    the regions in which stacks may go there, those of the server where none are named."""

    role_arn: str
    external_id: str | None = None
    regions: tuple[str, ...] = ()


class Aws:
    """The accounts and regions that the server may use, and a client for each service there."""

    def __init__(self, regions: Sequence[str] = (), roles: Mapping[str, AccountRole] | None = None) -> None:
        self._roles = dict(roles or {})
        self._lock = threading.Lock()
        self._clients: dict[tuple[str, str, str, bool], Any] = {}
        self._sessions: dict[str, boto3.Session] = {}
        self._account_ids: dict[str, str] = {}
        self._session = _own_session()
        self.regions = tuple(regions) or self._own_region()

    def _own_region(self) -> tuple[str, ...]:
        region = self._session.region_name
        if not region:
            raise ConfigurationError("no AWS region: set MAYFLY_AWS__REGIONS, or AWS_REGION as for any AWS program")
        return (region,)

    @property
    def places(self) -> dict[str, tuple[str, ...]]:
        """The regions that stacks may go to, for each account; the first is where one goes that names none."""
        further = {name: role.regions or self.regions for name, role in self._roles.items()}
        return {DEFAULT_ACCOUNT: self.regions, **further}

    def require(self, account: str, region: str) -> None:
        """Raise PlaceForbidden unless the server's settings let stacks go there."""
        if region not in self.places.get(account, ()):
            raise PlaceForbidden(
                f"MAYFLY_AWS__REGIONS and MAYFLY_AWS__ACCOUNTS let no stack go to {account}/{region}; "
                "choose another place, or allow this one"
            )

    @overload
    def client(self, service: Literal["cloudformation"], account: str, region: str) -> "CloudFormationClient": ...
    @overload
    def client(self, service: Literal["s3"], account: str, region: str) -> "S3Client": ...
    @overload
    def client(self, service: Literal["sqs"], account: str, region: str) -> "SQSClient": ...
    @overload
    def client(self, service: Literal["sts"], account: str, region: str) -> "STSClient": ...
    @overload
    def client(self, service: str, account: str, region: str) -> Any: ...
    def client(self, service: Any, account: str, region: str) -> Any:
        """A client; made once, since making one costs more than most calls."""
        return self._client(service, account, region, _CONFIG)

    def reader(self, service: str, account: str, region: str) -> Any:
        """A client for reading at leisure: it slows down when AWS says so, and no deployment waits behind it."""
        return self._client(service, account, region, _READING)

    def _client(self, service: Any, account: str, region: str, config: Config) -> Any:
        with self._lock:
            key = (service, account, region, config is _READING)
            if key not in self._clients:
                session = self._sessions.setdefault(account, self._enter(account))
                self._clients[key] = session.client(service, region_name=region, config=config)
            return self._clients[key]

    @permits("sts:AssumeRole")
    def _enter(self, account: str) -> boto3.Session:
        """A session whose credentials are the account's role, renewed by boto3 before they run out."""
        if account == DEFAULT_ACCOUNT:
            return self._session
        role = self._roles.get(account)
        if role is None:
            raise ConfigurationError(
                f"MAYFLY_AWS__ACCOUNTS has no account {account!r}, in which a stack of ours stands"
            )
        external = {"ExternalId": role.external_id} if role.external_id else {}
        fetcher = AssumeRoleCredentialFetcher(
            self._session._session.create_client,  # noqa: SLF001 - boto3 hands it out in no other way
            self._session.get_credentials(),
            role.role_arn,
            extra_args={"RoleSessionName": "mayfly", **external},
        )
        core = botocore.session.get_session()
        core._credentials = DeferredRefreshableCredentials(fetcher.fetch_credentials, "assume-role")  # type: ignore[attr-defined] # noqa: SLF001
        return boto3.Session(botocore_session=core)

    def counterpart(self, account: str, role_arn: str) -> str:
        """The role of the same name in `account`, as `infra/account.yaml` makes it there; in our own, itself."""
        entry = self._roles.get(account)
        if entry is None:
            return role_arn
        parts = role_arn.split(":", 5)
        return ":".join([*parts[:4], entry.role_arn.split(":")[4], *parts[5:]])

    @permits("sts:GetCallerIdentity")
    def account_id(self, account: str) -> str:
        """The twelve digits of an account."""
        if account not in self._account_ids:
            with speaking("STS"):
                identity = self.client("sts", account, self.regions[0]).get_caller_identity()
            self._account_ids[account] = identity["Account"]
        return self._account_ids[account]


def _own_session() -> boto3.Session:
    try:
        return boto3.Session(region_name=os.environ.get("AWS_REGION") or None)  # boto3 leaves this one out
    except BotoCoreError as error:
        raise ConfigurationError(f"AWS: {_one_line(str(error))}; check AWS_PROFILE and AWS_CONFIG_FILE") from None


@contextmanager
def speaking(service: str) -> Iterator[None]:
    """Turn what boto3 raises inside the block into AwsUnreachable, AwsDenied or AwsRefused, without secrets."""
    try:
        yield
    except ClientError as error:
        raise _translate(service, error) from None
    except (NoCredentialsError, NoRegionError) as error:
        raise AwsUnreachable(f"{service}: {error}; give Mayfly AWS credentials as for any AWS program") from None
    except BotoCoreError as error:
        raise AwsUnreachable(f"{service} did not answer properly: {_one_line(str(error))}") from None


def _translate(service: str, error: ClientError) -> Exception:
    code, message = error_of(error)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    text = f"{service}: {_one_line(message) or code}"
    if code in _TRANSIENT or status >= 500 or "Rate exceeded" in message:
        return AwsUnreachable(text)
    if code in _UNKNOWN_CALLER:
        return AwsUnreachable(f"{text} (check the AWS credentials that Mayfly runs with)")
    if code in _DENIED:
        return AwsDenied(f"{text} (give Mayfly's role this permission)")
    return AwsRefused(text, code)


def error_of(error: ClientError) -> tuple[str, str]:
    """The code and the message that AWS sent."""
    content = error.response.get("Error", {})
    return content.get("Code", ""), content.get("Message", "")


def _one_line(text: str) -> str:
    return " ".join(text.split())[:500]
