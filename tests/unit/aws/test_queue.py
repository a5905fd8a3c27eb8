"""Stack status changes as they come from the queue: what is understood, and what is not."""

import json
from typing import Any

import pytest

from app.aws.queue import StatusChange, read_change, region_of
from app.core.stack import StackStatus

EVENT: dict[str, Any] = {
    "version": "0",
    "id": "1a2b",
    "source": "aws.cloudformation",
    "detail-type": "CloudFormation Stack Status Change",
    "account": "111122223333",
    "region": "eu-west-1",
    "time": "2026-03-02T10:00:00Z",
    "resources": ["arn:stack"],
    "detail": {
        "stack-id": "arn:stack",
        "status-details": {"status": "CREATE_COMPLETE", "status-reason": ""},
        "client-request-token": "mayfly-1",
    },
}


def test_a_status_change_is_read() -> None:
    change = StatusChange("arn:stack", StackStatus.CREATE_COMPLETE, "2026-03-02T10:00:00Z", "mayfly-1")
    assert read_change(json.dumps(EVENT)) == change


def test_a_status_that_nobody_knows_yet_is_one_all_the_same() -> None:
    detail = {**EVENT["detail"], "status-details": {"status": "BLESSED"}, "client-request-token": ""}
    change = read_change(json.dumps({**EVENT, "detail": detail}))
    assert change is not None
    assert (change.status, change.token) == (StackStatus.UNKNOWN, None)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "not JSON",
        "[]",
        "null",
        '"text"',
        "[" * 100_000,
        json.dumps({**EVENT, "source": "aws.s3"}),
        json.dumps({**EVENT, "detail-type": "CloudFormation Resource Status Change"}),
        json.dumps({**EVENT, "detail": None}),
        json.dumps({**EVENT, "detail": {"stack-id": "arn"}}),
        json.dumps({**EVENT, "detail": {**EVENT["detail"], "stack-id": 7}}),
        json.dumps({**EVENT, "detail": {**EVENT["detail"], "status-details": "CREATE_COMPLETE"}}),
        json.dumps({**EVENT, "time": 7}),
        json.dumps({"Message": json.dumps(EVENT)}),
    ],
    ids=range(14),
)
def test_anything_else_is_none(body: str) -> None:
    assert read_change(body) is None


@pytest.mark.parametrize(
    ("url", "region"),
    [
        ("https://sqs.eu-west-1.amazonaws.com/111122223333/mayfly", "eu-west-1"),
        ("https://sqs.cn-north-1.amazonaws.com.cn/111122223333/mayfly", "cn-north-1"),
        ("http://127.0.0.1:4566/111122223333/mayfly", None),
        ("mayfly", None),
    ],
)
def test_the_address_tells_the_region(url: str, region: str | None) -> None:
    assert region_of(url) == region
