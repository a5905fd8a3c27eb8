"""Where this GitHub answers, and how it writes times and node ids."""

import base64
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.sandbox.github.world import Repository

Json = dict[str, Any]


@dataclass(frozen=True)
class Site:
    """The two addresses that everything links to: for programs and for people."""

    api: str
    html: str

    def repository(self, repository: Repository) -> str:
        """The API's address of a repository."""
        return f"{self.api}/repos/{repository.full_name}"

    def page(self, repository: Repository) -> str:
        """The page of a repository."""
        return f"{self.html}/{repository.full_name}"


def stamp(at: datetime) -> str:
    """GitHub's way to write a time."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def stamp_or_null(at: datetime | None) -> str | None:
    """The same, for what may not have happened yet."""
    return stamp(at) if at else None


def node_id(prefix: str, number: int | str) -> str:
    """A global id; its inside means nothing to anyone."""
    return f"{prefix}_{base64.urlsafe_b64encode(str(number).encode()).decode().rstrip('=')}"
