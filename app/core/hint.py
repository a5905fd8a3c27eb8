"""Hints: what helps against the failures that everybody meets, in one sentence, by what CloudFormation says of them.

CloudFormation classes what its resource handlers answer by a code
(https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-test-contract-errors.html); older
resources give the service's own code, or words alone.
"""

import json
import re

_CODE = re.compile(r"(?:HandlerErrorCode|Error Code): (\w+)|Status Code: (\d+)")
_DENIED_ACTION = re.compile(r"not authorized to perform:? ([\w-]+:\w+)")

_BY_CODE = {
    "AlreadyExists": "Something has this name already: leave the name out, or make it of ${AWS::StackName}.",
    "AccessDenied": "Give the role that CloudFormation works with this permission.",
    "ServiceLimitExceeded": "A quota of the account is used up: delete what is not needed, or ask AWS for more.",
    "NotStabilized": "It was made but did not become ready in time: its own logs say why.",
    "NotFound": "It refers to something that is not there: check names, and what must be made before it.",
    "InvalidRequest": "A property has a value that the service does not take: correct it in the template.",
    "Throttling": "AWS was asked too much at once: retry.",
    "InternalFailure": "AWS itself failed: retry.",
}
_ALIASES = {
    "UnauthorizedTaggingOperation": "AccessDenied",
    "InvalidCredentials": "AccessDenied",
    "LimitExceeded": "ServiceLimitExceeded",
    "ServiceInternalError": "InternalFailure",
    "ServiceTimeout": "InternalFailure",
    "ResourceConflict": "AlreadyExists",
}
_BY_WORDS = (
    (re.compile(r"already exists|NAME_CONFLICT", re.IGNORECASE), "AlreadyExists"),
    (re.compile(r"not authorized|AccessDenied|Access Denied"), "AccessDenied"),
    (re.compile(r"limit ?exceeded|maximum (?:number|limit)|quota", re.IGNORECASE), "ServiceLimitExceeded"),
    (re.compile(r"did not stabilize|NotStabilized", re.IGNORECASE), "NotStabilized"),
    (re.compile(r"Rate exceeded|Throttl|TooManyRequests"), "Throttling"),
)
_EXPORT = re.compile(r"Export \S+ (?:cannot be|is imported)")
_NO_ANSWER = "did not receive a response|failed to stabilize in expected time|Failed to receive"


def hint_for(type_: str, reason: str, properties: str = "") -> str:
    """What helps, in one sentence; empty where nobody knows."""
    if _is_custom(type_):
        return _custom_hint(reason, properties)
    if _EXPORT.search(reason):
        return "Another stack imports it: that one has to go, or let go of it, first."
    class_ = class_of(reason)
    denied = _DENIED_ACTION.search(reason)
    if class_ == "AccessDenied" and denied:
        return f"Give the role that CloudFormation works with the permission {denied[1]}."
    return _BY_CODE.get(class_, "")


def class_of(reason: str) -> str:
    """The class of a failure by its code, or else by its words; empty where it is none of the known."""
    code = _CODE.search(reason)
    named = (code[1] or "") if code else ""
    named = _ALIASES.get(named, named)
    if named in _BY_CODE:
        return named
    return next((class_ for words, class_ in _BY_WORDS if words.search(reason)), "")


def _is_custom(type_: str) -> bool:
    return type_.startswith("Custom::") or type_ == "AWS::CloudFormation::CustomResource"


def _custom_hint(reason: str, properties: str) -> str:
    group = _log_group_of(properties)
    where = f"in the log group {group}" if group else "in the log group of its function"
    if re.search(_NO_ANSWER, reason, re.IGNORECASE):
        return f"Its function never answered CloudFormation; why, stands {where}."
    return f"Its function says more {where}."


def _log_group_of(properties: str) -> str:
    """The log group of the function that serves a custom resource, by its `ServiceToken`."""
    try:
        token = json.loads(properties).get("ServiceToken", "")
    except (ValueError, AttributeError):
        return ""
    found = re.fullmatch(r"arn:[\w-]+:lambda:[\w-]+:\d+:function:([\w-]+)(?::.*)?", str(token))
    return f"/aws/lambda/{found[1]}" if found else ""
