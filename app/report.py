"""Environments as JSON: the same for the API and for the command line, as the public contract says."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from app.core.announcement import HEADLINES, outputs_of
from app.core.environment import Environment, Phase
from app.core.lifetime import at
from app.core.secrecy import mask
from app.core.source import Source
from app.core.stack import StackRecord
from app.store.database import Connection
from app.store.decisions import list_decisions
from app.store.deployments import list_deployments
from app.store.environments import find_environment, list_environments, outlines_of, stacks_of
from app.store.sources import sources_of, sources_of_all


def report_environments(connection: Connection, *, with_gone: bool) -> dict[str, Any]:
    """Every environment."""
    return report_listed(connection, list_environments(connection, with_gone=with_gone))


def report_listed(connection: Connection, listed: Sequence[Environment]) -> dict[str, Any]:
    """The environments that were listed, with as many questions for all of them as for one."""
    names = [environment.name for environment in listed]
    sources, stacks = sources_of_all(connection, names), outlines_of(connection, names)
    return {"environments": [_report(each, sources[each.name], stacks[each.name]) for each in listed]}


def report_environment(connection: Connection, name: str) -> dict[str, Any] | None:
    """One environment with its resources, deployments and decisions; None where there is none."""
    environment = find_environment(connection, name)
    if environment is None:
        return None
    sources, stacks = sources_of(connection, name), stacks_of(connection, name)
    return {
        **_report(environment, sources, stacks),
        "resources": _resources(stacks),
        "deployments": [
            {
                "id": deployment.id,
                "commit": deployment.commit,
                "outcome": deployment.outcome.value,
                "started_at": stamp(deployment.started_at),
                "ended_at": stamp(deployment.ended_at),
                "cause": deployment.cause,
            }
            for deployment in list_deployments(connection, name)
        ],
        "decisions": report_decisions(connection, [name, *(str(source.key) for source in sources)]),
    }


def report_decisions(connection: Connection, subjects: Sequence[str]) -> list[dict[str, Any]]:
    """Everything that was decided about the subjects, the oldest first."""
    return [
        {
            "at": stamp(decision.at),
            "subject": decision.subject,
            "phase": decision.phase,
            "reason": decision.reason,
            "actions": list(decision.actions),
            "actor": decision.actor,
        }
        for decision in list_decisions(connection, subjects)
    ]


LATEST = 8
"""Decisions that are told where there is no room for all."""


def tell_decision(decision: Mapping[str, Any]) -> str:
    """A reported decision on one line, in the words in which it was made."""
    actions = f" [{', '.join(decision['actions'])}]" if decision["actions"] else ""
    by = f" ({decision['actor']})" if decision["actor"] != "mayfly" else ""
    return f"{decision['at']}  {decision['phase'] or '-':10} {decision['reason']}{actions}{by}"


def tell_why(connection: Connection, name: str) -> str:
    """The latest decisions about an environment and its sources, a line each, the oldest first."""
    subjects = [name, *(str(source.key) for source in sources_of(connection, name))]
    decisions = report_decisions(connection, subjects)[-LATEST:]
    return "\n".join(tell_decision(decision) for decision in decisions) or f"Nothing was decided about {name} yet."


def tell_standing(environment: Environment) -> str:
    """Where an environment stands and until when, on one line."""
    until = f" It goes by itself at {at(environment.expires_at)}." if environment.expires_at else ""
    return f"{environment.name} {HEADLINES[environment.phase]}. {environment.reason}{until}"


def report_outputs(connection: Connection, name: str) -> dict[str, Any] | None:
    """What a test run needs of an environment: whether it is ready, at which commit, and its outputs."""
    environment = find_environment(connection, name)
    if environment is None:
        return None
    records = [record for record in stacks_of(connection, name) if record.id and not record.status.is_gone]
    return {
        "environment": name,
        "ready": environment.phase is Phase.READY,
        "commit": environment.deployed_commit,
        "outputs": {output.name: output.value for output in outputs_of(environment, records)},
        "stacks": {record.name: _stack_outputs(environment, record) for record in records},
    }


def _stack_outputs(environment: Environment, record: StackRecord) -> dict[str, Any]:
    shown = {output.name: output.value for output in outputs_of(environment, [record])}
    return {"account": record.account, "region": record.region, "outputs": shown}


def _report(environment: Environment, sources: Sequence[Source], stacks: Sequence[StackRecord]) -> dict[str, Any]:
    return {
        "name": environment.name,
        "ticket": environment.ticket,
        "phase": environment.phase.value,
        "reason": environment.reason,
        "sources": [_source(source) for source in sources],
        "stacks": [_stack(record) for record in stacks if record.id],
        "created_at": stamp(environment.created_at),
        "last_activity_at": stamp(environment.last_activity_at),
        "expires_at": stamp(environment.expires_at),
        "keep_until": stamp(environment.keep_until),
        "cost_per_month": environment.cost_per_month,
    }


def _source(source: Source) -> dict[str, Any]:
    names = ("repository", "pull_request", "branch", "commit", "author", "draft", "fork")
    return {name: getattr(source, name) for name in names}


def _stack(record: StackRecord) -> dict[str, Any]:
    return {
        "name": record.name,
        "id": record.id,
        "status": record.status.value,
        "account": record.account,
        "region": record.region,
    }


def _resources(records: Sequence[StackRecord]) -> list[dict[str, Any]]:
    return [
        {
            "stack": record.name,
            "logical_id": resource.logical_id,
            "type": resource.type,
            "physical_id": mask(resource.logical_id, resource.physical_id),
            "status": resource.status,
        }
        for record in records
        for resource in record.resources
    ]


def stamp(moment: datetime | None) -> str | None:
    """A time as the contract writes it: RFC 3339 in UTC."""
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
