"""Sources as they were last seen on GitHub, and the environment that each keeps alive. Written by intake alone."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from app.core.source import Source, SourceKey
from app.store.database import upsert
from app.store.tables import sources

KEPT = (
    "repository",
    "pull_request",
    "branch",
    "commit",
    "author",
    "title",
    "draft",
    "fork",
    "is_open",
    "url",
    "approved",
)


def save_source(connection: sa.Connection, source: Source, environment: str | None, now: datetime) -> None:
    """Keep what was seen of a source."""
    row = {name: getattr(source, name) for name in KEPT}
    upsert(connection, sources, {"key": str(source.key), **row, "environment": environment, "seen_at": now})


def find_source(connection: sa.Connection, key: SourceKey) -> tuple[Source, str | None] | None:
    """A source as it was last seen, with the name of its environment; None where it never was."""
    row = connection.execute(sa.select(sources).where(sources.c.key == str(key))).one_or_none()
    return (_source(row), row.environment) if row else None


def sources_of(connection: sa.Connection, environment: str) -> Sequence[Source]:
    """Every source that an environment has or had, the first one first."""
    order = (sources.c.pull_request.is_(None), sources.c.pull_request, sources.c.key)
    query = sa.select(sources).where(sources.c.environment == environment).order_by(*order)
    return [_source(row) for row in connection.execute(query)]


def sources_of_all(connection: sa.Connection, names: Sequence[str]) -> dict[str, list[Source]]:
    """Every source of many environments with one question, in the order of `sources_of`."""
    order = (sources.c.pull_request.is_(None), sources.c.pull_request, sources.c.key)
    found: dict[str, list[Source]] = {name: [] for name in names}
    for row in connection.execute(sa.select(sources).where(sources.c.environment.in_(names)).order_by(*order)):
        found[row.environment].append(_source(row))
    return found


def authors_of(connection: sa.Connection, repositories: Sequence[str]) -> Sequence[str]:
    """Whoever opened a source of the repositories, those seen last first."""
    query = sa.select(sources.c.author, sa.func.max(sources.c.seen_at).label("last")).where(
        sources.c.repository.in_(repositories), sources.c.author != ""
    )
    newest = query.group_by(sources.c.author).order_by(sa.desc("last"), sources.c.author)
    return [row.author for row in connection.execute(newest)]


def every_source(connection: sa.Connection) -> dict[str, list[SourceKey]]:
    """The sources that each environment has or had."""
    found: dict[str, list[SourceKey]] = {}
    query = sa.select(sources.c.key, sources.c.environment).where(sources.c.environment.is_not(None))
    for row in connection.execute(query.order_by(sources.c.key)):
        found.setdefault(row.environment, []).append(SourceKey.parse(row.key))
    return found


def pull_requests_on(connection: sa.Connection, repository: str, branch: str) -> Sequence[SourceKey]:
    """The open pull requests known to come from a branch of a repository."""
    query = sa.select(sources.c.key).where(
        sources.c.repository == repository,
        sources.c.branch == branch,
        sources.c.pull_request.is_not(None),
        sources.c.is_open,
        ~sources.c.fork,
    )
    return [SourceKey.parse(key) for key in connection.execute(query).scalars()]


def _source(row: sa.Row[tuple[object, ...]]) -> Source:
    return Source(**{name: getattr(row, name) for name in KEPT})
