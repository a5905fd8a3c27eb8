"""Records with every field set to something that is not its default, for round trips through the store."""

import hashlib
from dataclasses import MISSING, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from app.core.blueprint import Blueprint, Preparation
from app.core.deployment import Deployment, Outcome
from app.core.environment import Desired, Ending, Environment, Phase, Target
from app.core.finding import Finding, Reply, ReplyKind, Rule, State, Subject, SubjectKind
from app.core.fleet import Evidence, Verdict
from app.core.inventory import Item
from app.core.remark import Level, Remark
from app.core.round import Round
from app.core.source import Source
from app.core.stack import Resource, StackRecord, StackStatus
from app.core.verification import Leak, Verification
from app.core.visitor import Scope, Token
from app.store.decisions import Decision
from app.store.inbox import Delivery, Imprint
from app.store.outbox import Told

NOW = datetime(2026, 11, 23, 8, 30, 15, 123457, tzinfo=UTC)

TARGET = Target(
    stack="api",
    name="SHOP-42-api",
    template="api/template.yaml",
    region="eu-west-1",
    account="dev",
    needs=("bus", "tables"),
    parameters={"Stage": "${ticket}", "Ünïcode": "ß 🦋"},
    tags={"team": "checkout"},
    outputs=("ApiUrl", "Arn"),
    repository="acme/api",
    commit="d" * 40,
)
DESIRED = Desired(
    is_wanted=True,
    repository="acme/shop",
    commit="c" * 40,
    targets=(TARGET, replace(TARGET, stack="bus", needs=(), outputs=None), replace(TARGET, stack="web", outputs=())),
    fault="line 3: no such thing",
    why_gone="closed",
    ending=Ending.DESTROYED,
    idle="2d",
    longest="5d",
    note="Commit b waits.",
)
ENVIRONMENT = Environment(
    name="SHOP-42",
    ticket="SHOP-42",
    phase=Phase.UPDATING,
    reason="brings c0ffee1",
    desired=DESIRED,
    owner="ada",
    repository="acme/shop",
    pull_request=57,
    created_at=NOW,
    last_activity_at=NOW + timedelta(hours=1),
    branch="SHOP-42-basket",
    channel="#shop",
    deployed_commit="b" * 40,
    admitted_at=NOW,
    expires_at=NOW + timedelta(days=3),
    extended_until=NOW + timedelta(days=4),
    keep_until=NOW + timedelta(days=9),
    keep_reason="ada keeps it",
    warning="It goes soon.",
    gone_at=NOW + timedelta(days=10),
    cost_per_month=12.5,
)
STACK = StackRecord(
    environment="SHOP-42",
    stack="api",
    name="SHOP-42-api",
    account="dev",
    region="eu-west-1",
    id="arn:aws:cloudformation:eu-west-1:123456789012:stack/SHOP-42-api/1",
    status=StackStatus.UPDATE_IN_PROGRESS,
    operation="update",
    token="mayfly-1",
    payload="p" * 32,
    applied="a" * 32,
    failed="f" * 32,
    cause="Table: already exists",
    outputs={"ApiUrl": "https://api.example.com"},
    resources=(Resource("Table", "AWS::DynamoDB::Table", "shop-42-table", "CREATE_COMPLETE"),),
    attempts=3,
    started_at=NOW,
    retry_at=NOW + timedelta(minutes=1),
    updated_at=NOW - timedelta(minutes=1),
    recreated="r" * 32,
    kept_until=NOW + timedelta(days=2),
    seen_at=NOW + timedelta(minutes=2),
    outline="o" * 32,
    listed="l" * 32,
    tagged="t" * 32,
    commit="c" * 40,
    fingerprint="0123456789abcdef",
    failed_since="b" * 40,
)
SOURCE = Source(
    repository="acme/shop",
    pull_request=57,
    branch="SHOP-42-basket",
    commit="c" * 40,
    author="ada",
    draft=True,
    fork=True,
    is_open=False,
    title="SHOP-42: a basket 🧺",
    url="https://github.com/acme/shop/pull/57",
    approved="c" * 40,
)
DEPLOYMENT = Deployment(
    "SHOP-42-c0ffee-1", "SHOP-42", "c" * 40, Outcome.FAILED, NOW, NOW + timedelta(minutes=2), "full"
)
DECISION = Decision("SHOP-42", NOW, "updating", "brings c0ffee1", ("update api", "create bus"), "ada")
PREPARATION = Preparation(
    "c" * 40,
    {
        "api": Blueprint(
            "api",
            '{"Resources": {}}',
            None,
            "d" * 64,
            ("CAPABILITY_IAM",),
            ("Stage",),
            "o" * 32,
            {"AWS::SQS::Queue": 2},
            {"Table": "api/template.yaml:7"},
        ),
        "bus": Blueprint("bus", None, "https://bucket.example.com/bus.json", "e" * 64, (), ()),
    },
    "no template",
    (
        Remark(Level.WARNING, "retained", "It stays.", "api/template.yaml", 12, "Table"),
        Remark(Level.NOTICE, "export", "It holds on to it.", "bus/template.yaml", 3),
    ),
    is_renewed=True,
)
ITEM = Item(
    stack_id=str(STACK.id),
    logical_id="Child/Table",
    type="AWS::DynamoDB::Table",
    physical_id="shop-42-table",
    account="dev",
    region="eu-west-1",
    holder="arn:aws:cloudformation:eu-west-1:123456789012:stack/SHOP-42-api-Child/2",
    is_retained=True,
    status="CREATE_COMPLETE",
)
LEAK = Leak("SHOP-42", str(STACK.id), ITEM.arn, ITEM.type, "dev", "eu-west-1", "its template keeps it", NOW)
VERIFICATION = Verification(NOW, NOW + timedelta(minutes=20), ("a queue",), ("a table", "a bucket"), True)
TOLD = Told("SHOP-42", "slack", "1700000000.000100", "d1g35t", NOW, 2, "channel_not_found")

