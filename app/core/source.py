"""Sources: what keeps an environment alive, an open pull request or a branch that the repository's file names."""

import re
from dataclasses import dataclass

_KEY = re.compile(r"([^/#@]+/[^/#@]+)(?:#([1-9][0-9]*)|@(.+))", re.DOTALL)


@dataclass(frozen=True)
class SourceKey:
    """Where a source is found again: `acme/shop#57`, or `acme/shop@main` for a branch."""

    repository: str
    pull_request: int | None = None
    branch: str | None = None

    def __str__(self) -> str:
        return f"{self.repository}#{self.pull_request}" if self.pull_request else f"{self.repository}@{self.branch}"

    @classmethod
    def parse(cls, text: str) -> "SourceKey":
        """The key that `str` wrote. Raises ValueError for a text of another form."""
        found = _KEY.fullmatch(text)
        if not found:
            raise ValueError(f"{text!r} is no source: expected owner/name#number or owner/name@branch")
        repository, number, branch = found.groups()
        return cls(repository, pull_request=int(number)) if number else cls(repository, branch=branch)


@dataclass(frozen=True)
class Source:
    """A pull request or branch as GitHub showed it when it was last looked at.

    `approved` is the one commit of a fork that somebody with write access allowed.
    """

    repository: str
    pull_request: int | None
    branch: str
    commit: str
    author: str
    draft: bool = False
    fork: bool = False
    is_open: bool = True
    title: str = ""
    base: str = ""
    base_commit: str = ""
    body: str = ""
    labels: tuple[str, ...] = ()
    is_bot: bool = False
    url: str = ""
    approved: str | None = None

    @property
    def is_trusted(self) -> bool:
        """Whether this commit may be deployed: of a fork only the very one that was approved."""
        return not self.fork or self.approved == self.commit

    @property
    def key(self) -> SourceKey:
        """The key under which this source is stored and woken."""
        if self.pull_request is not None:
            return SourceKey(self.repository, pull_request=self.pull_request)
        return SourceKey(self.repository, branch=self.branch)
