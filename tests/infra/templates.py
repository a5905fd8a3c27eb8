"""The templates of `infra/`, read as documents, and brought into the form that the stand-in for AWS can deploy."""

import json
import time
from functools import cache
from pathlib import Path
from typing import Any

from app.aws.template import load_template

INFRA = Path(__file__).parents[2] / "infra"
MAIN, ACCOUNT = "mayfly.yaml", "account.yaml"


@cache
def _content(name: str) -> bytes:
    return (INFRA / name).read_bytes()


def document(name: str) -> dict[str, Any]:
    """The template as plain values, short forms as long ones."""
    return load_template(_content(name), name).document


def resources_of(name: str, kind: str) -> dict[str, dict[str, Any]]:
    """The properties of every resource of one type, by logical id."""
    found = document(name)["Resources"].items()
    return {logical_id: each["Properties"] for logical_id, each in found if each["Type"] == kind}


def deployable(name: str) -> str:
    """The template without what the stand-in lacks: policies of event buses, and numbers that come as text."""
    changed = document(name)
    changed["Resources"].pop("EventsFromElsewhere", None)
    for service in ("Web", "Worker"):
        if service in changed["Resources"]:
            changed["Resources"][service]["Properties"]["DesiredCount"] = 1
    return json.dumps(changed)


def deployed(cloudformation: Any, stack: str, name: str, **parameters: str) -> dict[str, str]:
    """Deploy a template; its outputs. Fails the test with what CloudFormation says."""
    given = [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]
    stack_id = cloudformation.create_stack(
        StackName=stack, TemplateBody=deployable(name), Parameters=given, Capabilities=["CAPABILITY_NAMED_IAM"]
    )["StackId"]
    deadline = time.monotonic() + 60
    while True:
        found = cloudformation.describe_stacks(StackName=stack_id)["Stacks"][0]
        if not found["StackStatus"].endswith("_IN_PROGRESS"):
            break
        assert time.monotonic() < deadline, f"{stack} is still in {found['StackStatus']}"
        time.sleep(0.05)
    events = cloudformation.describe_stack_events(StackName=stack_id)["StackEvents"]
    failed = [
        f"{e['LogicalResourceId']}: {e.get('ResourceStatusReason')}" for e in events if "FAILED" in e["ResourceStatus"]
    ]
    assert found["StackStatus"] == "CREATE_COMPLETE", failed
    return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}


def failures(cloudformation: Any, stack_id: str) -> list[str]:
    """What went wrong with each resource that could not be made."""
    events = cloudformation.describe_stack_events(StackName=stack_id)["StackEvents"]
    failed = [event for event in events if event["ResourceStatus"].endswith("_FAILED")]
    return [f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason')}" for event in failed]
