"""Builders: every value that a test needs, with a default for each argument that it does not care about."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from app.core.announcement import Announcement, Output, StackLine, Usable
from app.core.blueprint import Blueprint, Payload, Preparation
from app.core.cause import STACK_TYPE, StackEvent
from app.core.environment import Desired, Environment, Phase, Target
from app.core.finding import Case, Finding, LooseCase, Rule, State, Word, describe_stack, finding_id
from app.core.fleet import Evidence, FleetStack, LooseResource, Usage, Verdict
from app.core.inventory import Item
from app.core.source import Source, SourceKey
from app.core.stack import ObservedStack, Resource, StackRecord, StackStatus

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
"""A Monday morning."""

REGION = "eu-west-1"
INSTALLATION = "0123456789abcdef"


def a_stack_id(name: str = "SHOP-42", incarnation: int = 1, region: str = REGION) -> str:
    """The ARN of one incarnation of a stack."""
    return f"arn:aws:cloudformation:{region}:123456789012:stack/{name}/{incarnation}"


def a_target(stack: str = "api", **changes: Any) -> Target:
    """A stack that is wanted; its name is the environment's and its own."""
    values = {"name": f"SHOP-42-{stack}", "template": f"{stack}/template.yaml", "region": REGION}
    return Target(stack=stack, **{**values, **changes})


def a_desired(*targets: Target, **changes: Any) -> Desired:
    """What is wanted of an environment: `targets`, or the one stack `api`."""
    values = {"is_wanted": True, "repository": "acme/shop", "commit": "c" * 40, "targets": targets or (a_target(),)}
    return Desired(**{**values, **changes})


def an_environment(name: str = "SHOP-42", **changes: Any) -> Environment:
    """An environment of one stack that is wanted and has not been deployed yet."""
    values: dict[str, Any] = {
        "ticket": "SHOP-42",
        "phase": Phase.QUEUED,
        "reason": "acme/shop#57 asked for it.",
        "desired": a_desired(),
        "owner": "ann",
        "repository": "acme/shop",
        "pull_request": 57,
        "branch": "SHOP-42-cart",
        "created_at": NOW,
        "last_activity_at": NOW,
    }
    return Environment(name=name, **{**values, **changes})


def an_unwanted_environment(*targets: Target, why_gone: str = "Pull request acme/shop#57 was closed.") -> Environment:
    """An environment that is to go."""
    return an_environment(desired=a_desired(*targets, is_wanted=False, why_gone=why_gone))


def a_blueprint(stack: str = "api", **changes: Any) -> Blueprint:
    """A packaged template; its digest tells one version of it from another."""
    values = {"body": "{}", "url": None, "digest": "v1", "capabilities": (), "declared_parameters": ()}
    return Blueprint(stack=stack, **{**values, **changes})


def a_preparation(*stacks: str, **changes: Any) -> Preparation:
    """What was made of the wanted commit."""
    made = {stack: a_blueprint(stack) for stack in stacks or ("api",)}
    return Preparation(**{"commit": "c" * 40, "blueprints": made, **changes})


def a_payload(version: str = "v1", **changes: Any) -> Payload:
    """What is sent for a stack."""
    return Payload(**{"blueprint": a_blueprint(digest=version), **changes})


def a_record(stack: str = "api", status: StackStatus = StackStatus.CREATE_COMPLETE, **changes: Any) -> StackRecord:
    """What is known of one stack that stands."""
    name = changes.get("name", f"SHOP-42-{stack}")
    values = {"environment": "SHOP-42", "name": name, "account": "default", "region": REGION, "id": a_stack_id(name)}
    return StackRecord(stack=stack, status=status, **{**values, **changes})


def a_ready_record(stack: str = "api", payload: Payload | None = None, **changes: Any) -> StackRecord:
    """The record of a stack that stands as `payload` wants it."""
    digest = (payload or a_payload()).digest
    return a_record(stack, **{"operation": "create", "payload": digest, "applied": digest, **changes})


def an_observed_stack(status: StackStatus = StackStatus.CREATE_COMPLETE, **changes: Any) -> ObservedStack:
    """What CloudFormation says of a stack."""
    return ObservedStack(**{"id": a_stack_id("SHOP-42-api"), "name": "SHOP-42-api", "status": status, **changes})


def a_resource(type_: str = "AWS::SQS::Queue", **changes: Any) -> Resource:
    """A resource of a stack."""
    return Resource(**{"logical_id": "Queue", "type": type_, "physical_id": "shop-42-queue", **changes})


def an_item(type_: str = "AWS::SQS::Queue", **changes: Any) -> Item:
    """A resource of a stack, as its inventory names it."""
    stack_id = a_stack_id("SHOP-42-api")
    values = {"stack_id": stack_id, "logical_id": "Queue", "physical_id": "shop-42-queue", "account": "default"}
    return Item(**{**values, "type": type_, "region": REGION, "holder": stack_id, **changes})


def an_event(status: str = "CREATE_FAILED", seconds: float = 0, **changes: Any) -> StackEvent:
    """A line of a stack's events, `seconds` after NOW: by default a queue that could not be created."""
    values = {
        "id": f"{status}-{seconds}",
        "at": NOW + timedelta(seconds=seconds),
        "logical_id": "Queue",
        "type": "AWS::SQS::Queue",
        "physical_id": "",
        "reason": "Access denied",
        "token": "t1",
    }
    return StackEvent(status=status, **{**values, **changes})


