"""Resources as AWS keeps them: full buckets refuse to go, tags arrive, templates are found by their AWS address.

The emulator empties a bucket with its stack, drops the tags of buckets and hides those of log groups, and knows S3
addresses by path only. Whoever deploys environments, removes them and looks for what they left lives on all of it.
"""

# ruff: noqa: SLF001  the engine has no public seams

import re
from collections.abc import Callable, Iterator
from typing import Any

from ministack.core.responses import get_account_id, get_region, new_uuid
from ministack.services import cloudwatch_logs, s3, tagging
from ministack.services.cloudformation import helpers, provisioners

BUCKET = "AWS::S3::Bucket"
Tags = list[dict[str, str]]


def install() -> None:
    """Stand before the emulator's provisioners."""
    bucket = provisioners._RESOURCE_HANDLERS[BUCKET]
    bucket["create"] = _tagged(bucket["create"])
    bucket["update"] = _tagged(bucket["update"])
    bucket["delete"] = _unless_full(bucket["delete"])
    provisioners._STACK_TAG_PROPERTY[BUCKET] = ("Tags", "list")
    tagging._COLLECTORS["logs"] = _log_groups
    helpers._resolve_document = _found_in_s3(helpers._resolve_document)


def _unless_full(delete: Callable[[str, dict], None]) -> Callable[[str, dict], None]:
    """S3 answers 409 BucketNotEmpty while a bucket holds an object, a version or a delete marker."""

    def unless_full(name: str, properties: dict) -> None:
        if s3._buckets.get(name, {}).get("objects") or s3._bucket_has_versions(name):
            said = (
                f"The bucket you tried to delete is not empty (Service: S3, Status Code: 409, Request ID: {new_uuid()})"
            )
            token = f"(RequestToken: {new_uuid()}, HandlerErrorCode: GeneralServiceException)"
            raise ValueError(f'Resource handler returned message: "{said} (SDK Attempt Count: 1)" {token}')
        delete(name, properties)

    return unless_full


def _tagged(make: Callable[..., tuple[str, dict]]) -> Callable[..., tuple[str, dict]]:
    """Put the template's and the stack's tags on a bucket that was made or changed."""

    def tagged(name: str, *properties: Any) -> tuple[str, dict]:
        bucket, attributes = make(name, *properties)
        wanted = properties[-2].get("Tags", [])
        s3._bucket_tags[bucket] = {tag["Key"]: str(tag["Value"]) for tag in wanted}
        return bucket, attributes

    return tagged


def _log_groups() -> Iterator[tuple[str, Tags]]:
    """Log groups for the Resource Groups Tagging API, which the emulator leaves out."""
    for name, group in cloudwatch_logs._log_groups.items():
        arn = f"arn:aws:logs:{get_region()}:{get_account_id()}:log-group:{name}"
        yield arn, [{"Key": key, "Value": value} for key, value in group.get("tags", {}).items()]


def _found_in_s3(resolve: Callable[..., tuple]) -> Callable[..., tuple]:
    """Find `https://<bucket>.s3.<region>.amazonaws.com/<key>`, the form that AWS asks for in TemplateURL, here."""
    virtual_host = re.compile(r"https://(?P<bucket>[a-z0-9.-]+?)\.s3[a-z0-9.-]*\.amazonaws\.com/(?P<key>.+)")

    def found(params: dict[str, Any], body: str, url: str, label: str) -> tuple:
        asked = virtual_host.fullmatch(helpers._p(params, url))
        here = {url: [f"https://s3.amazonaws.com/{asked['bucket']}/{asked['key']}"]} if asked else {}
        return resolve({**params, **here}, body, url, label)

    return found
