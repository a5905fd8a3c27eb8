"""The commit status `mayfly`, for a server that speaks with a token: GitHub lets only Apps write check runs.

A status is never edited: the latest of a context counts. Source: https://docs.github.com/en/rest/commits/statuses
"""

from dataclasses import dataclass
from typing import Any

from app.core.errors import TransientError
from app.github.client import GitHub

CONTEXT = "mayfly"
LONGEST = 140
"""Characters in a description, by GitHub's rule."""


@dataclass(frozen=True)
class StatusReport:
    """What a commit status says."""

    state: str
    description: str
    target_url: str | None = None


@dataclass(frozen=True)
class Statuses:
    """The statuses of one commit."""

    github: GitHub
    repository: str
    commit: str

    def post(self, report: StatusReport) -> str:
        """Set the status; its id."""
        body: dict[str, Any] = {"state": report.state, "description": report.description, "context": CONTEXT}
        if report.target_url:
            body["target_url"] = report.target_url
        answer = self.github.ask(self.repository, "POST", f"/statuses/{self.commit}", input=body)
        try:
            return str(int(answer["id"]))
        except (KeyError, TypeError, ValueError):
            raise TransientError("GitHub's answer about a commit status cannot be read") from None

    def says(self, report: StatusReport) -> bool:
        """Whether the latest status of ours says so already."""
        found = self.github.get(self.repository, f"/commits/{self.commit}/statuses", per_page=100) or []
        ours = [each for each in found if each.get("context") == CONTEXT]
        return bool(ours) and (ours[0].get("state"), ours[0].get("description")) == (report.state, report.description)
