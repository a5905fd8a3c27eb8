"""The answers' shapes, as the public contract has them, with an example each: what OpenAPI says of them."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from app.core.environment import Phase
from app.core.finding import Rule, State, SubjectKind
from app.core.fleet import Verdict

Words = dict[str, str]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SourceShape(_Shape):
    """What keeps an environment alive."""

    repository: str
    pull_request: int | None
    branch: str
    commit: str
    author: str
    draft: bool
    fork: bool


class StackShape(_Shape):
    """A CloudFormation stack."""

    name: str
    id: str
    status: str
    account: str
    region: str


class EnvironmentShape(_Shape):
    """An environment. Times are RFC 3339 in UTC; unknown is null."""

    name: str
    ticket: str | None
    phase: Phase
    reason: str
    sources: list[SourceShape]
    stacks: list[StackShape]
    created_at: str
    last_activity_at: str
    expires_at: str | None
    keep_until: str | None
    cost_per_month: float | None


class EnvironmentsShape(_Shape):
    """A page of environments, the newest first."""

    environments: list[EnvironmentShape]


class ResourceShape(_Shape):
    """A resource of a stack; what looks like a secret is masked."""

    stack: str
    logical_id: str
    type: str
    physical_id: str
    status: str


class DeploymentShape(_Shape):
    """One attempt to bring one commit to the environment."""

    id: str
    commit: str
    outcome: str
    started_at: str
    ended_at: str | None
    cause: str | None


class DecisionShape(_Shape):
    """What was decided, and why."""

    at: str
    subject: str
    phase: str | None
    reason: str
    actions: list[str]
    actor: str


class WholeEnvironmentShape(EnvironmentShape):
    """An environment with its resources, deployments and decisions."""

    resources: list[ResourceShape]
    deployments: list[DeploymentShape]
    decisions: list[DecisionShape]


class StackOutputsShape(_Shape):
    """One stack's outputs."""

    account: str
    region: str
    outputs: Words


class OutputsShape(_Shape):
    """What a test run needs. A key that two stacks share stands as `<stack>.<Key>`."""

    environment: str
    ready: bool
    commit: str | None
    outputs: Words
    stacks: dict[str, StackOutputsShape]


class EvidenceShape(_Shape):
    """What was seen of a resource's use."""

    signal: str
    resource: str
    last_used_at: str | None
    value: float | None


class FindingShape(_Shape):
    """What a rule of the reaper says of one stack or resource."""

    rule: Rule
    verdict: Verdict
    state: State
    kind: SubjectKind
    subject: str
    stack_id: str | None
    stack_name: str | None
    resource_arn: str | None
    resource_type: str | None
    account: str
    region: str
    environment: str | None
    ticket: str | None
    owner: str | None
    pull_request: int | None
    reason: str
    evidence: list[EvidenceShape]
    cost_per_month: float | None
    first_seen_at: str
    due_at: str | None


class FindingsShape(_Shape):
    """The last round's totals, and a page of the findings that are open, the most expensive first."""

    round: dict[str, Any] | None
    findings: list[FindingShape]


class ProblemShape(_Shape):
    """An error as RFC 9457 writes it; `detail` says what, where and what to try."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