SUBJECT = Subject(
    key="arn:aws:s3:::shop-42-assets",
    kind=SubjectKind.RESOURCE,
    name="shop-42-assets",
    account="dev",
    region="eu-west-1",
    stack_id=STACK.id,
    stack_name="SHOP-42-api",
    resource_arn="arn:aws:s3:::shop-42-assets",
    resource_type="AWS::S3::Bucket",
    environment="SHOP-42",
    ticket="SHOP-42",
    owner="ada",
    repository="acme/shop",
    pull_request=57,
    cost_per_month=0.25,
)
FINDING = Finding(
    id="f1nd1ng",
    subject=SUBJECT,
    rule=Rule.LEFTOVER,
    verdict=Verdict.UNUSED,
    state=State.DUE,
    reason="It outlived its stack SHOP-42-api.",
    first_seen_at=NOW,
    last_seen_at=NOW + timedelta(days=3),
    evidence=(Evidence("NumberOfObjects", "shop-42-assets", NOW, 12.0), Evidence("AllRequests", "shop-42-assets")),
    may_act=True,
    note="One after the other; they are next.",
    flagged_at=NOW + timedelta(hours=1),
    due_at=NOW + timedelta(days=3),
    warned_at=NOW + timedelta(days=2),
    acted_at=NOW + timedelta(days=4),
    cleared_at=NOW + timedelta(days=5),
)
REPLY = Reply(ReplyKind.KEEP, SUBJECT.key, "ada", NOW, NOW + timedelta(days=7), "the demo")
ROUND = Round(
    started_at=NOW,
    ended_at=NOW + timedelta(seconds=2),
    mode="destroy",
    stacks=200,
    resources=400,
    findings=80,
    kept=3,
    unknown=2,
    due=12,
    cleared=4,
    acted=5,
    cost_per_month=318.4,
    why_held="They wait for working hours.",
    is_broken=True,
    unread=("CloudWatch was throttled.",),
    fault="AWS did not answer.",
    message="20261123T083015",
)

TOKEN = Token("ci", b"s" * 32, Scope.WRITE, "acme/shop", NOW, NOW + timedelta(days=90), NOW + timedelta(days=1))


def a_delivery(number: int = 1, *, body: bytes = b'{"zen": "Keep it logically awesome."}', **changed: Any) -> Delivery:
    """A delivery with its own id."""
    known: dict[str, Any] = {
        "id": f"00000000-0000-4000-8000-{number:012}",
        "event": "pull_request",
        "body": body,
        "imprint": Imprint(hashlib.sha256(body).digest(), 1),
        "received_at": NOW,
        "action": "opened",
        "repository": "acme/shop",
        "pull_request": 57,
        "source": "acme/shop#57",
    }
    return Delivery(**{**known, **changed})


def defaulted(record: Any) -> list[str]:
    """The fields of a record that stand at their default, and so would prove nothing."""
    return [
        field.name
        for field in fields(record)
        if getattr(record, field.name)
        == (field.default if field.default_factory is MISSING else field.default_factory())
    ]
