"""Preparations: the packaged templates of the commit last wanted of an environment, and what was uploaded for them.

Written by the reconciler alone.
"""

from dataclasses import asdict
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.core.blueprint import Blueprint, Preparation
from app.core.remark import Level, Remark
from app.store.database import upsert
from app.store.tables import artifacts, preparations


def save_preparation(connection: sa.Connection, environment: str, preparation: Preparation) -> None:
    """Keep what was made of a commit, in place of what was made of an earlier one."""
    row = {
        "environment": environment,
        "commit": preparation.commit,
        "blueprints": {stack: asdict(blueprint) for stack, blueprint in preparation.blueprints.items()},
        "fault": preparation.fault,
        "remarks": [asdict(remark) for remark in preparation.remarks],
        "is_renewed": preparation.is_renewed,
    }
    upsert(connection, preparations, row)


def find_preparation(connection: sa.Connection, environment: str, commit: str) -> Preparation | None:
    """What was made of a commit; None where nothing was yet."""
    mine = (preparations.c.environment == environment) & (preparations.c.commit == commit)
    row = connection.execute(sa.select(preparations).where(mine)).one_or_none()
    if row is None:
        return None
    made = {stack: _blueprint(content) for stack, content in row.blueprints.items()}
    remarks = tuple(_remark(content) for content in row.remarks)
    return Preparation(row.commit, made, row.fault, remarks, row.is_renewed)


def known_artifacts(connection: sa.Connection, bucket: str, since: datetime) -> frozenset[str]:
    """The keys that were uploaded to a bucket since then."""
    fresh = (artifacts.c.bucket == bucket) & (artifacts.c.uploaded_at >= since)
    return frozenset(connection.execute(sa.select(artifacts.c.key).where(fresh)).scalars())


def forget_artifacts(connection: sa.Connection, repository: str) -> int:
    """Forget what was uploaded for a repository, in whatever bucket, so that it is sent again; how much it was."""
    mine = artifacts.c.key.startswith(f"{repository.lower()}/", autoescape=True)
    return connection.execute(artifacts.delete().where(mine)).rowcount


def forget_preparation(connection: sa.Connection, environment: str) -> None:
    """Have the wanted commit read anew."""
    connection.execute(preparations.delete().where(preparations.c.environment == environment))


def save_artifact(connection: sa.Connection, bucket: str, key: str, now: datetime) -> None:
    """Note that a bucket holds a key."""
    upsert(connection, artifacts, {"bucket": bucket, "key": key, "uploaded_at": now})


def _blueprint(content: dict[str, object]) -> Blueprint:
    lists = {name: tuple(value) for name, value in content.items() if isinstance(value, list)}
    return Blueprint(**{**content, **lists})  # type: ignore[arg-type]


def _remark(content: dict[str, Any]) -> Remark:
    return Remark(**{**content, "level": Level(content["level"])})
