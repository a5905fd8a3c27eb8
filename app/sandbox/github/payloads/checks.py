"""Commit statuses and check runs."""

from collections.abc import Iterable

from app.sandbox.github.payloads.apps import tell_app
from app.sandbox.github.payloads.pull_requests import tell_pull_request_shortly
from app.sandbox.github.payloads.repositories import tell_repository
from app.sandbox.github.payloads.site import Json, Site, node_id, stamp
from app.sandbox.github.payloads.users import tell_user
from app.sandbox.github.world import CheckRun, Repository, Status, World


def tell_status(site: Site, repository: Repository, status: Status) -> Json:
    """A commit status."""
    creator = tell_user(site, status.creator)
    return {
        "id": status.id,
        "node_id": node_id("SC", status.id),
        "url": f"{site.repository(repository)}/statuses/{status.sha}",
        "avatar_url": creator["avatar_url"],
        "state": status.state,
        "context": status.context,
        "description": status.description,
        "target_url": status.target_url,
        "creator": creator,
        "created_at": stamp(status.created_at),
        "updated_at": stamp(status.created_at),
    }


def tell_combined_status(site: Site, repository: Repository, sha: str, statuses: Iterable[Status]) -> Json:
    """All contexts of a commit, of each the newest status, and what follows from them."""
    newest = list({status.context: status for status in statuses}.values())
    url = site.repository(repository)
    told = [tell_status(site, repository, status) for status in newest]
    return {
        "state": _combine({status.state for status in newest}),
        "statuses": [{name: value for name, value in status.items() if name != "creator"} for status in told],
        "sha": sha,
        "total_count": len(newest),
        "repository": tell_repository(site, repository),
        "commit_url": f"{url}/commits/{sha}",
        "url": f"{url}/commits/{sha}/status",
    }


def tell_check_run(site: Site, world: World, repository: Repository, run: CheckRun) -> Json:
    """A check run."""
    url = f"{site.repository(repository)}/check-runs/{run.id}"
    page = f"{site.page(repository)}/runs/{run.id}"
    output = run.fields.get("output") or {}
    fields = ("external_id", "conclusion", "completed_at")
    heads = [p for p in repository.pull_requests.values() if p.head_sha == run.sha and p.state == "open"]
    return {
        "id": run.id,
        "node_id": node_id("CR", run.id),
        "name": run.name,
        "head_sha": run.sha,
        "url": url,
        "html_url": page,
        "details_url": run.fields.get("details_url") or page,
        "status": run.fields.get("status", "queued"),
        "started_at": run.fields.get("started_at") or stamp(run.started_at),
        **{name: run.fields.get(name) for name in fields},
        "output": {
            **{name: output.get(name) for name in ("title", "summary", "text")},
            "annotations_count": len(run.annotations),
            "annotations_url": f"{url}/annotations",
        },
        "check_suite": {"id": run.suite_id},
        "app": tell_app(site, world),
        "pull_requests": [
            tell_pull_request_shortly(site, repository, p) for p in heads if p.head_repository is repository
        ],
    }


def _combine(states: set[str]) -> str:
    if states & {"failure", "error"}:
        return "failure"
    return "success" if states == {"success"} else "pending"
