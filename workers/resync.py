"""Resync: the round that heals whatever was lost.

Every few minutes GitHub's open pull requests, the stacks that bear our mark and our records are held against each
other. A round looks and wakes; deploying and destroying stays with the passes that it wakes, which look for themselves.
It fails closed: what could not be read is left as it is, and a closing counts only once GitHub itself was asked about
that one source and showed it closed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from app.core.environment import Environment, Phase
from app.core.errors import MayflyError
from app.core.resync import Comparison, Known, judge, missing, unlike
from app.core.source import SourceKey
from app.core.stack import ObservedStack, StackRecord
from app.core.tagging import keep_of
from app.core.tiding import Tiding
from app.slack.buttons import confirm_resync_button
from app.store.database import Connection, Database
from app.store.decisions import Decision, record_decision
from app.store.environments import list_environments, stacks_of
from app.store.sightings import list_known, list_looked_at, list_repositories, list_sightings, save_sightings
from app.store.tidings import hear
from app.store.wake import Kind, Wakes
from workers.alarm import Alarm
from workers.ports import Pulls

ROUND = "all"
"""The one key of resync: however many processes there are, one round goes on at a time."""
SUBJECT = "resync"
MOST_ASKED = 30
"""Sources that are asked about one by one in a round; the others have their turn in the next."""
_SETTLED = frozenset({Phase.READY, Phase.FAILED, Phase.GONE, Phase.LEAKED})

log = structlog.get_logger()


class Survey(Protocol):
    """What a round needs to see of the world."""

    def openings(self, repositories: Sequence[str]) -> tuple[dict[SourceKey, str], set[str]]:
        """Every open pull request with its commit, and the repositories whose lists came whole."""

    def repositories(self) -> Sequence[str]:
        """The repositories that the server is to look at, beside those that it knows."""

    def stacks(self) -> tuple[list[ObservedStack], set[tuple[str, str]]]:
        """Every stack that bears our mark, and the accounts and regions whose lists came whole."""


@dataclass(frozen=True)
class Round:
    """What a round found, and what follows from it."""

    to_look_at: tuple[SourceKey, ...] = ()
    closings: Comparison = field(default_factory=Comparison)
    environments: tuple[str, ...] = ()
    strangers: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """The round as a person reads it."""
        told = [f"look at {source}: GitHub shows it otherwise than we know it" for source in self.to_look_at]
        told += [f"let {source} go: GitHub has shown it closed for a while" for source in self.closings.due]
        told += [
            f"{seen.source} is closed, seen {seen.rounds} times since {seen.first_at:%H:%M} UTC"
            for seen in self.closings.sightings
            if seen.source not in (*self.closings.due, *self.closings.held)
        ]
        if self.closings.held:
            told.append(self.held_reason)
        told += [f"wake {name}" for name in self.environments]
        told += [f"{name} bears our mark and is in no record; it is left alone" for name in self.strangers]
        return told + [f"{name} could not be read; nothing is destroyed for it" for name in self.unread]

    @property
    def held_reason(self) -> str:
        """Why the breaker holds, and how it is let go."""
        names = ", ".join(str(source) for source in self.closings.held)
        return (
            f"{len(self.closings.held)} sources look closed at once, more than one round may let go: {names}. "
            "Nothing is destroyed; if they are really closed, run `mayfly resync --confirm`."
        )


@dataclass(frozen=True)
class Resync:
    """One pass for all: a round, and the next one after `every`."""

    database: Database
    wakes: Wakes
    pulls: Pulls
    survey: Survey
    every: timedelta
    grace: timedelta
    clock: Callable[[], datetime]
    alarm: Alarm

    def __call__(self, _key: str) -> timedelta | None:
        """One round by itself."""
        self.apply(self.look())
        return self.every

    def look(self, *, is_confirmed: bool = False) -> Round:
        """See what is there, changing nothing."""
        with self.database.read() as connection:
            known, looked_at = list_known(connection), list_looked_at(connection)
            repositories = sorted({*list_repositories(connection), *self.survey.repositories()})
            sightings = list_sightings(connection)
            environments = list_environments(connection)
            records = {each.name: stacks_of(connection, each.name) for each in environments}
        shown, read = self.survey.openings(repositories)
        closed, moved = self._ask(known, shown, read)
        live = len(environments)
        now = self.clock()
        return Round(
            to_look_at=(*unlike(shown, looked_at), *moved),
            closings=judge(closed, sightings, live, now, self.grace, is_confirmed=is_confirmed),
            unread=tuple(name for name in repositories if name not in read),
            **self._compare_stacks(environments, records),
        )

    def _ask(
        self, known: Sequence[Known], shown: dict[SourceKey, str], read: set[str]
    ) -> tuple[list[SourceKey], list[SourceKey]]:
        """The sources that GitHub, asked about each, shows closed; and the branches that moved."""
        branches = [each.source for each in known if each.source.branch]
        pulls = [source for source in missing(shown, known, read) if source.pull_request]
        commits = {each.source: each.commit for each in known}
        closed, moved = [], []
        for source in self._turn([*pulls, *branches]):
            try:
                commit = self._open_commit(source)
            except MayflyError as fault:
                log.info("a source could not be asked about", source=str(source), reason=str(fault))
                continue
            if commit is None:
                closed.append(source)
            elif commit != commits[source]:
                moved.append(source)
        return closed, moved

    def _turn(self, sources: Sequence[SourceKey]) -> Sequence[SourceKey]:
        """Those whose turn it is, should there be more than a round may ask about."""
        rounds = int(self.clock().timestamp() // self.every.total_seconds())
        begin = rounds * MOST_ASKED % len(sources) if len(sources) > MOST_ASKED else 0
        return [*sources[begin:], *sources[:begin]][:MOST_ASKED]

    def _open_commit(self, source: SourceKey) -> str | None:
        """The commit of an open source; None for one that is closed. Without a clear word it counts as unchanged."""
        if source.pull_request is not None:
            pull = self.pulls.pull_request(source.repository, source.pull_request)
            if pull is None:
                raise Unclear(f"{source} is not shown")
            return pull.commit if pull.is_open else None
        branch = self.pulls.branch(source.repository, source.branch or "")
        if branch is None and not self.pulls.is_readable(source.repository):
            raise Unclear(f"{source.repository} is not shown")
        return branch.commit if branch else None

    def _compare_stacks(
        self, environments: Sequence[Environment], records: dict[str, list[StackRecord]]
    ) -> dict[str, tuple[str, ...]]:
        """The environments that stand otherwise than recorded or are on their way, and stacks that nobody knows."""
        observed, read = self.survey.stacks()
        seen = {stack.id: stack for stack in observed}
        ours = {record.id for group in records.values() for record in group}
        to_wake = [
            each.name
            for each in environments
            if each.phase not in _SETTLED or any(_differs(record, seen, read) for record in records[each.name])
        ]
        strangers = [f"{stack.name} ({stack.id})" for stack in observed if stack.id not in ours]
        return {"environments": tuple(to_wake), "strangers": tuple(strangers)}

    def apply(self, found: Round) -> None:
        """Wake what has to be looked at, and write down what was seen."""
        with self.database.begin() as connection:
            save_sightings(connection, found.closings.sightings)
            for source in {*found.to_look_at, *found.closings.due}:
                self.wakes.wake(connection, Kind.SOURCE, str(source))
            for name in found.environments:
                self._doubt(connection, name)
                self.wakes.wake(connection, Kind.ENVIRONMENT, name)
            self._record(connection, found)
        self._sound(found)
        log.info("resync", woken=len(found.to_look_at) + len(found.environments), due=len(found.closings.due))

    def _doubt(self, connection: Connection, name: str) -> None:
        """Have the environment's pass look at its stacks, whatever it knows of them."""
        now = self.clock()
        for record in stacks_of(connection, name):
            if record.is_alive and record.id is not None:
                hear(connection, Tiding(record.id, now))

    def _sound(self, found: Round) -> None:
        """Call people while the breaker holds. A round that could not read everything cannot say that it is over."""
        if found.closings.held:
            self.alarm.raise_(SUBJECT, found.held_reason, [confirm_resync_button()])
        elif not found.unread:
            self.alarm.lower(SUBJECT, "Over: resync holds nothing back any more.")

    def _record(self, connection: Connection, found: Round) -> None:
        now = self.clock()
        for line in found.lines():
            record_decision(connection, Decision(SUBJECT, now, None, line))


class Unclear(MayflyError):
    """GitHub gave no clear word."""


def _differs(record: StackRecord, seen: Mapping[str, ObservedStack], read: set[tuple[str, str]]) -> bool:
    """Whether a stack at rest is not as recorded, in an account and region that could be read."""
    if not record.is_alive or (record.account, record.region) not in read:
        return False
    stack = seen.get(record.id or "")
    return stack is None or stack.status is not record.status or keep_of(stack.tags) != record.kept_until
