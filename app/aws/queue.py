"""The queue of stack status changes: EventBridge's events, waiting in SQS.

The rule that fills it has the source `aws.cloudformation` and the detail type `CloudFormation Stack Status Change`
(https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/eventbridge-events.html). Events come at least once and
in any order, so nothing rests on them: they say which stack is worth a look.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from app.aws.client import DEFAULT_ACCOUNT, Aws, speaking
from app.aws.permissions import permits
from app.core.stack import StackStatus

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

SERVICE = "SQS"
KIND = "CloudFormation Stack Status Change"
MOST = 10
"""Messages in one answer, by SQS's rule."""


@dataclass(frozen=True)
class Message:
    """One message as it was received."""

    receipt: str
    body: str


@dataclass(frozen=True)
class StatusChange:
    """What one event says: which stack, what it is in since when (as AWS writes times), and the token of the call that
    began the operation."""

    stack_id: str
    status: StackStatus
    at: str
    token: str | None = None


class Queue:
    """One queue, by its address."""

    def __init__(self, aws: Aws, url: str) -> None:
        self._client: SQSClient = aws.client("sqs", DEFAULT_ACCOUNT, region_of(url) or aws.regions[0])
        self._url = url

    @permits("sqs:ReceiveMessage")
    def receive(self, seconds: int) -> list[Message]:
        """What is there, waiting up to `seconds` (20 at most) for something to come."""
        with speaking(SERVICE):
            answer = self._client.receive_message(QueueUrl=self._url, MaxNumberOfMessages=MOST, WaitTimeSeconds=seconds)
        return [Message(found["ReceiptHandle"], found["Body"]) for found in answer.get("Messages", [])]

    @permits("sqs:DeleteMessage")
    def delete(self, messages: Sequence[Message]) -> None:
        """Take messages off the queue; one that stays comes again, which does no harm."""
        entries = [{"Id": str(number), "ReceiptHandle": each.receipt} for number, each in enumerate(messages)]
        with speaking(SERVICE):
            self._client.delete_message_batch(QueueUrl=self._url, Entries=entries)  # type: ignore[arg-type]


def region_of(url: str) -> str | None:
    """The region in a queue's address (`https://sqs.eu-west-1.amazonaws.com/...`); None where it tells none."""
    host = (urlsplit(url).hostname or "").split(".")
    return host[1] if len(host) > 2 and host[0] == "sqs" else None


def read_change(body: str) -> StatusChange | None:
    """What a message says; None for one that is no status change of a stack."""
    try:
        event = json.loads(body)
        detail = event["detail"]
        stack_id, status, at = detail["stack-id"], detail["status-details"]["status"], event["time"]
        token = detail.get("client-request-token")
        is_ours_to_read = event["source"] == "aws.cloudformation" and event["detail-type"] == KIND
    except (ValueError, TypeError, KeyError, RecursionError, AttributeError):
        return None
    if not is_ours_to_read or not all(isinstance(each, str) and each for each in (stack_id, status, at)):
        return None
    return StatusChange(stack_id, StackStatus(status), at, _text(token))


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
