"""The tour: one look at everything, judged, and nothing changed by it.

What would be acted upon is checked once more: the stack is described anew by its id, and whoever keeps it meanwhile, by
a tag, by termination protection or by a click, is heeded. An environment is taken away as a whole, so it waits until
each of its stacks is due.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from app.core.admission import Limits
from app.core.docket import Docket
from app.core.errors import MayflyError, TransientError
from app.core.finding import Finding, State, SubjectKind
from app.core.fleet import FleetStack, Look
from app.core.lifetime import Lifetime
from app.core.memory import Memory
from app.core.reaping import Acts, Policy, choose_acts
from app.core.round import Round, count, message_of, reclaimable
from app.core.stack import Resource
from app.core.worktime import is_working_time
from app.store.database import Database
from app.store.environments import every_stack
from app.store.findings import list_findings, list_replies
from app.store.rounds import last_round
from app.store.usage import load_memory
from workers.casebook import OVER, Books, Casebook, read_books
from workers.ports import Fleet, Sight
from workers.witness import Witness

AT_ONCE = 4
"""Accounts and regions that are looked at side by side."""

Ledger = Mapping[str, Sequence[Resource]]
"""The resources of our stacks by stack id, also of those that are gone."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Terms:
    """What the operator set."""

    policy: Policy
    schedule: str
    window: timedelta
    limits: Limits
    lifetime: Lifetime
    installation: str


@dataclass(frozen=True)
class Verdicts:
    """What a round found, what follows from it, and what to remember of each account and region."""

    receipt: Round
    findings: tuple[Finding, ...] = ()
    memories: tuple[tuple[str, str, Memory], ...] = ()

    @property
    def acts(self) -> tuple[Finding, ...]:
        """The findings that are acted upon in this round."""
        return tuple(each for each in self.findings if each.acted_at == self.receipt.started_at)


@dataclass(frozen=True)
class Seen:
    """What the looks brought; `unread` are the places where nothing could be read."""

    sights: Sequence[Sight]
    unread: Sequence[str] = ()

    @property
    def looks(self) -> Sequence[Look]:
        """What was seen."""
        return [sight.look for sight in self.sights]

    @property
    def memories(self) -> tuple[tuple[str, str, Memory], ...]:
        """What to remember, by account and region."""
        return tuple((each.look.account, each.look.region, each.memory) for each in self.sights)

    @property
    def stacks(self) -> Mapping[str, tuple[FleetStack, Look]]:
        """Every stack by its id, with the look that saw it."""
        return {stack.id: (stack, look) for look in self.looks for stack in look.stacks}

    @property
    def whole(self) -> frozenset[tuple[str, str]]:
        """The places that could be read whole."""
        return frozenset((look.account, look.region) for look in self.looks if not look.unread)


