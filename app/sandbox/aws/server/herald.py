"""Stack status changes on EventBridge, as CloudFormation sends them to the default bus.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/eventbridge-events.html. The emulator has rules and
targets but no such events of its own. One is sent when the turn is over in which it was noted, so that whoever hears of
a status finds the stack in it, and what was taken back within the turn was never said.
"""

# ruff: noqa: SLF001  the engine has no public seams

import asyncio
import contextvars
import json
from typing import Any

from ministack.services import cloudformation, eventbridge
from ministack.services.cloudformation import changesets, handlers, provisioners, stacks

STACK = "AWS::CloudFormation::Stack"
KIND = "CloudFormation Stack Status Change"


def install() -> None:
    """Stand behind the engine's note of every event, wherever that is known by name."""
    note = stacks._add_event

    def told(stack_id: str, name: str, logical_id: str, kind: str, status: str, *rest: Any, **named: Any) -> None:
        note(stack_id, name, logical_id, kind, status, *rest, **named)
        if kind == STACK and logical_id == name:
            _say_later(cloudformation._stack_events[stack_id][-1])

    for module in (stacks, handlers, changesets, provisioners):
        if hasattr(module, "_add_event"):
            module._add_event = told


def _say_later(event: dict) -> None:
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return
    loop.call_soon(_say, event, context=contextvars.copy_context())


def _say(event: dict) -> None:
    if event not in cloudformation._stack_events.get(event["StackId"], []):
        return
    detail = {
        "stack-id": event["StackId"],
        "status-details": {"status": event["ResourceStatus"], "status-reason": event["ResourceStatusReason"]},
        "client-request-token": event.get("ClientRequestToken", ""),
    }
    entry = {
        "Source": "aws.cloudformation",
        "DetailType": KIND,
        "Detail": json.dumps(detail),
        "Resources": [event["StackId"]],
    }
    eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)
