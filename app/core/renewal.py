"""Renewal: sending again what somebody deleted from the artifact bucket.

    the operation failed because          | the commit's artifacts        | then
    --------------------------------------+-------------------------------+------------------------------------------
    an object or bucket is not there      | were sent once                | all of the repository's are sent again,
                                          |                               | and the stack gets another try
    an object or bucket is not there      | were sent again already       | it stays failed: the template names an
                                          |                               | object that is not ours
    anything else                         | whatever                      | it stays failed

Looking at each object before each deployment would cost a call for every artifact, for something that hardly ever
happens; so it is the failure that tells. Words: S3's own, as CloudFormation (for a template) and Lambda pass them on,
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html.
"""

import re
from collections.abc import Iterable
from dataclasses import replace

from app.core.blueprint import Preparation
from app.core.stack import StackRecord, StackStatus

_NOT_THERE = re.compile(r"NoSuchKey|NoSuchBucket|specified (?:key|bucket) does not exist")


def without_artifacts(records: Iterable[StackRecord], preparation: Preparation | None) -> list[StackRecord]:
    """The records of stacks which failed because what was packaged for them is not there, and may get another try."""
    if preparation is None or preparation.is_renewed:
        return []
    return [record for record in records if _lacks_artifact(record)]


def afresh(record: StackRecord) -> StackRecord:
    """The record of a stack that gets another try: what CloudFormation still takes back is no failure any more."""
    forgiven = replace(record, failed=None, cause=None)
    if not record.status.is_in_progress:
        return forgiven
    return replace(forgiven, operation="delete" if record.status is StackStatus.DELETE_IN_PROGRESS else "rollback")


def _lacks_artifact(record: StackRecord) -> bool:
    has_failed = record.failed is not None and record.failed == record.payload
    return has_failed and _NOT_THERE.search(record.cause or "") is not None
