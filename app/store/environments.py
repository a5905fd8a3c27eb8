"""Environments and their stacks. Intake writes what is wanted; the reconciler writes what is there."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.core.environment import Desired, Ending, Environment, Phase, Target
from app.core.stack import Resource, StackRecord, StackStatus
from app.core.verification import Verification
from app.store.database import upsert
from app.store.tables import environments, sources, stacks

_COLUMNS = tuple(field.name for field in fields(Environment))


def save_environment(connection: sa.Connection, environment: Environment) -> None:
    """Keep a whole environment: at birth, and by the reconciler after each pass."""
    row = {name: getattr(environment, name) for name in _COLUMNS}
    upsert(connection, environments, {**row, "phase": environment.phase.value, "desired": asdict(environment.desired)})


def want(connection: sa.Connection, name: str, desired: Desired, activity_at: datetime | None) -> None:
    """Change what is wanted of an environment; a change voids what was found after an earlier deletion."""
    values: dict[str, Any] = {"desired": asdict(desired), "verification": None}
    if activity_at is not None:
        values["last_activity_at"] = activity_at
    connection.execute(environments.update().where(environments.c.name == name).values(values))


def touch_activity(connection: sa.Connection, name: str, at: datetime) -> None:
    """Note that an environment was in use at a moment; an earlier one changes nothing."""
    mine = (environments.c.name == name) & (environments.c.last_activity_at < at)
    connection.execute(environments.update().where(mine).values(last_activity_at=at))


def find_environment(connection: sa.Connection, name: str, *, lock: bool = False) -> Environment | None:
    """An environment by its name."""
    query = sa.select(environments).where(environments.c.name == name)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    return _environment(row) if row else None


def list_environments(
    connection: sa.Connection,
    *,
    with_gone: bool = False,
    repository: str | None = None,
    after: tuple[datetime, str] | None = None,
    most: int | None = None,
) -> Sequence[Environment]:
    """Every environment, the newest first; those that are gone only where asked for.

    Of one `repository` alone where it is named, those `after` one that was created at a moment and has a name, and
    `most` so many.
    """
    query = sa.select(environments).order_by(environments.c.created_at.desc(), environments.c.name).limit(most)
    if not with_gone:
        query = query.where(environments.c.phase != Phase.GONE)
    if repository is not None:
        query = query.where(environments.c.name.in_(_fed_by(repository)))
    if after is not None:
        at, name = after
        is_next = (environments.c.created_at == at) & (environments.c.name > name)
        query = query.where((environments.c.created_at < at) | is_next)
    return [_environment(row) for row in connection.execute(query)]


def is_of(connection: sa.Connection, name: str, repository: str) -> bool:
    """Whether one of an environment's sources is of a repository."""
    query = _fed_by(repository).where(sources.c.environment == name)
    return connection.execute(query.limit(1)).first() is not None


def _fed_by(repository: str) -> sa.Select[tuple[str]]:
    """The names of the environments that have a source of the repository; its name is no matter of large or small."""
    return sa.select(sources.c.environment).where(sa.func.lower(sources.c.repository) == repository.lower())


def _environment(row: sa.Row[Any]) -> Environment:
    values = {name: getattr(row, name) for name in _COLUMNS}
    return Environment(**{**values, "phase": Phase(row.phase), "desired": _desired(row.desired)})


def _desired(content: dict[str, Any]) -> Desired:
    ending = content["ending"]
    targets = tuple(_target(target) for target in content["targets"])
    return Desired(**{**content, "targets": targets, "ending": Ending(ending) if ending else None})


def _target(content: dict[str, Any]) -> Target:
    outputs = content["outputs"]
    return Target(
        **{**content, "needs": tuple(content["needs"]), "outputs": None if outputs is None else tuple(outputs)}
    )


def save_stack(connection: sa.Connection, record: StackRecord) -> None:
    """Keep what is known of one stack."""
    row = {field.name: getattr(record, field.name) for field in fields(StackRecord)}
    resources = [asdict(resource) for resource in record.resources]
    upsert(connection, stacks, {**row, "status": record.status.value, "resources": resources})


