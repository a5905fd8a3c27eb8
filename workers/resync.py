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
from app.core.resync import Comparison, Known, Sighting, judge, missing, unlike
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
SUBJECT = f"round:{Kind.RESYNC}"
"""What the decisions of a round are about: no environment can be called so."""
PORTION = 100
"""So many keys are woken in one transaction, so that nobody waits long for its end."""
MOST_ASKED = 30
"""Sources that are asked about one by one in a round; the others have their turn in the next."""
MOST_SUSPECTS = 20
"""So many of them may be such as looked closed before, so that the others have a turn at all."""
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
    unlisted: tuple[str, ...] = ()

    def lines(self) -> list[str]:
        """The round as a person reads it."""
        told = [f"look at {source}: GitHub shows it otherwise than we know it" for source in self.to_look_at]
        told += [f"let {source} go: GitHub has shown it closed for a while" for source in self.closings.due]
        told += [
            f"{seen.source} is closed, seen {seen.rounds} times since {seen.first_at:%H:%M} UTC"
            for seen in self.closings.sightings
            if seen.source not in (*self.closings.due, *self.closings.held) and str(seen.source) not in self.unread
        ]
        if self.closings.held:
            told.append(self.held_reason)
        told += [f"wake {name}" for name in self.environments]
        told += [f"{name} bears our mark and is in no record; it is left alone" for name in self.strangers]
        told += [f"{name} could not be read; nothing is destroyed for it" for name in self.unread]
        return told + [f"the stacks in {place} could not be listed" for place in self.unlisted]

    @property
    def held_reason(self) -> str:
        """Why the breaker holds, and how it is let go."""
        names = ", ".join(str(source) for source in self.closings.held)
        return (
            f"{len(self.closings.sightings)} sources look closed at once, more than one round may let go: {names}. "
            "Nothing is destroyed; if they are really closed, run `mayfly resync --confirm`."
        )


@dataclass
class Answers:
    """What GitHub said of the sources that it was asked about: closed, moved on, or nothing clear."""

    closed: list[SourceKey] = field(default_factory=list)
    moved: list[SourceKey] = field(default_factory=list)
    unclear: list[SourceKey] = field(default_factory=list)


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
        asked = self._choose(_questions(known, shown, read), sightings)
        answers = self._ask(asked, {each.source: each.commit for each in known})
        silent = {each.source for each in known} - set(shown) - set(asked)
        closings = judge(
            answers.closed,
            sightings,
            len(environments),
            self.clock(),
            self.grace,
            unclear={*silent, *answers.unclear},
            is_confirmed=is_confirmed,
        )
        dark = tuple(name for name in repositories if name not in read)
        return Round(
            to_look_at=(*unlike(shown, looked_at), *answers.moved),
            closings=closings,
            unread=(*dark, *(str(source) for source in answers.unclear)),
            **self._compare_stacks(environments, records),
        )

    def _ask(self, sources: Sequence[SourceKey], commits: Mapping[SourceKey, str]) -> Answers:
        """Ask GitHub about each."""
        answers = Answers()
        for source in sources:
            try:
                commit = self._open_commit(source)
            except MayflyError as fault:
                log.info("a source could not be asked about", source=str(source), reason=str(fault))
                answers.unclear.append(source)
                continue
            if commit is None:
                answers.closed.append(source)
            elif commit != commits[source]:
                answers.moved.append(source)
        return answers

    def _choose(self, questions: Sequence[SourceKey], sightings: Sequence[Sighting]) -> list[SourceKey]:
        """Those that this round asks about, should there be too many: first those that looked closed before."""
        suspected = {each.source for each in sightings}
        first = self._turn([each for each in questions if each in suspected], MOST_SUSPECTS)
        others = self._turn([each for each in questions if each not in suspected], MOST_ASKED - len(first))
        return [*first, *others]

    def _turn(self, questions: Sequence[SourceKey], most: int) -> Sequence[SourceKey]:
        """As many as may be, others in each round."""
        rounds = int(self.clock().timestamp() // self.every.total_seconds())
        begin = rounds * most % len(questions) if len(questions) > most else 0
        return [*questions[begin:], *questions[:begin]][:most]

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
        places = {(each.account, each.region) for group in records.values() for each in group if each.is_alive}
        unlisted = ["/".join(place) for place in sorted(places - read)]
        return {"environments": tuple(to_wake), "strangers": tuple(strangers), "unlisted": tuple(unlisted)}

    def apply(self, found: Round, actor: str = "mayfly") -> None:
        """Write down what was seen, and wake what has to be looked at; `actor` is who had the round made.

        Should the process die amid the wakes, the next round sees the rest again.
        """
        with self.database.begin() as connection:
            save_sightings(connection, found.closings.sightings)
            self._record(connection, found, actor)
        sources = sorted({str(source) for source in (*found.to_look_at, *found.closings.due)})
        self._wake(Kind.SOURCE, sources)
        self._wake(Kind.ENVIRONMENT, sorted(found.environments))
        self._sound(found)
        log.info("resync", woken=len(found.to_look_at) + len(found.environments), due=len(found.closings.due))

    def _wake(self, kind: Kind, keys: Sequence[str]) -> None:
        for begin in range(0, len(keys), PORTION):
            with self.database.begin() as connection:
                for key in keys[begin : begin + PORTION]:
                    if kind is Kind.ENVIRONMENT:
                        self._doubt(connection, key)
                    self.wakes.wake(connection, kind, key)

    def _doubt(self, connection: Connection, name: str) -> None:
        """Have the environment's pass look at its stacks, whatever it knows of them."""
        now = self.clock()
        for record in stacks_of(connection, name):
            if record.is_alive and record.id is not None:
                hear(connection, Tiding(record.id, now))

    def _sound(self, found: Round) -> None:
        """Call people while the breaker holds. A round that could not read everything cannot say that it is over."""
        if found.closings.held:
            self.alarm.raise_(Kind.RESYNC, found.held_reason, [confirm_resync_button()])
        elif not found.unread:
            self.alarm.lower(Kind.RESYNC, "Over: resync holds nothing back any more.")

    def _record(self, connection: Connection, found: Round, actor: str) -> None:
        now = self.clock()
        for line in found.lines():
            record_decision(connection, Decision(SUBJECT, now, None, line, actor=actor))


def _questions(known: Sequence[Known], shown: Mapping[SourceKey, str], read: set[str]) -> list[SourceKey]:
    """What GitHub has to be asked about one by one: pull requests that its lists lack, and every branch."""
    pulls = [source for source in missing(shown, known, read) if source.pull_request]
    return [*pulls, *(each.source for each in known if each.source.branch)]


class Unclear(MayflyError):
    """GitHub gave no clear word."""


def _differs(record: StackRecord, seen: Mapping[str, ObservedStack], read: set[tuple[str, str]]) -> bool:
    """Whether a stack at rest is not as recorded, in an account and region that could be read."""
    if not record.is_alive or (record.account, record.region) not in read:
        return False
    stack = seen.get(record.id or "")
    return stack is None or stack.status is not record.status or keep_of(stack.tags) != record.kept_until
