"""Everything that is open, of many repositories in few requests.

One GraphQL query asks for a hundred open pull requests each of ten repositories at once
(https://docs.github.com/en/graphql/reference/objects#repository). Where GitHub does not answer GraphQL, each
repository's list is read page by page. Either way a repository counts as read only if its list came whole: what was
cut short, refused or makes no sense says nothing about what is missing from it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import structlog

from app.core.errors import MayflyError
from app.core.source import SourceKey
from app.github.client import GitHub

AT_ONCE = 10
"""Repositories in one query; with a hundred pull requests each well below GitHub's limit of 500,000 nodes."""

_FIELDS = "totalCount nodes { number headRefOid } pageInfo { hasNextPage endCursor }"

log = structlog.get_logger()


@dataclass
class Openings:
    """What is open: each source with its commit, and the repositories whose lists came whole."""

    shown: dict[SourceKey, str] = field(default_factory=dict)
    read: set[str] = field(default_factory=set)


@dataclass
class _Listing:
    """One repository's list on its way."""

    repository: str
    cursor: str | None = None
    expected: int = 0
    found: dict[SourceKey, str] = field(default_factory=dict)

    def take(self, answer: Any) -> bool:
        """Add a page; whether another follows. Raises KeyError, TypeError or ValueError for nonsense."""
        pulls = answer["pullRequests"]
        for node in pulls["nodes"]:
            self.found[SourceKey(self.repository, pull_request=int(node["number"]))] = str(node["headRefOid"])
        self.expected = int(pulls["totalCount"])
        has_more = bool(pulls["pageInfo"]["hasNextPage"])
        self.cursor = pulls["pageInfo"]["endCursor"]
        return has_more and self.cursor is not None

    @property
    def is_whole(self) -> bool:
        """Whether as many came as GitHub says there are."""
        return len(self.found) == self.expected


def list_openings(github: GitHub, repositories: Iterable[str]) -> Openings:
    """Every open pull request of the repositories, as far as GitHub shows it. Raises nothing: see `read`."""
    openings = Openings()
    by_owner: dict[str, list[str]] = {}
    for repository in repositories:
        by_owner.setdefault(repository.partition("/")[0], []).append(repository)
    for names in by_owner.values():
        rest = iter(names)
        while group := list(islice(rest, AT_ONCE)):
            _read_group(github, group, openings)
    return openings


def _read_group(github: GitHub, repositories: Sequence[str], openings: Openings) -> None:
    try:
        _read_at_once(github, repositories, openings)
    except (MayflyError, KeyError, TypeError, ValueError, AttributeError) as fault:
        log.info("GraphQL did not answer; reading the lists one by one", reason=str(fault)[:200])
        for repository in repositories:
            if repository not in openings.read:
                _read_one(github, repository, openings)


def _read_at_once(github: GitHub, repositories: Sequence[str], openings: Openings) -> None:
    pending = [_Listing(repository) for repository in repositories]
    while pending:
        answers = github.graphql(pending[0].repository, _query(pending), _variables(pending))
        following = []
        for number, listing in enumerate(pending):
            if listing.take(answers[f"r{number}"]):
                following.append(listing)
            elif listing.is_whole:
                openings.shown |= listing.found
                openings.read.add(listing.repository)
        pending = following


def _query(listings: Sequence[_Listing]) -> str:
    arguments = ", ".join(f"$o{n}: String!, $n{n}: String!, $c{n}: String" for n in range(len(listings)))
    parts = " ".join(
        f"r{n}: repository(owner: $o{n}, name: $n{n}) "
        f"{{ pullRequests(states: OPEN, first: 100, after: $c{n}) {{ {_FIELDS} }} }}"
        for n in range(len(listings))
    )
    return f"query({arguments}) {{ {parts} }}"


def _variables(listings: Sequence[_Listing]) -> dict[str, str | None]:
    variables: dict[str, str | None] = {}
    for number, listing in enumerate(listings):
        owner, _, name = listing.repository.partition("/")
        variables |= {f"o{number}": owner, f"n{number}": name, f"c{number}": listing.cursor}
    return variables


def _read_one(github: GitHub, repository: str, openings: Openings) -> None:
    try:
        found = github.get_all(repository, "/pulls", state="open")
        shown = {SourceKey(repository, pull_request=int(each["number"])): str(each["head"]["sha"]) for each in found}
    except (MayflyError, KeyError, TypeError, ValueError) as fault:
        log.warning("a repository could not be read", repository=repository, reason=str(fault)[:200])
        return
    openings.shown |= shown
    openings.read.add(repository)
