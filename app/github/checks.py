"""The check run `mayfly` on a commit, which only an App may write.

A completed run cannot be opened again (GitHub keeps its conclusion), so a further attempt at the same commit gets a
run of its own; GitHub shows the latest of a name. Annotations add up with each request, fifty at most, so each is sent
once: GitHub's own count says how many are there. Source: https://docs.github.com/en/rest/checks/runs
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.core.errors import TransientError
from app.github.client import GitHub, GitHubMissing

NAME = "mayfly"
MOST_ANNOTATIONS = 50
"""In one request."""


@dataclass(frozen=True)
class CheckReport:
    """What a check run says. `conclusion` is None while there is none; `key` is equal for reports on one commit of one
    environment."""

    key: str
    status: str
    conclusion: str | None
    title: str
    summary: str
    annotations: tuple[dict[str, Any], ...] = ()
    actions: tuple[dict[str, str], ...] = ()
    details_url: str | None = None


@dataclass(frozen=True)
class Checks:
    """The check runs on one commit."""

    github: GitHub
    repository: str
    commit: str

    def post(self, report: CheckReport) -> str:
        """Start a run; its id."""
        body = {"name": NAME, "head_sha": self.commit, "external_id": report.key}
        first, *rest = _batches(report.annotations)
        run = self._ask("POST", "/check-runs", {**body, **_told(report, first)})
        for batch in rest:
            self._ask("PATCH", f"/check-runs/{_id_of(run)}", _told(report, batch))
        return str(_id_of(run))

    def edit(self, run: str, report: CheckReport) -> bool:
        """Say more in a run; False where it is gone or was completed and there is another attempt to tell of."""
        try:
            found = self._ask("GET", f"/check-runs/{run}")
            if report.conclusion is None and found.get("status") == "completed":
                return False
            sent = (found.get("output") or {}).get("annotations_count") or 0
            for batch in _batches(report.annotations[sent:]):
                self._ask("PATCH", f"/check-runs/{run}", _told(report, batch))
        except GitHubMissing:
            return False
        return True

    def find(self, key: str) -> str | None:
        """The id of our latest run with this key; None where there is none."""
        path = f"/commits/{self.commit}/check-runs"
        found = self.github.get(self.repository, path, check_name=NAME, filter="all", per_page=100)
        runs = [run for run in (found or {}).get("check_runs", ()) if self._is_ours(run, key)]
        return str(max(_id_of(run) for run in runs)) if runs else None

    def _is_ours(self, run: dict[str, Any], key: str) -> bool:
        app = run.get("app") or {}
        return run.get("external_id") == key and str(app.get("id")) == self.github.app_id

    def _ask(self, verb: str, path: str, body: dict[str, Any] | None = None) -> Any:
        return self.github.ask(self.repository, verb, path, **({"input": body} if body is not None else {}))


def _batches(annotations: Sequence[dict[str, Any]]) -> list[Sequence[dict[str, Any]]]:
    """At least one, which may be empty."""
    starts = range(0, max(len(annotations), 1), MOST_ANNOTATIONS)
    return [annotations[start : start + MOST_ANNOTATIONS] for start in starts]


def _told(report: CheckReport, annotations: Sequence[dict[str, Any]]) -> dict[str, Any]:
    output: dict[str, Any] = {"title": report.title, "summary": report.summary}
    if annotations:
        output["annotations"] = list(annotations)
    told: dict[str, Any] = {"status": report.status, "output": output, "actions": list(report.actions)}
    if report.conclusion is not None:
        told["conclusion"] = report.conclusion
    if report.details_url:
        told["details_url"] = report.details_url
    return told


def _id_of(run: Any) -> int:
    try:
        return int(run["id"])
    except (KeyError, TypeError, ValueError):
        raise TransientError("GitHub's answer about a check run cannot be read") from None
