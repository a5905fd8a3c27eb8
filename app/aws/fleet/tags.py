"""Tags: of everything that a stack made, page by page, or of what is named.

The tagging API shows deleted resources for a while and never one that had no tag, so what it shows is a hint that a
list must confirm, and what it does not show has no tags
(https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html).
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

from app.aws.caller import Caller, require
from app.aws.permissions import permits
from app.core.errors import MayflyError

STACK_ID = "aws:cloudformation:stack-id"
STACK_NAME = "aws:cloudformation:stack-name"
LOGICAL_ID = "aws:cloudformation:logical-id"
_MOST_NAMED = 100

Tags = Mapping[str, str]


@dataclass(frozen=True)
class Tagged:
    """The tags by ARN; `faults` are why some could not be read, `unread` of which."""

    tags: Mapping[str, Tags]
    unread: frozenset[str] = frozenset()
    faults: tuple[str, ...] = ()

    def of(self, arn: str) -> Tags | None:
        """The tags of a resource that exists: none where none are shown; None where they could not be read."""
        return None if arn in self.unread else self.tags.get(arn, {})


@permits("tag:GetResources")
def read_made(caller: Caller, types: Sequence[str] = ()) -> Tagged:
    """The tags of everything that any stack made, or of these types (`kms:key`). Raises AwsUnreachable or AwsDenied."""
    filters: dict[str, Any] = {"ResourceTypeFilters": list(types)} if types else {}
    pages = caller.pages("resourcegroupstaggingapi", "get_resources", TagFilters=[{"Key": STACK_ID}], **filters)
    return Tagged({arn: tags for page in pages for arn, tags in _read(page).items()})


def read_named(caller: Caller, arns: Sequence[str], pool: Executor) -> Tagged:
    """The tags of these resources, a hundred a call."""
    batches = [arns[begin : begin + _MOST_NAMED] for begin in range(0, len(arns), _MOST_NAMED)]
    answers = list(pool.map(lambda batch: _read_batch(caller, batch), batches))
    return join(answers)


def join(answers: Sequence[Tagged]) -> Tagged:
    """Several readings as one."""
    return Tagged(
        {arn: tags for answer in answers for arn, tags in answer.tags.items()},
        frozenset().union(*(answer.unread for answer in answers)),
        tuple(dict.fromkeys(fault for answer in answers for fault in answer.faults)),
    )


@permits("tag:GetResources")
def _read_batch(caller: Caller, arns: Sequence[str]) -> Tagged:
    try:
        return Tagged(_read(caller.call("resourcegroupstaggingapi", "get_resources", ResourceARNList=list(arns))))
    except MayflyError as fault:
        return Tagged({}, frozenset(arns), (str(fault),))


def _read(page: Any) -> dict[str, Tags]:
    found = require(page, "ResourceTagMappingList", "resourcegroupstaggingapi")
    return {
        each["ResourceARN"].removesuffix(":*"): {tag["Key"]: tag["Value"] for tag in each.get("Tags", ())}
        for each in found
    }
