"""What people answer to findings with a click, carried out.

| button   | what it does                                                                                     |
|----------|--------------------------------------------------------------------------------------------------|
| Keep     | nothing happens to it for 7 days; an environment is kept against its expiry, too                 |
| Extend   | its due date moves by 7 days                                                                     |
| Ignore   | nobody is told of it for 30 days                                                                 |
| Not ours | nobody is told of it ever again                                                                  |
| Delete   | a stack goes as its environment, by the reconciler; a resource by the disposer                   |

Who clicks needs write permission on the repository of the environment that it came from, by our records: a tag is no
authority. What belongs to none is anybody's who may write to one of the repositories that Mayfly knows. A stack that is
in no record of ours is not deleted by a click either.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.core.finding import Finding, Reply, ReplyKind, State, SubjectKind
from app.core.mark import Mark, MarkKind
from app.core.round import SILENT
from app.slack.findings import PREFIX
from app.store.database import Connection, Database
from app.store.environments import find_environment, find_stack
from app.store.findings import add_reply, find_finding, save_findings
from app.store.marks import set_mark
from app.store.sightings import list_repositories
from app.store.wake import Kind, Wakes
from workers.acts import Act, Asked, Settle
from workers.reaper import ROUND
from workers.reply import Reply as Outcome
from workers.reply import done, refused

GONE = "There is no such finding any more."
KEEP = timedelta(days=7)
EXTENSION = timedelta(days=7)
IGNORE = timedelta(days=30)


@dataclass(frozen=True)
class Answer:
    """What one button under a finding does; its value is the finding's id."""

    kind: ReplyKind
    database: Database
    wakes: Wakes

    def repositories(self, connection: Connection, value: str) -> Sequence[str]:
        """Where whoever clicks must be allowed to write, in one of them; empty where there is no such finding."""
        finding = find_finding(connection, value)
        if finding is None:
            return ()
        environment = find_environment(connection, _origin_of(connection, finding) or "")
        return (environment.repository,) if environment else list_repositories(connection)

    def do(self, asked: Asked, settle: Settle) -> Outcome:
        """Do it, and say what became of it."""
        with self.database.begin() as connection:
            finding = find_finding(connection, asked.value)
            outcome = self._do(connection, finding, asked) if finding and finding.is_open else refused(GONE)
            self.wakes.wake(connection, Kind.REPORT, ROUND)
            settle(connection, outcome)
        return outcome

    def _do(self, connection: Connection, finding: Finding, asked: Asked) -> Outcome:
        return _DOERS[self.kind](Doer(connection, self.wakes, asked.login, asked.at), finding)


def finding_acts(database: Database, wakes: Wakes) -> dict[str, Act]:
    """What each button under a finding does, by its action id."""
    return {f"{PREFIX}{kind.value}": Answer(kind, database, wakes) for kind in ReplyKind}


@dataclass(frozen=True)
class Doer:
    """Carries out one answer of a person who may give it."""

    connection: Connection
    wakes: Wakes
    actor: str
    now: datetime

    def keep(self, finding: Finding) -> Outcome:
        """Nothing happens to it for a while; nor does its environment expire."""
        until = self.now + KEEP
        environment = _environment_of(self.connection, finding)
        if environment is not None:
            reason = f"The reaper said: {finding.reason}"
            set_mark(
                self.connection, self.wakes, Mark(MarkKind.KEEP, environment, self.actor, self.now, reason, until=until)
            )
        return self._reply(ReplyKind.KEEP, finding, "keeps it", until)

    def extend(self, finding: Finding) -> Outcome:
        """Its due date moves."""
        if finding.due_at is None:
            return refused(f"{finding.subject.name} has no due date that could be moved.")
        until = max(finding.due_at, self.now) + EXTENSION
        moved = replace(finding, state=State.FLAGGED, due_at=until, warned_at=None)
        return self._reply(ReplyKind.EXTEND, moved, "gives it time", until)

    def ignore(self, finding: Finding) -> Outcome:
        """Nobody is told of it for a while."""
        return self._reply(ReplyKind.IGNORE, finding, "ignores it", self.now + IGNORE)

    def disown(self, finding: Finding) -> Outcome:
        """Nobody is told of it ever again."""
        return self._reply(ReplyKind.NOT_OURS, finding, "says that it is not ours", None)

    def delete(self, finding: Finding) -> Outcome:
        """Have it go; what is kept, settled or in no record stays."""
        if finding.state in SILENT:
            return refused(f"{finding.subject.name} is not deleted: {finding.note or finding.reason}")
        if finding.subject.kind is SubjectKind.RESOURCE:
            self.wakes.wake(self.connection, Kind.DISPOSAL, finding.id)
        else:
            environment = _environment_of(self.connection, finding)
            if environment is None:
                return refused(f"{finding.subject.name} is in no record of Mayfly's, so Mayfly does not delete it.")
            mark = Mark(MarkKind.DESTROY, environment, self.actor, self.now, reason=finding.reason)
            set_mark(self.connection, self.wakes, mark)
        going = replace(finding, state=State.DELETING, acted_at=self.now)
        return self._reply(ReplyKind.DELETE, going, "deletes it", None)

    def _reply(self, kind: ReplyKind, finding: Finding, words: str, until: datetime | None) -> Outcome:
        """Keep what was said, and the finding with it."""
        note = f"{self.actor} {words}{f' until {until:%Y-%m-%d %H:%M} UTC' if until else ''}."
        state = State.KEPT if kind in _KEEPING else finding.state
        add_reply(self.connection, Reply(kind, finding.subject.key, self.actor, self.now, until))
        save_findings(self.connection, [replace(finding, state=state, note=note)])
        return done(f"{finding.subject.name}: {note}")


_KEEPING = frozenset({ReplyKind.KEEP, ReplyKind.IGNORE, ReplyKind.NOT_OURS})
_DOERS: Mapping[ReplyKind, Callable[[Doer, Finding], Outcome]] = {
    ReplyKind.KEEP: Doer.keep,
    ReplyKind.EXTEND: Doer.extend,
    ReplyKind.IGNORE: Doer.ignore,
    ReplyKind.NOT_OURS: Doer.disown,
    ReplyKind.DELETE: Doer.delete,
}


def _environment_of(connection: Connection, finding: Finding) -> str | None:
    """The environment that a stack is, by the id in our records."""
    return _origin_of(connection, finding) if finding.subject.kind is SubjectKind.STACK else None


def _origin_of(connection: Connection, finding: Finding) -> str | None:
    """The environment whose stack it is or came from, by the id in our records; a name or a tag is no evidence."""
    record = find_stack(connection, finding.subject.stack_id, None) if finding.subject.stack_id else None
    return record.environment if record else None
