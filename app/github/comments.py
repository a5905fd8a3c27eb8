"""The one comment that a pull request gets from us, edited in place.

A hidden mark makes the comment recognisable, and since anybody can write such a mark, only a comment of our own is
ever taken for it.
"""

from dataclasses import dataclass
from typing import Any

from app.core.errors import TransientError
from app.github.client import GitHub, GitHubMissing, GitHubRefused

LONGEST = 65_536
"""Characters in a comment, by GitHub's rule."""


def mark_of(environment: str) -> str:
    """The hidden line by which the comment of an environment is found again."""
    return f"<!-- mayfly:{environment} -->"


@dataclass(frozen=True)
class Comments:
    """The comments of one pull request."""

    github: GitHub
    repository: str
    number: int

    def post(self, body: str) -> str:
        """Write a new comment; its id."""
        answer = self.github.ask(self.repository, "POST", f"/issues/{self.number}/comments", input={"body": body})
        return str(_id_of(answer))

    def edit(self, comment: str, body: str) -> bool:
        """Change a comment; False where somebody deleted it."""
        try:
            self.github.ask(self.repository, "PATCH", f"/issues/comments/{comment}", input={"body": body})
        except GitHubMissing:
            return False
        return True

    def find(self, environment: str) -> str | None:
        """The id of the comment that carries our mark and is ours; None where there is none."""
        mark = mark_of(environment)
        marked = [
            found
            for found in self.github.get_all(self.repository, f"/issues/{self.number}/comments")
            if mark in (found.get("body") or "")
        ]
        if not marked:
            return None
        own = self._own_name()
        mine = [found for found in marked if own is not None and (found.get("user") or {}).get("login") == own]
        return str(_id_of(mine[0])) if mine else None

    def _own_name(self) -> str | None:
        """The login under which our comments appear; None where GitHub does not tell."""
        try:
            return self.github.own_login(self.repository)
        except GitHubRefused:
            return None


def _id_of(comment: Any) -> int:
    try:
        return int(comment["id"])
    except (KeyError, TypeError, ValueError):
        raise TransientError("GitHub's answer about a comment cannot be read") from None