def stacks_of(connection: sa.Connection, environment: str) -> list[StackRecord]:
    """The records of an environment's stacks."""
    query = sa.select(stacks).where(stacks.c.environment == environment).order_by(stacks.c.stack)
    return [_record(row) for row in connection.execute(query)]


def outlines_of(connection: sa.Connection, names: Sequence[str]) -> dict[str, list[StackRecord]]:
    """The stacks of many environments with one question, without their outputs and resources, which may be many."""
    heavy = {"resources": sa.literal([], sa.JSON), "outputs": sa.literal({}, sa.JSON)}
    columns = [heavy[column.name].label(column.name) if column.name in heavy else column for column in stacks.c]
    query = sa.select(*columns).where(stacks.c.environment.in_(names)).order_by(stacks.c.environment, stacks.c.stack)
    found: dict[str, list[StackRecord]] = {name: [] for name in names}
    for row in connection.execute(query):
        found[row.environment].append(_record(row))
    return found


def find_stack(connection: sa.Connection, stack_id: str, token: str | None) -> StackRecord | None:
    """The record of a stack by its id, or, where its creation was not answered yet, by the token that asked for it."""
    known = stacks.c.id == stack_id
    if token is not None:
        known |= stacks.c.id.is_(None) & (stacks.c.token == token)
    row = connection.execute(sa.select(stacks).where(known).limit(1)).one_or_none()
    return None if row is None else _record(row)


def places_under_way(connection: sa.Connection) -> list[str]:
    """Each `account/region` in which CloudFormation was at work when last seen."""
    under_way = stacks.c.status.like("%IN_PROGRESS")
    query = sa.select(stacks.c.account, stacks.c.region).where(under_way).distinct()
    return sorted(f"{row.account}/{row.region}" for row in connection.execute(query))


def every_stack(connection: sa.Connection) -> list[StackRecord]:
    """The records of every stack, also of what is gone."""
    return [_record(row) for row in connection.execute(sa.select(stacks).order_by(stacks.c.environment))]


def is_stack_of_another(connection: sa.Connection, name: str) -> bool:
    """Whether an environment that is not gone, of another name, has or wants a stack of this name."""
    others = sa.select(environments.c.name, environments.c.desired).where(
        environments.c.phase != Phase.GONE, environments.c.name != name
    )
    return any(target["name"] == name for row in connection.execute(others) for target in row.desired["targets"])


def stacks_at(connection: sa.Connection, account: str, region: str) -> list[StackRecord]:
    """The records of every stack of an account and region on which CloudFormation was at work when last seen."""
    query = sa.select(stacks).where(
        stacks.c.account == account, stacks.c.region == region, stacks.c.status.like("%IN_PROGRESS")
    )
    return [_record(row) for row in connection.execute(query)]


def _record(row: sa.Row[Any]) -> StackRecord:
    values = {field.name: getattr(row, field.name) for field in fields(StackRecord)}
    resources = tuple(Resource(**content) for content in row.resources)
    return StackRecord(**{**values, "status": StackStatus(row.status), "resources": resources})


def find_verification(connection: sa.Connection, name: str) -> Verification | None:
    """What the looks after the deletion found; None before there was one."""
    found = connection.execute(sa.select(environments.c.verification).where(environments.c.name == name)).scalar()
    if found is None:
        return None
    times = {key: datetime.fromisoformat(found[key]) for key in ("first_at", "last_at")}
    lists = {key: tuple(found[key]) for key in ("pending", "leftovers")}
    return Verification(**{**found, **times, **lists})


def save_verification(connection: sa.Connection, name: str, seen: Verification) -> None:
    """Keep what the looks after the deletion found."""
    times = {"first_at": seen.first_at.isoformat(), "last_at": seen.last_at.isoformat()}
    content = {**asdict(seen), **times}
    connection.execute(environments.update().where(environments.c.name == name).values(verification=content))


def void_verification(connection: sa.Connection, name: str) -> None:
    """Have the traces of a deletion looked for again."""
    connection.execute(environments.update().where(environments.c.name == name).values(verification=None))
