"""The reaper: rounds on a schedule, and what follows from each.

It deletes nothing itself. What is due becomes a mark on its environment, which the reconciler acts upon as if a person
had set it, or, for a resource without a stack, a pass of the disposer. Between two rounds of the schedule it looks
again when a final notice or a deletion is due, so that everything is checked anew right before. Rounds that were missed
while nothing ran are made up for by one.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from app.core.errors import MayflyError
from app.core.finding import Finding, State, SubjectKind
from app.core.mark import Mark, MarkKind
from app.core.reaping import Mode, next_moment
from app.core.round import Round, message_of
from app.store.database import Connection, Database
from app.store.decisions import Decision, list_decisions, record_decision
from app.store.findings import list_findings, save_findings
from app.store.marks import set_mark
from app.store.rounds import add_round, last_round
from app.store.usage import save_memory
from app.store.wake import Kind, Wakes
from workers.alarm import Alarm
from workers.schedule import next_after
from workers.tour import Tour, Verdicts

ROUND = "all"
"""The one key of the reaper: however many processes there are, one round goes on at a time."""
SUBJECT = "reaper"
AFTER_FAULT = timedelta(minutes=15)
"""How soon a round that failed is tried again."""
PACE = timedelta(minutes=5)
"""How soon the next round is where one had more to delete than it may at once."""
LATER = timedelta(hours=1)
"""How soon where what is due has to wait for working hours, or for something else."""
SOONEST = timedelta(seconds=30)

log = structlog.get_logger()


@dataclass(frozen=True)
class Reaper:
    """One pass for all."""

    database: Database
    wakes: Wakes
    tour: Tour
    clock: Callable[[], datetime]
    alarm: Alarm

    def __call__(self, _key: str) -> timedelta | None:
        """A round, if it is time for one; when to come back."""
        now = self.clock()
        scheduled, between = self._moments(now)
        if min(filter(None, (scheduled, between))) <= now:
            self._tell_missed(scheduled, now)
            self._play(now, is_scheduled=scheduled <= now)
            scheduled, between = self._moments(now)
        return max(min(filter(None, (scheduled, between))) - self.clock(), SOONEST)

    def _moments(self, now: datetime) -> tuple[datetime, datetime | None]:
        """When the next round of the schedule is, and the next one between, should something call for it."""
        with self.database.begin() as connection:
            last, well = last_round(connection), last_round(connection, well=True)
            pending = list_findings(connection)
            since = well.started_at if well else self._first_start(connection, now)
        scheduled = next_after(self.tour.terms.schedule, since, self.tour.terms.lifetime.zone)
        if last is not None and last.fault:
            return max(scheduled, last.started_at + AFTER_FAULT), None
        moments = [next_moment(pending, self.tour.terms.policy), self._moment_of_due(last)]
        return scheduled, min(filter(None, moments), default=None)

    def _moment_of_due(self, last: Round | None) -> datetime | None:
        """When to go on with what the last round left; what the breaker holds waits for a person."""
        if last is None or not last.due or last.is_broken or self.tour.terms.policy.mode is not Mode.DESTROY:
            return None
        return last.started_at + (PACE if last.acted else LATER)

    def _first_start(self, connection: Connection, now: datetime) -> datetime:
        """Since when the schedule counts where there was no round yet."""
        begun = list_decisions(connection, [SUBJECT])
        if begun:
            return begun[0].at
        record_decision(connection, Decision(SUBJECT, now, None, "The reaper waits for its first round."))
        return now

    def _tell_missed(self, scheduled: datetime, now: datetime) -> None:
        """Call people where another round should have been since the one that is made up for."""
        if next_after(self.tour.terms.schedule, scheduled, self.tour.terms.lifetime.zone) <= now:
            since = f"{scheduled:%Y-%m-%d %H:%M} UTC"
            self.alarm.raise_(SUBJECT, f"The reaper missed two rounds or more since {since}. It makes up for them now.")

    def _play(self, now: datetime, *, is_scheduled: bool) -> None:
        """One round. What goes wrong is kept, told and tried again; a fault of our own goes on to the engine, too."""
        try:
            self.apply(self.tour.take(is_scheduled=is_scheduled))
        except MayflyError as fault:
            self._note_fault(now, str(fault))
        except Exception as fault:
            self._note_fault(now, f"a fault of Mayfly's own, {type(fault).__name__}")
            raise

    def _note_fault(self, now: datetime, reason: str) -> None:
        with self.database.begin() as connection:
            message = message_of(now, 0, last_round(connection), is_scheduled=False)
            mode = self.tour.terms.policy.mode.value
            add_round(connection, Round(now, self.clock(), mode, fault=reason, message=message))
            self.wakes.wake(connection, Kind.REPORT, ROUND)
        log.warning("a round of the reaper failed", reason=reason)
        self.alarm.raise_(SUBJECT, f"A round of the reaper failed: {reason} Nothing was decided; it is tried again.")

    def apply(self, found: Verdicts) -> None:
        """Keep what a round found, set the marks that follow from it, and have people told."""
        with self.database.begin() as connection:
            before = {finding.id: finding.state for finding in list_findings(connection)}
            save_findings(connection, found.findings)
            self._act(connection, found)
            for account, region, memory in found.memories:
                save_memory(connection, account, region, memory)
            self._record(connection, [each for each in found.findings if before.get(each.id) is not each.state])
            add_round(connection, found.receipt)
            self.wakes.wake(connection, Kind.REPORT, ROUND)
        receipt = found.receipt
        if receipt.is_broken:
            self.alarm.raise_(SUBJECT, f"{receipt.why_held} If all is as it should be, run `mayfly reap --confirm`.")
        elif not receipt.unread:
            self.alarm.lower(SUBJECT, "Over: the reaper's rounds go well again.")
        log.info("reaper", looked_at=receipt.looked_at, findings=receipt.findings, acted=receipt.acted)

    def _act(self, connection: Connection, found: Verdicts) -> None:
        """Have what is due go, by whoever deletes such things; an environment goes once, with all its stacks."""
        now, marked = found.receipt.started_at, set[str]()
        for finding in found.acts:
            environment = finding.subject.environment
            if finding.subject.kind is SubjectKind.RESOURCE:
                self.wakes.wake(connection, Kind.DISPOSAL, finding.id)
            elif environment is not None and environment not in marked:
                marked.add(environment)
                mark = Mark(MarkKind.DESTROY, environment, f"rule:{finding.rule}", now, reason=finding.reason)
                set_mark(connection, self.wakes, mark)

    def _record(self, connection: Connection, moved: Iterable[Finding]) -> None:
        """The log behind `mayfly why`: each step of each finding, under its environment or its own name."""
        for finding in moved:
            if finding.state in _TOLD:
                subject = finding.subject.environment or finding.subject.name
                told = f"{finding.rule}, {finding.state}: {finding.told}"
                actor = f"rule:{finding.rule}"
                record_decision(connection, Decision(subject, finding.last_seen_at, None, told, actor=actor))


_TOLD = frozenset({State.FLAGGED, State.WARNED, State.DUE, State.DELETING, State.CLEARED})
