"""Nested stacks as AWS has them: one that fails takes its parent along, and tells why in its own events.

The emulator lets a nested stack keep what it made before it failed, and deletes one whatever its resources do. On AWS
the parent's events name the nested stack and count what failed in it, and the reason stands in the nested stack's own
events alone (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-nested-stacks.html).
"""

# ruff: noqa: SLF001  the engine has no public seams

from collections.abc import Callable
from typing import Any

from ministack.services import cloudformation
from ministack.services.cloudformation import provisioners, stacks

from .failures import Failures
from .lifecycle import STACK, as_they_ended

KEPT = {"Retain", "RetainExceptOnCreate"}


class Nesting:
    """Stands before the emulator's provisioner of nested stacks."""

    def __init__(self, failures: Failures) -> None:
        self._failures = failures

    def install(self) -> None:
        """Take the provisioner's place."""
        handler = provisioners._RESOURCE_HANDLERS[STACK]
        handler["create"] = self._told(handler["create"])
        handler["delete"] = self.delete
        provisioners._provision_resource = self._struck(provisioners._provision_resource)

    def _struck(self, provision: Callable[..., Any]) -> Callable[..., Any]:
        """Let planned failures strike what nested stacks make, too."""

        def struck(kind: str, logical_id: str, properties: dict, stack: str) -> Any:
            if "_parent_stack_name" in cloudformation._stacks.get(stack, {}):
                self._failures.strike("create", stack, logical_id)
            return provision(kind, logical_id, properties, stack)

        return struck

    def _told(self, create: Callable[..., Any]) -> Callable[..., Any]:
        """A nested stack that fails takes back what it made; its parent hears which resources failed and not why."""

        def told(logical_id: str, properties: dict, parent: str) -> Any:
            known = set(cloudformation._stacks)
            try:
                return create(logical_id, properties, parent)
            except Exception as error:
                made = [name for name in cloudformation._stacks if name not in known and _is_child(name, parent)]
                if not made:
                    raise
                child = cloudformation._stacks[made[0]]
                parent_id, child_id = cloudformation._stacks[parent]["StackId"], child["StackId"]
                note = (parent_id, parent, logical_id, STACK, "CREATE_IN_PROGRESS", "Resource creation Initiated")
                stacks._add_event(*note, child_id)
                failed = _failed(child_id, child["StackName"])
                self.delete(child_id, {})
                said = f"The following resource(s) failed to create: [{', '.join(failed)}]. "
                raise ValueError(f"Embedded stack {child_id} was not successfully created: {said}") from error

        return told

    def delete(self, physical_id: str, _properties: dict) -> None:
        """Delete a nested stack; fails, and stays, with what does not go."""
        stack = cloudformation._stacks.get(provisioners._nested_stack_lookup_name(physical_id))
        if not stack or stack["StackStatus"] == "DELETE_COMPLETE":
            return
        resources, before = stack["_resources"], dict(stack["_resources"])
        _enter(stack, "DELETE_IN_PROGRESS")
        failed = [name for name in reversed(list(resources)) if not self._remove(stack, name)]
        if failed:
            reason = f"The following resource(s) failed to delete: [{', '.join(sorted(failed))}]. "
            _enter(stack, "DELETE_FAILED", reason)
            raise ValueError(f"Embedded stack {stack['StackId']} was not successfully deleted: {reason}")
        for output in stack.get("Outputs", []):
            cloudformation._exports.pop(output.get("ExportName"), None)
        _enter(stack, "DELETE_COMPLETE")
        stack["_resources"] = as_they_ended(stack["StackId"], before)

    def _remove(self, stack: dict, logical_id: str) -> bool:
        resource = stack["_resources"][logical_id]
        kind, physical_id = resource["ResourceType"], resource["PhysicalResourceId"]
        definition = stack["_template"].get("Resources", {}).get(logical_id, {})
        if definition.get("DeletionPolicy") in KEPT:
            _note(stack, logical_id, resource, "DELETE_SKIPPED")
            del stack["_resources"][logical_id]
            return True
        _note(stack, logical_id, resource, "DELETE_IN_PROGRESS")
        try:
            self._failures.strike("delete", stack["StackName"], logical_id)
            provisioners._delete_resource(kind, physical_id, resource["Properties"], stack["StackName"], logical_id)
        except Exception as error:  # noqa: BLE001  whatever a provisioner says, as the engine takes it
            resource["ResourceStatus"] = "DELETE_FAILED"
            _note(stack, logical_id, resource, "DELETE_FAILED", str(error))
            return False
        _note(stack, logical_id, resource, "DELETE_COMPLETE")
        del stack["_resources"][logical_id]
        return True


def _is_child(name: str, parent: str) -> bool:
    return bool(cloudformation._stacks[name].get("_parent_stack_name") == parent)


def _failed(stack_id: str, name: str) -> list[str]:
    events = cloudformation._stack_events.get(stack_id, [])
    failed = (event["LogicalResourceId"] for event in events if event["ResourceStatus"] == "CREATE_FAILED")
    return [logical_id for logical_id in failed if logical_id != name]


def _enter(stack: dict, status: str, reason: str = "") -> None:
    stack["StackStatus"], stack["StackStatusReason"] = status, reason
    stack_id, name = stack["StackId"], stack["StackName"]
    stacks._add_event(stack_id, name, name, STACK, status, reason, stack_id)


def _note(stack: dict, logical_id: str, resource: dict, status: str, reason: str = "") -> None:
    kind, physical_id = resource["ResourceType"], resource["PhysicalResourceId"]
    stacks._add_event(stack["StackId"], stack["StackName"], logical_id, kind, status, reason, physical_id)
