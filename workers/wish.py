"""Wishes: what a repository's file asks for at one commit, checked against what the server allows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.core.errors import PermanentError
from app.core.graph import GraphRefused, StackWish, order
from app.core.naming import name_for_branch, name_for_pull_request, name_for_ticket
from app.core.source import Source
from app.core.ticket import JIRA, TicketPattern, find_ticket
from app.core.trigger import Triggers, why_not, why_untrusted
from app.repository_file import FILE_NAME, RepositoryFile, RepositoryFileRefused, StackSection, read_repository_file
from workers.ports import Pulls

ONLY_STACK = "main"
"""The name, never shown, of the one stack of a repository without `.mayfly.yml`."""


class PlaceRefused(PermanentError):
    """A repository's file asks for a place that the server does not allow."""


@dataclass(frozen=True)
class Wish:
    """What is asked for. `refusal` is why the source gets no environment, `fault` why its commit cannot be deployed.

    `is_final` says that not even somebody with write access can have it deployed as it is. `idle` and `longest` are the
    lifetime that the repository's file asks for. `is_shared` says that sources of other repositories may name the same
    ticket for the same environment; `asks_for_ticket` that the pull request is to be told that it lacks one.
    """

    name: str
    ticket: str | None = None
    stacks: Mapping[str, StackWish] = field(default_factory=dict)
    channel: str | None = None
    refusal: str | None = None
    is_final: bool = False
    fault: str | None = None
    idle: str | None = None
    longest: str | None = None
    is_shared: bool = False
    asks_for_ticket: bool = False


@dataclass(frozen=True)
class WishReader:
    """Reads wishes from GitHub. `places` are the regions where stacks may go, for each account where they may go."""

    pulls: Pulls
    places: Mapping[str, Sequence[str]]
    shared_tickets: bool = False

    def read(self, source: Source) -> Wish:
        """What is asked for at the source's commit; of a fork the file at the base counts."""
        commit = source.base_commit if source.fork else source.commit
        content = self.pulls.file(source.repository, FILE_NAME, commit)
        try:
            file = read_repository_file(content) if content is not None else RepositoryFile()
            stacks = self._stacks(file)
        except (RepositoryFileRefused, GraphRefused, PlaceRefused) as refused:
            return self._faulty(source, str(refused))
        return self._wish(source, file, stacks)

    def _wish(self, source: Source, file: RepositoryFile, stacks: Mapping[str, StackWish]) -> Wish:
        ticket, name = name_of(source, file.ticket_pattern)
        final = self._final_refusal(source, file, ticket)
        return Wish(
            name=name,
            ticket=ticket,
            stacks=stacks,
            channel=file.slack.channel,
            refusal=final or self._refusal(source, triggers_of(file)),
            is_final=final is not None,
            idle=file.lifetime.idle,
            longest=file.lifetime.max,
            is_shared=self.shared_tickets and ticket is not None,
            asks_for_ticket=final is not None and source.is_trusted and file.ticket.missing == "comment",
        )

    def _faulty(self, source: Source, fault: str) -> Wish:
        ticket, name = name_of(source, JIRA)
        refusal = why_not(Triggers(), source, ())
        return Wish(
            name=name,
            ticket=ticket,
            refusal=refusal,
            is_final=not source.is_trusted,
            fault=fault,
            is_shared=self.shared_tickets and ticket is not None,
        )

    def _final_refusal(self, source: Source, file: RepositoryFile, ticket: str | None) -> str | None:
        if not source.is_trusted:
            return why_untrusted(source)
        if ticket is None and source.pull_request is not None and file.ticket.missing != "pull-request":
            return f"{source.key} names no ticket in its branch, title or body, and {FILE_NAME} wants one."
        return None

    def _refusal(self, source: Source, triggers: Triggers) -> str | None:
        changed: Sequence[str] = ()
        if triggers.paths and source.pull_request is not None:
            changed = self.pulls.changed_paths(source.repository, source.pull_request)
        return why_not(triggers, source, changed)

    def _stacks(self, file: RepositoryFile) -> dict[str, StackWish]:
        if not file.stacks:
            return {ONLY_STACK: StackWish(template="", regions=(self.places[StackWish.account][0],))}
        wishes = {name: self._stack(name, section) for name, section in file.stacks.items()}
        order(wishes)
        return wishes

    def _stack(self, name: str, section: StackSection) -> StackWish:
        self._check(f"stacks.{name}.account", section.account, tuple(self.places))
        allowed = self.places[section.account]
        regions = tuple(dict.fromkeys(section.regions or allowed[:1]))
        for region in regions:
            self._check(f"stacks.{name}.regions", region, allowed)
        return StackWish(
            template=section.template,
            regions=regions,
            account=section.account,
            needs=tuple(section.needs),
            parameters=dict(section.parameters),
            tags=dict(section.tags),
            outputs=None if section.outputs is None else tuple(section.outputs),
        )

    @staticmethod
    def _check(key: str, value: str, allowed: Sequence[str]) -> None:
        if value not in allowed:
            raise PlaceRefused(f"{FILE_NAME}: {key}: {value} is not allowed here; choose among {', '.join(allowed)}")


def name_of(source: Source, pattern: TicketPattern) -> tuple[str | None, str]:
    """The ticket that a source names, if it names one, and the name that its environment would like to have."""
    ticket = find_ticket(pattern, source.branch, source.title, source.body)
    if ticket is not None:
        return ticket, name_for_ticket(ticket)
    if source.pull_request is not None:
        return None, name_for_pull_request(source.repository, source.pull_request)
    return None, name_for_branch(source.repository, source.branch)


def triggers_of(file: RepositoryFile) -> Triggers:
    """The file's triggers as values."""
    section = file.triggers
    return Triggers(
        drafts=section.drafts,
        bots=section.bots,
        labels=tuple(section.labels),
        base=tuple(section.base),
        paths=tuple(section.paths),
        branches=tuple(section.branches),
    )
