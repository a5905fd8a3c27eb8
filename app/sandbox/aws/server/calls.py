"""Which call a request is, and the log of all calls.

AWS has three ways to name an action: a form field (query protocol), a header (JSON protocols) and the path (REST). The
service is in the credential scope of the signature, which the emulator reads too.
"""

# ruff: noqa: SLF001  the engine has no public seams

import json
import re
from collections import deque
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from ministack.core import iam_actions, router

iam_actions._BOTOCORE_SERVICE_MAP.setdefault("lambda", ["lambda"])

# Names and tokens that tell one call from another. Whatever is not named here is never logged.
_KEPT = (
    "StackName",
    "ChangeSetName",
    "ClientRequestToken",
    "OnFailure",
    "DeletionMode",
    "NextToken",
    "FunctionName",
    "TableName",
    "QueueUrl",
    "RoleArn",
    "logGroupName",
)
_S3_PLAIN = {
    ("GET", 0): "ListBuckets",
    ("PUT", 1): "CreateBucket",
    ("HEAD", 1): "HeadBucket",
    ("DELETE", 1): "DeleteBucket",
    ("GET", 1): "ListObjectsV2",
    ("PUT", 2): "PutObject",
    ("GET", 2): "GetObject",
    ("HEAD", 2): "HeadObject",
    ("DELETE", 2): "DeleteObject",
}
_S3_ASKED = {
    ("GET", "versions"): "ListObjectVersions",
    ("GET", "uploads"): "ListMultipartUploads",
    ("POST", "uploads"): "CreateMultipartUpload",
    ("POST", "delete"): "DeleteObjects",
    ("PUT", "uploadId"): "UploadPart",
    ("POST", "uploadId"): "CompleteMultipartUpload",
    ("DELETE", "uploadId"): "AbortMultipartUpload",
}
_S3_PARTS = {
    "tagging",
    "versioning",
    "policy",
    "lifecycle",
    "encryption",
    "location",
    "publicAccessBlock",
    "cors",
    "acl",
}


@dataclass
class Call:
    """One AWS call; `protocol` is how an error must be worded: query, json, rest or s3."""

    service: str
    action: str
    region: str
    protocol: str
    parameters: dict[str, str]
    at: str = field(default_factory=lambda: datetime.now(UTC).isoformat())
    status: int | None = None
    fault: str | None = None


class CallLog:
    """The last 20,000 calls, oldest first."""

    def __init__(self) -> None:
        self._calls: deque[Call] = deque(maxlen=20_000)

    def add(self, call: Call) -> None:
        self._calls.append(call)

    def forget(self) -> None:
        self._calls.clear()

    def told(self) -> list[dict[str, Any]]:
        kept = (asdict(call) for call in self._calls)
        return [{name: value for name, value in call.items() if name != "protocol"} for call in kept]


def read_call(method: str, path: str, headers: dict[str, str], query: str, body: bytes) -> Call | None:
    """The call that a request makes; None for what is no AWS call (a visit to a deployed API)."""
    if "authorization" not in headers and "X-Amz-Credential" not in query:
        return None
    asked = parse_qs(query, keep_blank_values=True)
    fields = _fields(headers, body)
    service = router.detect_service(method, path, headers, {**fields, **asked})
    region = router.extract_region(headers, asked)
    protocol, action = _action(service, method, path, headers, {**fields, **asked})
    return Call(service, action, region, protocol, _parameters(service, path, fields))


def _fields(headers: dict[str, str], body: bytes) -> dict[str, Any]:
    kind = headers.get("content-type", "")
    if "x-www-form-urlencoded" in kind:
        return dict(parse_qs(body.decode(errors="replace"), keep_blank_values=True))
    try:
        fields = json.loads(body) if "json" in kind and body else {}
    except ValueError:
        return {}
    return fields if isinstance(fields, dict) else {}


def _action(service: str, method: str, path: str, headers: dict[str, str], fields: dict[str, Any]) -> tuple[str, str]:
    if target := headers.get("x-amz-target"):
        return "json", target.rpartition(".")[2]
    if "Action" in fields:
        return "query", _first(fields["Action"])
    if service == "s3":
        return "s3", _s3_action(method, path, fields)
    return "rest", iam_actions._match_rest_action(service, method, path, fields) or f"{method} {path}"


def _s3_action(method: str, path: str, asked: dict[str, Any]) -> str:
    depth = min(2, len([part for part in path.split("/", 2) if part]))
    for name in asked:
        if action := _S3_ASKED.get((method, name)):
            return action
        if name in _S3_PARTS:
            return f"{method.title()}{'Object' if depth == 2 else 'Bucket'}{name[0].upper()}{name[1:]}"
    return _S3_PLAIN.get((method, depth), f"{method} {path}")


def _parameters(service: str, path: str, fields: dict[str, Any]) -> dict[str, str]:
    kept = {name: _first(fields[name]) for name in _KEPT if name in fields}
    if service == "s3":
        bucket, _, key = path.strip("/").partition("/")
        kept |= {name: value for name, value in (("Bucket", bucket), ("Key", key)) if value}
    if service == "lambda" and (named := re.search(r"/functions/([^/]+)", path)):
        kept["FunctionName"] = named[1]
    return kept


def _first(value: Any) -> str:
    return str(value[0] if isinstance(value, list) and value else value)
