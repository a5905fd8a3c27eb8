"""What people answer to findings with a click, carried out.

| button   | what it does                                                                                     |
|----------|--------------------------------------------------------------------------------------------------|
| Keep     | nothing happens to it for 7 days; an environment is kept against its expiry, too                 |
| Extend   | its due date moves by 7 days                                                                     |
| Ignore   | nobody is told of it for 30 days                                                                 |
| Not ours | nobody is told of it ever again                                                                  |
| Delete   | a stack goes as its environment, by the reconciler; a resource by the disposer                   |

Who clicked needs write permission on the repository that `repository_of` names. What belongs to no repository is
anybody's who may write to one of the installation's: the caller asks for that where None comes back. A stack that is in
no record of ours is not deleted by a click either.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.core.finding import Finding, Reply, ReplyKind, State, SubjectKind
from app.core.mark import Mark, MarkKind
from app.core.round import SILENT
from app.store.database import Connection
from app.store.environments import every_stack
from app.store.findings import add_reply, find_finding, save_findings
from app.store.marks import set_mark
from app.store.wake import Kind, Wakes

ACTIONS: Mapping[str, ReplyKind] = {f"mayfly:finding-{kind.value}": kind for kind in ReplyKind}
"""The buttons, by their action id."""
KEEP = timedelta(days=7)
EXTENSION = timedelta(days=7)
IGNORE = timedelta(days=30)
REPORT = "all"


def repository_of(connection: Connection, finding_id: str) -> str | None:
    """The repository whose writers may answer to a finding; None where it belongs to none."""
    finding = find_finding(connection, finding_id)
    return finding.subject.repository if finding else None


@dataclass(frozen=True)
class Answers:
    """Carries out answers to findings, each in its caller's transaction."""

    wakes: Wakes
    clock: Callable[[], datetime]

    def carry_out(self, connection: Connection, action: str, finding_id: str, actor: str) -> str:
        """Do what a button says, and what to tell whoever clicked it. `actor` is a GitHub login that may."""
        kind, finding = ACTIONS[action], find_finding(connection, finding_id)
        if finding is None or not finding.is_open:
            return "There is no such finding any more."
        now = self.clock()
        told = _DOERS[kind](self, connection, finding, actor, now)
        self.wakes.wake(connection, Kind.REPORT, REPORT)
        return told

    def keep(self, connection: Connection, finding: Finding, actor: str, now: datetime) -> str:
        """Nothing happens to it for a while."""
        until = now + KEEP
        add_reply(connection, Reply(ReplyKind.KEEP, finding.subject.key, actor, now, until))
        environment = _environment_of(connection, finding)
        if environment is not None:
            reason = f"The reaper said: {finding.reason}"
            set_mark(connection, self.wakes, Mark(MarkKind.KEEP, environment, actor, now, reason, until=until))
        note = f"{actor} keeps it until {until:%Y-%m-%d %H:%M} UTC."
        return self._settle(connection, replace(finding, state=State.KEPT, note=note), note)

    def extend(self, connection: Connection, finding: Finding, actor: str, now: datetime) -> str:
        """Its due date moves."""
        if finding.due_at is None:
            return f"{finding.subject.name} has no due date that could be moved."
        until = max(finding.due_at, now) + EXTENSION
        add_reply(connection, Reply(ReplyKind.EXTEND, finding.subject.key, actor, now, until))
        note = f"{actor} gave it until {until:%Y-%m-%d %H:%M} UTC."
        moved = replace(finding, state=State.FLAGGED, due_at=until, warned_at=None, note=note)
        return self._settle(connection, moved, note)

    def ignore(self, connection: Connection, finding: Finding, actor: str, now: datetime) -> str:
        """Nobody is told of it for a while."""
        until = now + IGNORE
        add_reply(connection, Reply(ReplyKind.IGNORE, finding.subject.key, actor, now, until))
        note = f"{actor} ignores it until {until:%Y-%m-%d %H:%M} UTC."
        return self._settle(connection, replace(finding, state=State.KEPT, note=note), note)

    def disown(self, connection: Connection, finding: Finding, actor: str, now: datetime) -> str:
        """Nobody is told of it ever again."""
        add_reply(connection, Reply(ReplyKind.NOT_OURS, finding.subject.key, actor, now))
        note = f"{actor} says that it is not ours."
        return self._settle(connection, replace(finding, state=State.KEPT, note=note), note)

    def delete(self, connection: Connection, finding: Finding, actor: str, now: datetime) -> str:
        """Have it go; what is kept, settled or not ours stays."""
        if finding.state in SILENT:
            return f"{finding.subject.name} is not deleted: {finding.note or finding.reason}"
        if finding.subject.kind is SubjectKind.RESOURCE:
            self.wakes.wake(connection, Kind.DISPOSAL, finding.id)
        else:
            environment = _environment_of(connection, finding)
            if environment is None:
                return f"{finding.subject.name} is in no record of Mayfly's, so Mayfly does not delete it."
            mark = Mark(MarkKind.DESTROY, environment, actor, now, reason=finding.reason)
            set_mark(connection, self.wakes, mark)
        add_reply(connection, Reply(ReplyKind.DELETE, finding.subject.key, actor, now))
        note = f"{actor} deletes it."
        return self._settle(connection, replace(finding, state=State.DELETING, acted_at=now, note=note), note)

    @staticmethod
    def _settle(connection: Connection, finding: Finding, told: str) -> str:
        save_findings(connection, [finding])
        return f"{finding.subject.name}: {told}"


def _environment_of(connection: Connection, finding: Finding) -> str | None:
    """The environment of a stack, by the id in our records; a name or a tag is no evidence."""
    if finding.subject.stack_id is None or finding.subject.kind is not SubjectKind.STACK:
        return None
    found = [each for each in every_stack(connection) if each.id == finding.subject.stack_id]
    return found[0].environment if found else None


_DOERS: Mapping[ReplyKind, Callable[[Answers, Connection, Finding, str, datetime], str]] = {
    ReplyKind.KEEP: Answers.keep,
    ReplyKind.EXTEND: Answers.extend,
    ReplyKind.IGNORE: Answers.ignore,
    ReplyKind.NOT_OURS: Answers.disown,
    ReplyKind.DELETE: Answers.delete,
}
