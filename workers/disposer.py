"""The disposer: deletes one resource that outlived its stack, a step a pass, until its service says that it is gone.

It goes by the finding alone: one that a rule or a person has had deleted, which is still open. Whatever keeps it
meanwhile, and every refusal of AWS, ends it; the finding says why, and people see that in the report.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from app.core.errors import PermanentError
from app.core.finding import Finding, ReplyKind, State, Subject, SubjectKind
from app.core.protection import why_tags_keep
from app.core.reaping import clear, weigh
from app.store.database import Database
from app.store.decisions import Decision, record_decision
from app.store.findings import find_finding, replies_to, save_findings
from app.store.wake import Kind, Wakes

AGAIN = timedelta(seconds=10)
"""How soon the next step is taken of what is much, or fills again."""
LONGEST = timedelta(hours=6)
"""What is not gone by then is being filled by somebody; a person has to look."""
REPORT = "all"

log = structlog.get_logger()


class Steps(Protocol):
    """Deletes resources."""

    def step(self, subject: Subject) -> bool:
        """One step towards the deletion of a resource; whether nothing is left of it."""


class Tags(Protocol):
    """Reads the tags of resources as they are at this moment."""

    def tags_of(self, account: str, region: str, arns: Sequence[str]) -> Mapping[str, Mapping[str, str] | None]:
        """The tags of each; None where they could not be read."""


@dataclass(frozen=True)
class Disposer:
    """One pass per finding."""

    database: Database
    wakes: Wakes
    disposal: Steps
    tags: Tags
    clock: Callable[[], datetime]

    def __call__(self, finding_id: str) -> timedelta | None:
        """One step. Raises TransientError where AWS does not answer."""
        finding = self._allowed(finding_id)
        if finding is None:
            return None
        kept = self._why_kept(finding.subject)
        if kept is not None:
            self._end(replace(finding, state=State.FLAGGED, note=f"It was not deleted. {kept}"))
            return None
        try:
            is_gone = self.disposal.step(finding.subject)
        except PermanentError as fault:
            self._end(replace(finding, state=State.FLAGGED, note=f"It could not be deleted: {fault}"))
            return None
        now = self.clock()
        if is_gone:
            self._end(clear(finding, "It was deleted.", now))
            return None
        if now - (finding.acted_at or now) <= LONGEST:
            return AGAIN
        self._end(replace(finding, state=State.FLAGGED, note="It could not be emptied: somebody keeps writing to it."))
        return None

    def _allowed(self, finding_id: str) -> Finding | None:
        """The finding, if it may be acted upon at this moment; None else."""
        with self.database.read() as connection:
            finding = find_finding(connection, finding_id)
            replies = list(replies_to(connection, finding.subject.key)) if finding else []
        if finding is None or finding.state is not State.DELETING or finding.subject.kind is not SubjectKind.RESOURCE:
            return None
        is_asked_for = any(reply.kind is ReplyKind.DELETE for reply in replies)
        is_kept = weigh(replies, self.clock()).kept is not None
        return finding if (finding.may_act or is_asked_for) and not is_kept else None

    def _why_kept(self, subject: Subject) -> str | None:
        """What the resource's own tags say now: a look may tell them as they were yesterday."""
        arn = subject.resource_arn or ""
        tags = self.tags.tags_of(subject.account, subject.region, [arn])[arn]
        if tags is None:
            return "Its tags could not be read, and one of them may keep it."
        return why_tags_keep(dict(tags), self.clock())

    def _end(self, finding: Finding) -> None:
        """Write down how it ended, and have people told."""
        with self.database.begin() as connection:
            save_findings(connection, [finding])
            subject = finding.subject.environment or finding.subject.name
            told = f"{finding.subject.name}: {finding.note}"
            record_decision(connection, Decision(subject, self.clock(), None, told, ("dispose",)))
            self.wakes.wake(connection, Kind.REPORT, REPORT)
        log.info("disposed", subject=finding.subject.key, state=finding.state, note=finding.note)
