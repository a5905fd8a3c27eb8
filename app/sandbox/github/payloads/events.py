"""The bodies of webhooks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.sandbox.github.delivery import Hook
from app.sandbox.github.git import ZERO_SHA
from app.sandbox.github.payloads.apps import tell_installation
from app.sandbox.github.payloads.commits import tell_pushed_commit, tell_pusher
from app.sandbox.github.payloads.issues import tell_comment, tell_issue
from app.sandbox.github.payloads.pull_requests import tell_full_pull_request
from app.sandbox.github.payloads.repositories import (
    tell_pushed_repository,
    tell_repository,
    tell_repository_shortly,
)
from app.sandbox.github.payloads.site import Json, Site, node_id, stamp
from app.sandbox.github.payloads.users import tell_organization, tell_user
from app.sandbox.github.world import Comment, PullRequest, Repository, User, World


@dataclass(frozen=True)
class Push:
    """A branch that moved from one commit to another."""

    branch: str
    before: str
    after: str
    is_forced: bool = False


def tell_pull_request_event(
    site: Site, repository: Repository, pull_request: PullRequest, sender: User, action: str, more: Json
) -> Json:
    """`pull_request`; `more` holds what only some actions carry."""
    return {
        "action": action,
        "number": pull_request.number,
        "pull_request": tell_full_pull_request(site, repository, pull_request),
        **more,
        **_common(site, repository, sender),
    }


def tell_push_event(site: Site, repository: Repository, push: Push, sender: User) -> Json:
    """`push`."""
    objects, is_deleted = repository.objects, push.after == ZERO_SHA
    is_created = push.before == ZERO_SHA
    known = repository.branches.get(repository.default_branch, push.after) if is_created else push.before
    names = [] if is_deleted else objects.between(known, push.after)
    head = None if is_deleted else tell_pushed_commit(site, repository, objects.commit(push.after))
    span = push.after[:12] if is_created else f"{push.before[:12]}...{push.after[:12]}"
    return {
        "ref": f"refs/heads/{push.branch}",
        "before": push.before,
        "after": push.after,
        "created": is_created,
        "deleted": is_deleted,
        "forced": push.is_forced,
        "base_ref": f"refs/heads/{repository.default_branch}" if is_created and not names else None,
        "compare": f"{site.page(repository)}/compare/{span}",
        "commits": [tell_pushed_commit(site, repository, objects.commit(sha)) for sha in names],
        "head_commit": head,
        "pusher": tell_pusher(sender),
        **_common(site, repository, sender),
        "repository": tell_pushed_repository(site, repository),
    }


def tell_branch_event(site: Site, repository: Repository, branch: str, sender: User, *, is_created: bool) -> Json:
    """`create` and `delete`, of a branch."""
    more = {"master_branch": repository.default_branch, "description": None} if is_created else {}
    told = {"ref": branch, "ref_type": "branch", "pusher_type": "user", **more}
    return {**told, **_common(site, repository, sender)}


def tell_comment_event(
    site: Site, world: World, repository: Repository, comment: Comment, sender: User, action: str, more: Json
) -> Json:
    """`issue_comment` on a pull request."""
    pull_request = repository.pull_requests[comment.number]
    return {
        "action": action,
        "issue": tell_issue(site, repository, pull_request),
        "comment": tell_comment(site, world, repository, comment),
        **more,
        **_common(site, repository, sender),
    }


def tell_installation_event(site: Site, world: World, action: str, repositories: Sequence[Repository]) -> Json:
    """`installation`."""
    return {
        "action": action,
        "installation": tell_installation(site, world),
        "repositories": [tell_repository_shortly(repository) for repository in repositories],
        "requester": None,
        "sender": tell_user(site, world.app.owner),
    }


def tell_installation_repositories_event(
    site: Site, world: World, action: str, repositories: Sequence[Repository]
) -> Json:
    """`installation_repositories`."""
    listed = [tell_repository_shortly(repository) for repository in repositories]
    return {
        "action": action,
        "installation": tell_installation(site, world),
        "repository_selection": "all",
        "repositories_added": listed if action == "added" else [],
        "repositories_removed": listed if action == "removed" else [],
        "requester": None,
        "sender": tell_user(site, world.app.owner),
    }


def tell_ping(site: Site, world: World, hook: Hook) -> Json:
    """`ping`."""
    at = stamp(world.app.created_at)
    config = {"content_type": "json", "insecure_ssl": "0", "secret": "********", "url": hook.url}
    told: dict[str, Any] = {
        "type": "App",
        "id": hook.id,
        "name": "web",
        "active": True,
        "events": list(world.app.events),
        "config": config,
        "created_at": at,
        "updated_at": at,
        "app_id": world.app.id,
        "deliveries_url": f"{site.api}/app/hook/deliveries",
    }
    return {"zen": "Keep it logically awesome.", "hook_id": hook.id, "hook": told}


def tell_installation_shortly(world: World) -> Json:
    """The installation as each delivery to an app names it."""
    number = world.app.installation_id
    return {"id": number, "node_id": node_id("IN", number)}


def _common(site: Site, repository: Repository, sender: User) -> Json:
    told = {"repository": tell_repository(site, repository), "sender": tell_user(site, sender)}
    if repository.owner.type == "Organization":
        told["organization"] = tell_organization(site, repository.owner)
    return told
