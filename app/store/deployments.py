"""Deployments: attempts and their outcomes. Written by the reconciler alone."""

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import datetime

import sqlalchemy as sa

from app.core.deployment import Deployment, Outcome
from app.store.database import Instant, upsert
from app.store.tables import deployments


def save_deployment(connection: sa.Connection, deployment: Deployment) -> None:
    """Keep an attempt."""
    row = {field.name: getattr(deployment, field.name) for field in fields(Deployment)}
    upsert(connection, deployments, {**row, "outcome": deployment.outcome.value})


def end_deployment(
    connection: sa.Connection, deployment: Deployment, outcome: Outcome, now: datetime, cause: str | None = None
) -> None:
    """Note how an attempt ended."""
    save_deployment(connection, replace(deployment, outcome=outcome, ended_at=now, cause=cause))


def list_deployments(connection: sa.Connection, environment: str) -> Sequence[Deployment]:
    """Every attempt of an environment, the newest first."""
    mine = sa.select(deployments).where(deployments.c.environment == environment)
    return [_deployment(row) for row in connection.execute(mine.order_by(deployments.c.started_at.desc()))]


def last_deployed(connection: sa.Connection) -> dict[str, datetime]:
    """When each environment was last deployed with success."""
    latest = sa.func.max(deployments.c.ended_at, type_=Instant).label("at")
    query = sa.select(deployments.c.environment, latest).where(deployments.c.outcome == Outcome.SUCCEEDED)
    return {row.environment: row.at for row in connection.execute(query.group_by(deployments.c.environment))}


def _deployment(row: sa.Row[tuple[object, ...]]) -> Deployment:
    values = {field.name: getattr(row, field.name) for field in fields(Deployment)}
    return Deployment(**{**values, "outcome": Outcome(values["outcome"])})
