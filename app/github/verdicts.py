"""A verdict on a commit in GitHub's forms: as a check run, as a commit status, as the status of a deployment."""

from collections.abc import Callable, Iterator
from typing import Any

from app.core.announcement import HEADLINES, Announcement, Offer
from app.core.blame import Blame
from app.core.environment import Phase
from app.core.remark import Remark
from app.core.step import short
from app.core.verdict import Verdict
from app.github.checks import CheckReport
from app.github.deployments import LONGEST as LONGEST_DESCRIPTION
from app.github.deployments import DeploymentReport
from app.github.markdown import write_summary
from app.github.statuses import StatusReport

LONGEST_TITLE = 200
LONGEST_MESSAGE = 4_000
"""GitHub takes 64 KB in an annotation; nobody reads that beside a line."""
PREFIX = "mayfly:"

Locator = Callable[[Blame], tuple[str, int]]
"""The file and line of the repository that a failure comes from."""

_CONCLUSIONS = {
    Verdict.SUCCESS: "success",
    Verdict.FAILURE: "failure",
    Verdict.BLOCKED: "action_required",
    Verdict.TAKEN_AWAY: "neutral",
    Verdict.CANCELLED: "cancelled",
}
_STATUS_STATES = {
    Verdict.QUEUED: "pending",
    Verdict.RUNNING: "pending",
    Verdict.SUCCESS: "success",
    Verdict.FAILURE: "failure",
    Verdict.BLOCKED: "error",
    Verdict.CANCELLED: "error",
}
_DEPLOYMENT_STATES = {
    Verdict.QUEUED: "queued",
    Verdict.RUNNING: "in_progress",
    Verdict.SUCCESS: "success",
    Verdict.FAILURE: "failure",
    Verdict.BLOCKED: "error",
}
_ACTIONS = {
    Offer.REDEPLOY: ("Redeploy", "Deploy this commit again"),
    Offer.DESTROY: ("Destroy", "Delete the stacks now"),
    Offer.EXTEND: ("Extend", "Let it live a day longer"),
}
"""Label and description of a button; GitHub takes 20 and 40 characters, three buttons, 20 characters of identifier."""


def report_check(
    announcement: Announcement, commit: str, verdict: Verdict, locate: Locator, page: str | None
) -> CheckReport:
    """The verdict as a check run."""
    conclusion = _CONCLUSIONS.get(verdict)
    is_current = verdict is not Verdict.CANCELLED
    return CheckReport(
        key=f"{announcement.environment}:{commit}",
        status="completed" if conclusion else verdict.value.replace("running", "in_progress"),
        conclusion=conclusion,
        title=_title(announcement, verdict)[:LONGEST_TITLE],
        summary=write_summary(announcement) if is_current else _cancelled(announcement),
        annotations=tuple(_annotations(announcement, verdict, locate)) if conclusion and is_current else (),
        actions=tuple(_actions(announcement)) if is_current else (),
        details_url=page,
    )


def report_status(announcement: Announcement, verdict: Verdict, page: str | None) -> StatusReport | None:
    """The verdict as a commit status; None where that which stands is to stay, since there is no word for it."""
    state = _STATUS_STATES.get(verdict)
    if state is None:
        return None
    return StatusReport(state, _description(announcement, verdict), page)


def report_deployment(announcement: Announcement, verdict: Verdict | None, page: str | None) -> DeploymentReport:
    """The verdict as the status of a deployment."""
    state = _DEPLOYMENT_STATES.get(verdict) if verdict else None
    if verdict is None or state is None:
        return DeploymentReport(None)
    address = announcement.address if verdict is Verdict.SUCCESS else None
    return DeploymentReport(state, _description(announcement, verdict), address, page)


def _title(announcement: Announcement, verdict: Verdict) -> str:
    if verdict is Verdict.CANCELLED:
        return _cancelled(announcement)
    phase = announcement.phase
    if verdict is Verdict.RUNNING and phase in (Phase.READY, Phase.FAILED, Phase.BLOCKED):
        return f"{announcement.environment} is being looked at"
    return f"{announcement.environment} {HEADLINES[phase]}"


def _cancelled(announcement: Announcement) -> str:
    if announcement.wanted is None:
        return f"{announcement.environment} is not wanted any more"
    return f"Commit {short(announcement.wanted[1])} came in between"


def _description(announcement: Announcement, verdict: Verdict) -> str:
    """The title, and the reason as far as there is room."""
    title = _title(announcement, verdict)
    told = title if verdict is Verdict.CANCELLED else f"{title}. {announcement.explanation}".strip()
    flat = " ".join(told.split())
    return flat if len(flat) <= LONGEST_DESCRIPTION else f"{flat[: LONGEST_DESCRIPTION - 1]}…"


def _annotations(announcement: Announcement, verdict: Verdict, locate: Locator) -> Iterator[dict[str, Any]]:
    """Failures first, then what was noticed in the templates."""
    if verdict in (Verdict.FAILURE, Verdict.BLOCKED):
        for blame in announcement.blames:
            yield _annotate_blame(blame, locate)
    for remark in announcement.remarks:
        yield _annotate_remark(remark)


def _annotate_blame(blame: Blame, locate: Locator) -> dict[str, Any]:
    file, line = locate(blame)
    title = f"{blame.logical_id} failed" if blame.logical_id else "The deployment failed"
    return _annotation(file, line, "failure", blame.message, title)


def _annotate_remark(remark: Remark) -> dict[str, Any]:
    return _annotation(remark.file, remark.line, remark.level.value, remark.message, remark.rule)


def _annotation(file: str, line: int, level: str, message: str, title: str) -> dict[str, Any]:
    return {
        "path": file,
        "start_line": line,
        "end_line": line,
        "annotation_level": level,
        "message": message[:LONGEST_MESSAGE],
        "title": title[:LONGEST_TITLE],
    }


def _actions(announcement: Announcement) -> Iterator[dict[str, str]]:
    for offer in (offer for offer in announcement.offers if offer in _ACTIONS):
        label, description = _ACTIONS[offer]
        yield {"label": label, "description": description, "identifier": f"{PREFIX}{offer.value}"}
