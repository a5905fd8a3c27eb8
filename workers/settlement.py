"""Settlement: which environment a source keeps alive, and what that environment is to be from now on.

An environment keeps the name that it was born with. A name is free when no open source holds it, so a ticket that is
taken up again gets its old name back; where it is held, the second environment gets a name of its own.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from app.core.environment import Desired, Ending, Environment, Phase
from app.core.naming import name_for_second
from app.core.sharing import contribute
from app.core.source import Source
from app.core.steering import hold, why_stays_away
from app.core.trigger import why_untrusted
from app.store.database import Connection
from app.store.decisions import Decision, record_decision
from app.store.environments import find_environment, is_stack_of_another, save_environment, touch_activity, want
from app.store.marks import find_facts
from app.store.sources import KEPT, find_source, save_source, sources_of
from workers.petition import Petition
from workers.wish import Wish

NOTHING = Petition()
"""Nobody asked for anything beside what GitHub shows."""


def settle(
    connection: Connection, source: Source, wish: Wish, now: datetime, petition: Petition = NOTHING
) -> str | None:
    """Write down what is wanted; the environment for which something changed, None where nothing did."""
    known = find_source(connection, source.key)
    name = _own_name(connection, source, known) or _free_name(connection, source, wish)
    environment = find_environment(connection, name, lock=True)
    is_standing = environment is not None and environment.desired.is_wanted
    is_member = known is not None and known[1] == name
    is_demanded = petition.demand is not None or _is_recalled(environment)
    is_refused = wish.refusal is not None and (wish.is_final or not is_demanded)
    if is_refused and not (is_standing and is_member):
        save_source(connection, replace(source, is_open=False), known[1] if known else None, now)
        return None
    if environment is not None and is_standing:
        return _go_on(connection, source, wish, environment, now, petition)
    save_source(connection, source, name, now)
    before = known[0] if known and known[1] == name else None
    why = _why_stays_away(environment, before, source, petition)
    if why is not None:
        record_decision(connection, Decision(name, now, None, why))
        return None
    desired = _desired(source, wish, name, environment)
    save_environment(connection, _born(source, wish, name, desired, now, environment))
    return name


def _go_on(
    connection: Connection,
    source: Source,
    wish: Wish,
    environment: Environment,
    now: datetime,
    petition: Petition,
) -> str | None:
    """What a source means for an environment that stands: filters gate the creation alone, trust gates each commit."""
    name, before = environment.name, environment.desired
    known = find_source(connection, source.key)
    save_source(connection, source, name, now)
    if petition.active_at is not None:
        touch_activity(connection, name, petition.active_at)
    if source.is_trusted:
        desired = _desired(source, wish, name, environment)
    else:
        desired = replace(before, note=why_untrusted(source))
    if desired != before:
        has_moved = desired.commit != before.commit
        want(connection, name, desired, now if has_moved else None)
    elif known is not None and known[0] == _kept(source) and petition == NOTHING:
        return None
    return name


def _is_recalled(environment: Environment | None) -> bool:
    return environment is not None and environment.desired.ending is Ending.RECALLED


def _why_stays_away(
    environment: Environment | None, before: Source | None, source: Source, petition: Petition
) -> str | None:
    """Why an environment that is to go, or gone, is not brought back by this look; None where it is."""
    if environment is None or before is None or petition.demand is not None:
        return None
    was_open = before.is_open and not petition.is_reopened
    return why_stays_away(environment, was_open=was_open, is_pushed=before.commit != source.commit)


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
    gone = replace(environment.desired, is_wanted=False, why_gone=why, ending=Ending.CLOSED)
    held = hold(replace(environment, desired=gone), find_facts(connection, name), now)
    want(connection, name, held.desired, None)
    return name


def _own_name(connection: Connection, source: Source, known: tuple[Source, str | None] | None) -> str | None:
    """The name that the source's environment was born with, unless another source has taken it up meanwhile."""
    if known is None or known[1] is None:
        return None
    others = any(other.is_open and other.key != source.key for other in sources_of(connection, known[1]))
    return known[1] if known[0].is_open or not others else None


def _free_name(connection: Connection, source: Source, wish: Wish) -> str:
    return next(
        name
        for name in _names(connection, source, wish)
        if _is_free(connection, name) or (wish.is_shared and _is_joinable(connection, name, source, wish))
    )


def _names(connection: Connection, source: Source, wish: Wish) -> Iterator[str]:
    """The name that is wished for, then names that tell it from those that hold it."""
    name = wish.name
    while True:
        yield name
        holder = find_environment(connection, name)
        same = holder is not None and holder.repository == source.repository
        name = name_for_second(name, source.repository, source.pull_request, same_repository=same)


def _is_free(connection: Connection, name: str) -> bool:
    """Whether nothing holds the name: no open source, nobody who keeps what stands under it, and no stack of another
    environment, whose `SHOP-42-<stack>` may read like the second environment of its ticket."""
    environment = find_environment(connection, name)
    is_standing = environment is not None and environment.desired.is_wanted
    is_held = is_standing or any(source.is_open for source in sources_of(connection, name))
    return not is_held and not is_stack_of_another(connection, name)


def absent_sources(connection: Connection, name: str) -> list[str]:
    """The keys of the open sources whose repository has no part in the environment, as after one of several revived it
    alone: they are to be looked at."""
    environment = find_environment(connection, name)
    if environment is None or not environment.desired.is_wanted:
        return []
    present = {target.repository for target in environment.desired.targets} | {environment.desired.repository}
    return [str(each.key) for each in sources_of(connection, name) if each.is_open and each.repository not in present]


def _is_joinable(connection: Connection, name: str, source: Source, wish: Wish) -> bool:
    """Whether an environment of the same ticket stands there in which the source's repository has no part yet."""
    environment = find_environment(connection, name)
    if environment is None or not environment.desired.is_wanted or environment.ticket != wish.ticket:
        return False
    open_sources = [other for other in sources_of(connection, name) if other.is_open]
    return bool(open_sources) and all(other.repository != source.repository for other in open_sources)


def _desired(source: Source, wish: Wish, name: str, environment: Environment | None) -> Desired:
    """What is wanted. Where the commit cannot be deployed, the stacks that were wanted before stay the wanted ones."""
    before, first = (environment.desired, environment.repository) if environment else (Desired(False), "")
    if not before.is_wanted:
        before, first = replace(before, targets=before.targets if wish.fault is not None else ()), source.repository
    targets = before.targets
    if wish.fault is None:
        targets = contribute(before, first, source.repository, source.commit, wish.stacks, name)
    idle, longest = wish.idle, wish.longest
    if wish.fault is not None and environment is not None:
        idle, longest = environment.desired.idle, environment.desired.longest
    repository, commit = source.repository, source.commit
    if before.is_wanted and targets == before.targets and wish.fault == before.fault and _is_guest_of(before, source):
        repository, commit = before.repository, before.commit
    return Desired(True, repository, commit, targets, wish.fault, idle=idle, longest=longest)


def _is_guest_of(before: Desired, source: Source) -> bool:
    """Whether another repository's commit was the last that changed what is wanted, which a mere look leaves so."""
    return before.repository != source.repository and any(t.commit == source.commit for t in before.targets)


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
