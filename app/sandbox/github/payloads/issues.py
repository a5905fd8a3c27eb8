"""The conversation side of a pull request: the issue that it also is, comments, reactions, labels."""

from app.sandbox.github.payloads.apps import tell_app
from app.sandbox.github.payloads.site import Json, Site, node_id, stamp, stamp_or_null
from app.sandbox.github.payloads.users import tell_user
from app.sandbox.github.world import Comment, Label, PullRequest, Reaction, Repository, User, World

REACTIONS = ("+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes")


def tell_association(repository: Repository, user: User) -> str:
    """How someone stands to a repository; GitHub means it as a hint, never as a right."""
    if user == repository.owner:
        return "OWNER"
    return "COLLABORATOR" if user.login in repository.permissions else "NONE"


def tell_label(site: Site, repository: Repository, label: Label) -> Json:
    """A label."""
    return {
        "id": label.id,
        "node_id": node_id("LA", label.id),
        "url": f"{site.repository(repository)}/labels/{label.name}",
        "name": label.name,
        "description": None,
        "color": "ededed",
        "default": False,
        "archived_at": None,
        "archived_by": None,
    }


def tell_reaction(site: Site, reaction: Reaction) -> Json:
    """A reaction."""
    return {
        "id": reaction.id,
        "node_id": node_id("REA", reaction.id),
        "user": tell_user(site, reaction.user),
        "content": reaction.content,
        "created_at": stamp(reaction.created_at),
    }


def tell_issue(site: Site, repository: Repository, pull_request: PullRequest) -> Json:
    """A pull request as an issue."""
    url, page = site.repository(repository), f"{site.page(repository)}/pull/{pull_request.number}"
    own = f"{url}/issues/{pull_request.number}"
    pull = f"{url}/pulls/{pull_request.number}"
    return {
        "id": pull_request.id,
        "node_id": node_id("PR", pull_request.id),
        "number": pull_request.number,
        "url": own,
        "repository_url": url,
        "labels_url": own + "/labels{/name}",
        "comments_url": f"{own}/comments",
        "events_url": f"{own}/events",
        "timeline_url": f"{own}/timeline",
        "html_url": page,
        "title": pull_request.title,
        "body": pull_request.body,
        "user": tell_user(site, pull_request.author),
        "author_association": tell_association(repository, pull_request.author),
        "state": pull_request.state,
        "state_reason": None,
        "draft": pull_request.draft,
        "labels": [tell_label(site, repository, label) for label in pull_request.labels],
        "comments": len(repository.comments_on(pull_request.number)),
        "reactions": _tell_reactions(own, []),
        "created_at": stamp(pull_request.created_at),
        "updated_at": stamp(pull_request.updated_at),
        "closed_at": stamp_or_null(pull_request.closed_at),
        "locked": False,
        "assignees": [],
        **dict.fromkeys(("active_lock_reason", "assignee", "milestone", "performed_via_github_app", "type")),
        "pull_request": {
            "url": pull,
            "html_url": page,
            "diff_url": f"{page}.diff",
            "patch_url": f"{page}.patch",
            "merged_at": stamp_or_null(pull_request.closed_at if pull_request.is_merged else None),
        },
    }


def tell_comment(site: Site, world: World, repository: Repository, comment: Comment) -> Json:
    """A comment."""
    url = site.repository(repository)
    own = f"{url}/issues/comments/{comment.id}"
    return {
        "id": comment.id,
        "node_id": node_id("IC", comment.id),
        "url": own,
        "html_url": f"{site.page(repository)}/pull/{comment.number}#issuecomment-{comment.id}",
        "issue_url": f"{url}/issues/{comment.number}",
        "body": comment.body,
        "user": tell_user(site, comment.author),
        "author_association": tell_association(repository, comment.author),
        "created_at": stamp(comment.created_at),
        "updated_at": stamp(comment.updated_at),
        "performed_via_github_app": tell_app(site, world) if comment.by_app else None,
        "reactions": _tell_reactions(own, [reaction.content for reaction in comment.reactions]),
    }


def _tell_reactions(url: str, contents: list[str]) -> Json:
    counts = {name: contents.count(name) for name in REACTIONS}
    return {"url": f"{url}/reactions", "total_count": len(contents), **counts}