@dataclass(frozen=True)
class Tour:
    """Looks and judges."""

    database: Database
    fleet: Fleet
    witness: Witness
    terms: Terms
    clock: Callable[[], datetime]

    def take(self, *, is_scheduled: bool = True, is_confirmed: bool = False) -> Verdicts:
        """A round, changing nothing. Raises TransientError where no place at all could be read."""
        now = self.clock()
        with self.database.read() as connection:
            ledger = {each.id: each.resources for each in every_stack(connection) if each.id}
            memories = {place: load_memory(connection, *place) for place in self.fleet.places}
        seen = self._look_around(ledger, memories, now)
        with self.database.read() as connection:
            books = read_books(connection, self.terms.limits)
            before, replies, last = (
                list_findings(connection),
                list_replies(connection),
                last_round(connection, well=True),
            )
        words = self.witness.ask(books.sources_of(seen.looks))
        casebook = Casebook(books, words, self.terms.installation, self.terms.window, now)
        opinions = (opinion for look in seen.looks for opinion in casebook.opinions(look))
        findings = Docket(before, replies, seen.whole, OVER, self.terms.policy, now).settle(opinions)
        findings, acts = self._decide(findings, seen, casebook, is_confirmed=is_confirmed)
        message = message_of(now, count(findings)["findings"], last, is_scheduled=is_scheduled)
        return Verdicts(self._receipt(now, seen, findings, acts, message), tuple(findings), seen.memories)

    def _look_around(self, ledger: Ledger, memories: Mapping[tuple[str, str], Memory], now: datetime) -> Seen:
        """Every account and region."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            answers = list(pool.map(lambda place: self._look_at(place, ledger, memories[place], now), memories))
        unread = [answer for answer in answers if isinstance(answer, str)]
        if answers and len(unread) == len(answers):
            raise TransientError(f"No account and region could be read. {unread[0]}")
        return Seen([answer for answer in answers if not isinstance(answer, str)], unread)

    def _look_at(self, place: tuple[str, str], ledger: Ledger, memory: Memory, now: datetime) -> Sight | str:
        """One place; why it could not be read, if it could not."""
        account, region = place
        try:
            return self.fleet.look(account, region, ledger, memory, self.terms.window, now)
        except MayflyError as fault:
            log.warning("the reaper could not look", account=account, region=region, reason=str(fault))
            return f"{account}/{region} could not be read: {fault}"

    def _decide(
        self, findings: Sequence[Finding], seen: Seen, casebook: Casebook, *, is_confirmed: bool
    ) -> tuple[list[Finding], Acts]:
        """Which of the due are acted upon now, and the findings with what became of them."""
        split = dict(_split_environments(findings, casebook.books))
        due = [finding for finding in findings if finding.id not in split]
        looked_at = len(seen.stacks) + sum(len(look.loose) for look in seen.looks)
        is_open = is_working_time(casebook.now, self.terms.lifetime)
        chosen = choose_acts(due, looked_at, self.terms.policy, is_working_time=is_open, is_confirmed=is_confirmed)
        refused = {} if not chosen.now else self._check_again(chosen.now, seen, casebook)
        acts = replace(chosen, now=tuple(each for each in chosen.now if each.id not in refused))
        notes = {**{each.id: chosen.why_held for each in chosen.held}, **split, **refused}
        acted = {each.id for each in acts.now}
        return [_noted(each, notes, acted, casebook.now) for each in findings], acts

    def _check_again(self, due: Iterable[Finding], seen: Seen, casebook: Casebook) -> dict[str, str]:
        """Those that are not to be acted upon after all, and why; with one of its stacks goes the environment."""
        due = list(due)
        refused = {each.id: why for each in due if (why := self._why_not(each, seen, casebook))}
        whose = {each.subject.environment: refused[each.id] for each in due if each.id in refused}
        return {
            each.id: refused.get(each.id, whose.get(each.subject.environment, ""))
            for each in due
            if each.id in refused or (each.subject.kind is SubjectKind.STACK and each.subject.environment in whose)
        }

    def _why_not(self, finding: Finding, seen: Seen, casebook: Casebook) -> str | None:
        """Why a finding is not acted upon after all; None where all is as it was."""
        if finding.subject.kind is SubjectKind.RESOURCE:
            return None
        stack, look = seen.stacks[finding.subject.key]
        try:
            described = self.fleet.confirm(stack)
        except MayflyError as fault:
            return f"It could not be checked once more: {fault}"
        if described is None:
            return "It is gone already."
        opinion = casebook.stack_opinion(described, look)
        if opinion.kept:
            return opinion.kept
        if described.is_protected is None:
            return "Its termination protection could not be read."
        is_as_it_was = opinion.is_ours and opinion.leading is not None and opinion.leading.rule is finding.rule
        return None if is_as_it_was else "It changed since it was looked at."

    def _receipt(self, now: datetime, seen: Seen, findings: Sequence[Finding], acts: Acts, message: str) -> Round:
        counted = count(findings)
        return Round(
            now,
            self.clock(),
            self.terms.policy.mode.value,
            stacks=len(seen.stacks),
            resources=sum(len(look.loose) for look in seen.looks),
            findings=counted["findings"],
            kept=counted["kept"],
            unknown=counted["unknown"],
            due=counted["due"],
            cleared=counted["cleared"],
            acted=len(acts.now),
            cost_per_month=reclaimable(findings),
            why_held=acts.why_held,
            is_broken=acts.is_broken,
            unread=(*seen.unread, *(sentence for look in seen.looks for sentence in look.unread)),
            message=message,
        )


def _split_environments(findings: Sequence[Finding], books: Books) -> Iterator[tuple[str, str]]:
    """The due stacks whose environment has another that is not due, and that they wait for it."""
    due = {each.subject.key: each for each in findings if each.state is State.DUE}
    for finding in due.values():
        siblings = [
            record
            for record in books.records.values()
            if record.environment == finding.subject.environment and record.is_alive and record.id not in due
        ]
        if finding.subject.kind is SubjectKind.STACK and siblings:
            yield finding.id, f"{siblings[0].name} of the same environment is not due."


def _noted(finding: Finding, notes: Mapping[str, str | None], acted: set[str], now: datetime) -> Finding:
    if finding.id in acted:
        return replace(finding, state=State.DELETING, acted_at=now)
    return replace(finding, note=notes[finding.id]) if notes.get(finding.id) else finding