def a_stack_event(status: str = "CREATE_IN_PROGRESS", seconds: float = 0, **changes: Any) -> StackEvent:
    """A line about the stack itself."""
    return an_event(status, seconds, **{"logical_id": "SHOP-42-api", "type": STACK_TYPE, "reason": "", **changes})


def a_source(number: int | None = 57, **changes: Any) -> Source:
    """An open pull request of the repository itself, or a branch where `number` is None."""
    values = {
        "repository": "acme/shop",
        "branch": "SHOP-42-cart",
        "commit": "c" * 40,
        "author": "ann",
        "title": "A better cart",
        "base": "main",
        "base_commit": "b" * 40,
    }
    return Source(pull_request=number, **{**values, **changes})


def closed(source: Source) -> Source:
    """The pull request, closed."""
    return replace(source, is_open=False)


def an_output(name: str = "ApiUrl", value: str = "https://abc.execute-api.eu-west-1.amazonaws.com/") -> Output:
    """One output, ready to be shown."""
    return Output(name, value)


def a_usable(name: str = "SHOP-42-orders", kind: str = "Function", link: str = "https://console.example/f") -> Usable:
    """One resource that people use."""
    return Usable(kind, name, link)


def a_stack_line(name: str = "SHOP-42", status: str = "CREATE_COMPLETE", **changes: Any) -> StackLine:
    """One stack, as it is told."""
    return StackLine(name, status, **{"region": REGION, "link": "https://console.example/s", **changes})


def an_announcement(phase: Phase = Phase.READY, **changes: Any) -> Announcement:
    """What is told of an environment that stands, with one of everything."""
    values: dict[str, Any] = {
        "environment": "SHOP-42",
        "ticket": "SHOP-42",
        "reason": "Commit ccccccc is deployed.",
        "commit": "c" * 40,
        "sources": (a_source(),),
        "outputs": (an_output(),),
        "resources": (a_usable(),),
        "stacks": (a_stack_line(),),
    }
    return Announcement(phase=phase, **{**values, **changes})


def a_fleet_stack(name: str = "SHOP-42", **changes: Any) -> FleetStack:
    """A stack of ours that has stood for a month and that somebody used yesterday."""
    values: dict[str, Any] = {
        "account": "default",
        "region": REGION,
        "id": a_stack_id(name),
        "status": StackStatus.CREATE_COMPLETE,
        "tags": {"mayfly:managed": INSTALLATION, "mayfly:environment": name, "mayfly:repository": "acme/shop"},
        "resources": (a_resource(),),
        "created_at": NOW - timedelta(days=30),
        "is_protected": False,
        "usage": Usage(Verdict.USED, (a_use(),)),
        "cost": 36.5,
    }
    return FleetStack(name=name, **{**values, **changes})


def a_use(days: float = 1, **changes: Any) -> Evidence:
    """A signal of use, last seen `days` before NOW."""
    values = {"signal": "Invocations", "resource": "orders", "last_used_at": NOW - timedelta(days=days), "value": 12.0}
    return Evidence(**{**values, **changes})


def unused(days: float = 25, **changes: Any) -> Usage:
    """Nothing was used in the window; the last use was before it."""
    return Usage(**{"verdict": Verdict.UNUSED, "evidence": (a_use(days),), **changes})


def a_loose_resource(name: str = "shop-42-assets", **changes: Any) -> LooseResource:
    """A bucket that outlived a stack of ours."""
    values: dict[str, Any] = {
        "account": "default",
        "region": REGION,
        "arn": f"arn:aws:s3:::{name}",
        "type": "AWS::S3::Bucket",
        "tags": {"mayfly:managed": INSTALLATION, "mayfly:environment": "SHOP-42"},
        "created_at": NOW - timedelta(days=30),
        "stack_id": a_stack_id("SHOP-42", incarnation=9),
        "stack_name": "SHOP-42",
        "cost": 0.5,
    }
    return LooseResource(name=name, **{**values, **changes})


def a_case(stack: FleetStack | None = None, **changes: Any) -> Case:
    """A stack of ours that is in our records, whose pull request is open."""
    stack = stack or a_fleet_stack()
    values: dict[str, Any] = {
        "installation": INSTALLATION,
        "now": NOW,
        "environment": an_environment(phase=Phase.READY),
        "record": a_record("api", name=stack.name, id=stack.id),
        "words": {SourceKey("acme/shop", pull_request=57): Word.OPEN},
    }
    return Case(stack, **{**values, **changes})


def a_loose_case(resource: LooseResource | None = None, **changes: Any) -> LooseCase:
    """A resource that outlived a stack of ours."""
    return LooseCase(resource or a_loose_resource(), **{"installation": INSTALLATION, "now": NOW, **changes})


def a_finding(rule: Rule = Rule.IDLE, state: State = State.FLAGGED, **changes: Any) -> Finding:
    """A finding about SHOP-42, seen yesterday for the first time."""
    subject = changes.pop("subject", None) or describe_stack(a_case())
    values: dict[str, Any] = {
        "id": finding_id(rule, subject.key),
        "subject": subject,
        "verdict": Verdict.UNUSED,
        "reason": "Nothing in it was used for 14d.",
        "first_seen_at": NOW - timedelta(days=1),
        "last_seen_at": NOW,
        "may_act": True,
    }
    return Finding(rule=rule, state=state, **{**values, **changes})
