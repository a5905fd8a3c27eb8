"""Settlement: which environment a source keeps alive, and what that environment is to be from now on.

An environment keeps the name that it was born with. A name is free when no open source holds it, so a ticket that is
taken up again gets its old name back; where it is held, the second environment gets a name of its own.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from app.core.environment import Desired, Environment, Phase
from app.core.graph import arrange
from app.core.naming import name_for_second
from app.core.source import Source
from app.store.database import Connection
from app.store.environments import find_environment, save_environment, want
from app.store.sources import KEPT, find_source, save_source, sources_of
from workers.wish import Wish


def settle(connection: Connection, source: Source, wish: Wish, now: datetime) -> str | None:
    """Write down what is wanted; the environment for which something changed, None where nothing did."""
    known = find_source(connection, source.key)
    name = _own_name(connection, source, known[1] if known else None) or _free_name(connection, source, wish)
    environment = find_environment(connection, name, lock=True)
    is_alive = environment is not None and environment.desired.is_wanted
    if wish.refusal is not None and not is_alive:
        save_source(connection, replace(source, is_open=False), known[1] if known else None, now)
        return None
    save_source(connection, source, name, now)
    desired = _desired(source, wish, name, environment)
    if environment is None or not is_alive:
        save_environment(connection, _born(source, wish, name, desired, now, environment))
    elif desired != environment.desired:
        has_moved = desired.commit != environment.desired.commit
        want(connection, name, desired, now if has_moved else None)
    elif known is not None and known[0] == _kept(source):
        return None
    return name


def _kept(source: Source) -> Source:
    """The part of a source that is written down."""
    return Source(**{name: getattr(source, name) for name in KEPT})


def release(connection: Connection, source: Source, why: str, now: datetime) -> str | None:
    """Let a source go; the environment that is to go with it, None where something else keeps it or there is none."""
    known = find_source(connection, source.key)
    if known is None or known[1] is None:
        return None
    name = known[1]
    environment = find_environment(connection, name, lock=True)
    save_source(connection, replace(known[0], is_open=False), name, now)
    if environment is None or not environment.desired.is_wanted:
        return None
    if any(other.is_open for other in sources_of(connection, name)):
        return None
    want(connection, name, replace(environment.desired, is_wanted=False, why_gone=why), None)
    return name


def _own_name(connection: Connection, source: Source, name: str | None) -> str | None:
    """The name that the source's environment was born with, unless another source has taken it up meanwhile."""
    if name is None or any(other.is_open and other.key != source.key for other in sources_of(connection, name)):
        return None
    return name


def _free_name(connection: Connection, source: Source, wish: Wish) -> str:
    return next(name for name in _names(connection, source, wish) if _is_free(connection, name))


def _names(connection: Connection, source: Source, wish: Wish) -> Iterator[str]:
    """The name that is wished for, then names that tell it from those that hold it."""
    name = wish.name
    while True:
        yield name
        holder = find_environment(connection, name)
        same = holder is not None and holder.repository == source.repository
        name = name_for_second(name, source.repository, source.pull_request, same_repository=same)


def _is_free(connection: Connection, name: str) -> bool:
    return not any(source.is_open for source in sources_of(connection, name))


def _desired(source: Source, wish: Wish, name: str, environment: Environment | None) -> Desired:
    """What is wanted. Where the commit cannot be deployed, the stacks that were wanted before stay the wanted ones."""
    before = environment.desired.targets if environment else ()
    targets = before if wish.fault is not None else arrange(wish.stacks, name)
    return Desired(True, source.repository, source.commit, targets, wish.fault)


def _born(
    source: Source, wish: Wish, name: str, desired: Desired, now: datetime, before: Environment | None
) -> Environment:
    """A new environment; one that is wanted again while it is still going keeps its place."""
    return Environment(
        name=name,
        ticket=wish.ticket,
        phase=Phase.QUEUED,
        reason=f"{source.key} asked for it.",
        desired=desired,
        owner=source.author,
        repository=source.repository,
        pull_request=source.pull_request,
        branch=source.branch,
        channel=wish.channel,
        created_at=now,
        last_activity_at=now,
        admitted_at=before.admitted_at if before else None,
    )
