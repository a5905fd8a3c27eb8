"""What CloudFormation refuses, renames or remembers, and the emulator does not.

Wordings follow what AWS answers: the API references of CreateStack, UpdateStack and DeleteStack, and the refusals that
deployment tools are known to read. Each function stands before the emulator's own handler of that action.
"""

# ruff: noqa: SLF001  the engine has no public seams

from collections.abc import Callable
from typing import Any

from ministack.services import cloudformation
from ministack.services.cloudformation import handlers, stacks
from ministack.services.cloudformation.helpers import _error, _p, _xml

Params = dict[str, Any]
Answer = tuple[int, dict[str, str], bytes]
Handler = Callable[[Params], Answer]

_UPDATABLE = {
    "CREATE_COMPLETE",
    "UPDATE_COMPLETE",
    "UPDATE_ROLLBACK_COMPLETE",
    "IMPORT_COMPLETE",
    "IMPORT_ROLLBACK_COMPLETE",
}


def install() -> None:
    """Stand before the emulator's handlers."""
    actions = handlers._ACTION_HANDLERS
    actions["CreateStack"] = _create(actions["CreateStack"])
    actions["UpdateStack"] = _update(actions["UpdateStack"])
    actions["DeleteStack"] = _delete(actions["DeleteStack"])
    handlers._resolve_stack = _by_live_name(handlers._resolve_stack)
    handlers._capabilities_enforced = lambda: True
    stacks._add_event = _worded(stacks._add_event)


def _create(handler: Handler) -> Handler:
    """A failed stack still holds its name, a deleted one gives it up and is known by its id; a repeat of the request
    that made the stack is answered like the first (ClientRequestToken in the CreateStack reference)."""

    def create(params: Params) -> Answer:
        name = _p(params, "StackName")
        stack = cloudformation._stacks.get(name)
        if stack and stack["StackStatus"] == "DELETE_COMPLETE":
            cloudformation._stacks[stack["StackId"]] = cloudformation._stacks.pop(name)
        elif stack and _is_repeat(stack, "CreateStack", params):
            return _again("CreateStack", stack)
        elif stack and stack["StackStatus"] == "ROLLBACK_COMPLETE":
            return _error("AlreadyExistsException", f"Stack [{name}] already exists")
        return _remember("CreateStack", params, handler(params))

    return create


def _update(handler: Handler) -> Handler:
    """Refuse while something else is going on, in AWS's words; answer a repeat like the first request."""

    def update(params: Params) -> Answer:
        stack = handlers._resolve_stack(_p(params, "StackName"))
        if stack and _is_repeat(stack, "UpdateStack", params):
            return _again("UpdateStack", stack)
        if stack and stack["StackStatus"] not in _UPDATABLE:
            where = f"Stack:{stack['StackId']} is in {stack['StackStatus']} state"
            return _error("ValidationError", f"{where} and can not be updated.")
        return _remember("UpdateStack", params, handler(params))

    return update


def _delete(handler: Handler) -> Handler:
    """A stack under update cannot be deleted, one under deletion need not be; a stack under creation can."""

    def delete(params: Params) -> Answer:
        stack = handlers._resolve_stack(_p(params, "StackName"))
        status = stack["StackStatus"] if stack else ""
        if status == "DELETE_IN_PROGRESS":
            return _xml(200, "DeleteStackResponse", "")
        if stack and status.startswith("UPDATE_") and status.endswith("_IN_PROGRESS"):
            where = f"Stack [{stack['StackName']}] cannot be deleted while in status {status}"
            return _error("ValidationError", where)
        answer = handler(params)
        if stack and answer[0] == 200 and status != "DELETE_COMPLETE":
            stack["StackStatus"] = "DELETE_IN_PROGRESS"
        return answer

    return delete


def _by_live_name(resolve: Callable[[str], dict | None]) -> Callable[[str], dict | None]:
    """A deleted stack answers to its id only (DescribeStacks and others in the API reference)."""

    def resolved(name: str) -> dict | None:
        stack = resolve(name)
        is_gone = stack and stack["StackStatus"] == "DELETE_COMPLETE" and name != stack["StackId"]
        return None if is_gone else stack

    return resolved


def _worded(add_event: Callable[..., None]) -> Callable[..., None]:
    """Give a rollback the reason that AWS gives it, on its event and on the stack."""

    def worded(
        stack_id: str, stack: str, logical_id: str, kind: str, status: str, reason: str = "", *rest: Any, **named: Any
    ) -> None:
        if status == "ROLLBACK_IN_PROGRESS" and reason == "Rollback requested":
            failed = _failed_to_create(stack_id, logical_id)
            reason = f"The following resource(s) failed to create: [{', '.join(failed)}]. Rollback requested by user."
        if status in {"ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS"}:
            cloudformation._stacks[stack]["StackStatusReason"] = reason
        add_event(stack_id, stack, logical_id, kind, status, reason, *rest, **named)

    return worded


def _failed_to_create(stack_id: str, stack: str) -> list[str]:
    events = cloudformation._stack_events.get(stack_id, [])
    failed = (event["LogicalResourceId"] for event in events if event["ResourceStatus"] == "CREATE_FAILED")
    return [logical_id for logical_id in failed if logical_id != stack]


def _is_repeat(stack: dict, action: str, params: Params) -> bool:
    token = _p(params, "ClientRequestToken")
    return bool(token) and stack.get("_asked") == f"{action} {token}"


def _remember(action: str, params: Params, answer: Answer) -> Answer:
    stack = handlers._resolve_stack(_p(params, "StackName"))
    if stack and answer[0] == 200:
        stack["_asked"] = f"{action} {_p(params, 'ClientRequestToken')}"
    return answer


def _again(action: str, stack: dict) -> Answer:
    return _xml(200, f"{action}Response", f"<{action}Result><StackId>{stack['StackId']}</StackId></{action}Result>")
