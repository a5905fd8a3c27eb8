"""The deployment that GitHub shows of an environment, one for each commit, and its end.

All of them share one GitHub environment, since those stay for ever; `task` tells them apart. Each is transient and
leaves the others alone. Once over it is set inactive, which GitHub wants first, and deleted.
Sources: https://docs.github.com/en/rest/deployments/deployments and .../statuses
"""

from dataclasses import dataclass
from typing import Any

from app.core.errors import TransientError
from app.github.client import GitHub, GitHubMissing

ENVIRONMENT = "preview"
LONGEST = 140
"""Characters in a description."""


NOTHING = "0"
"""The id of no deployment."""


def task_of(environment: str) -> str:
    """What a deployment of an environment is called."""
    return f"mayfly:{environment}"


@dataclass(frozen=True)
class DeploymentReport:
    """How a deployment goes; None for `state` where it is over."""

    state: str | None
    description: str = ""
    environment_url: str | None = None
    log_url: str | None = None

    def body(self) -> dict[str, Any]:
        """As GitHub takes it."""
        told = {"state": self.state, "description": self.description, "auto_inactive": False}
        links = {"environment_url": self.environment_url, "log_url": self.log_url}
        return {**told, **{name: link for name, link in links.items() if link}}


@dataclass(frozen=True)
class Deployments:
    """The deployments of one commit of one environment."""

    github: GitHub
    repository: str
    commit: str
    environment: str

    def post(self, report: DeploymentReport) -> str:
        """Announce the deployment and say how it goes; its id. Of one that is over before it began nothing is said."""
        if report.state is None:
            return NOTHING
        body = {
            "ref": self.commit,
            "task": task_of(self.environment),
            "environment": ENVIRONMENT,
            "description": self.environment[:LONGEST],
            "payload": {"environment": self.environment},
            "auto_merge": False,
            "required_contexts": [],
            "transient_environment": True,
            "production_environment": False,
        }
        answer = self.github.ask(self.repository, "POST", "/deployments", input=body)
        deployment = str(_id_of(answer))
        self._say(deployment, report)
        return deployment

    def edit(self, deployment: str, report: DeploymentReport) -> bool:
        """Say how it goes, or take it away; False where there is none to speak of."""
        try:
            if report.state is None:
                self._end(deployment)
            elif not self._says(deployment, report):
                self._say(deployment, report)
        except GitHubMissing:
            return report.state is None
        return True

    def find(self) -> str | None:
        """The id of the latest one that was announced; None where none was."""
        wanted = {"sha": self.commit, "task": task_of(self.environment), "environment": ENVIRONMENT}
        found = self.github.get(self.repository, "/deployments", **wanted) or []
        return str(_id_of(found[0])) if found else None

    def _says(self, deployment: str, report: DeploymentReport) -> bool:
        """Whether it was said already: each status starts the workflows that wait for one."""
        found = self.github.ask(
            self.repository, "GET", f"/deployments/{deployment}/statuses", parameters={"per_page": 1}
        )
        told = report.body()
        names = ("state", "description", "environment_url", "log_url")
        return bool(found) and all((found[0].get(name) or "") == (told.get(name) or "") for name in names)

    def _say(self, deployment: str, report: DeploymentReport) -> None:
        path = f"/deployments/{deployment}/statuses"
        self.github.ask(self.repository, "POST", path, input=report.body())

    def _end(self, deployment: str) -> None:
        self._say(deployment, DeploymentReport("inactive"))
        self.github.ask(self.repository, "DELETE", f"/deployments/{deployment}")


def _id_of(deployment: Any) -> int:
    try:
        return int(deployment["id"])
    except (KeyError, TypeError, ValueError):
        raise TransientError("GitHub's answer about a deployment cannot be read") from None
