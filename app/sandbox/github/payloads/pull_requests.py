"""Pull requests."""

from app.sandbox.github.git import changes
from app.sandbox.github.payloads.commits import count_lines
from app.sandbox.github.payloads.issues import tell_association, tell_label
from app.sandbox.github.payloads.repositories import tell_repository
from app.sandbox.github.payloads.site import Json, Site, node_id, stamp, stamp_or_null
from app.sandbox.github.payloads.users import tell_user
from app.sandbox.github.world import PullRequest, Repository, User


def tell_pull_request(site: Site, repository: Repository, pull_request: PullRequest) -> Json:
    """A pull request as lists show it."""
    page = f"{site.page(repository)}/pull/{pull_request.number}"
    urls = _urls(site, repository, pull_request)
    return {
        "id": pull_request.id,
        "node_id": node_id("PR", pull_request.id),
        "number": pull_request.number,
        **{name: url for name, url in urls.items() if name != "html_url"},
        "html_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "title": pull_request.title,
        "body": pull_request.body,
        "user": tell_user(site, pull_request.author),
        "author_association": tell_association(repository, pull_request.author),
        "state": pull_request.state,
        "draft": pull_request.draft,
        "locked": False,
        "labels": [tell_label(site, repository, label) for label in pull_request.labels],
        "head": _tell_head(site, pull_request),
        "base": _tell_end(site, repository.owner, repository, pull_request.base, pull_request.base_sha),
        "created_at": stamp(pull_request.created_at),
        "updated_at": stamp(pull_request.updated_at),
        "closed_at": stamp_or_null(pull_request.closed_at),
        "merged_at": stamp_or_null(pull_request.closed_at if pull_request.is_merged else None),
        "merge_commit_sha": pull_request.merge_sha,
        **dict.fromkeys(("active_lock_reason", "assignee", "auto_merge", "milestone")),
        **{name: [] for name in ("assignees", "requested_reviewers", "requested_teams")},
        "_links": _links(urls),
    }


def tell_full_pull_request(site: Site, repository: Repository, pull_request: PullRequest) -> Json:
    """A pull request as its own address and the webhooks tell it."""
    objects = repository.objects
    is_open = pull_request.state == "open"
    common = objects.merge_base(pull_request.base_sha, pull_request.head_sha) or pull_request.base_sha
    lines = [
        count_lines(change)
        for change in changes(objects.commit(common).files, objects.commit(pull_request.head_sha).files)
    ]
    merged_by = pull_request.merged_by
    return {
        **tell_pull_request(site, repository, pull_request),
        "merged": pull_request.is_merged,
        "merged_by": tell_user(site, merged_by) if merged_by else None,
        "mergeable": True if is_open else None,
        "mergeable_state": "draft" if is_open and pull_request.draft else "clean" if is_open else "unknown",
        "rebaseable": True if is_open else None,
        "maintainer_can_modify": False,
        "comments": len(repository.comments_on(pull_request.number)),
        "review_comments": 0,
        "commits": len(objects.between(pull_request.base_sha, pull_request.head_sha)),
        "additions": sum(added for added, _, _ in lines),
        "deletions": sum(deleted for _, deleted, _ in lines),
        "changed_files": len(lines),
    }


def tell_pull_request_shortly(site: Site, repository: Repository, pull_request: PullRequest) -> Json:
    """A pull request as a check run points at it."""
    url = site.repository(repository)
    place = {"id": repository.id, "url": url, "name": repository.name}
    return {
        "id": pull_request.id,
        "number": pull_request.number,
        "url": f"{url}/pulls/{pull_request.number}",
        "head": {"ref": pull_request.head, "sha": pull_request.head_sha, "repo": place},
        "base": {"ref": pull_request.base, "sha": pull_request.base_sha, "repo": place},
    }


def _urls(site: Site, repository: Repository, pull_request: PullRequest) -> dict[str, str]:
    url = site.repository(repository)
    own, issue = f"{url}/pulls/{pull_request.number}", f"{url}/issues/{pull_request.number}"
    return {
        "url": own,
        "html_url": f"{site.page(repository)}/pull/{pull_request.number}",
        "issue_url": issue,
        "comments_url": f"{issue}/comments",
        "commits_url": f"{own}/commits",
        "review_comments_url": f"{own}/comments",
        "review_comment_url": url + "/pulls/comments{/number}",
        "statuses_url": f"{url}/statuses/{pull_request.head_sha}",
    }


def _links(urls: dict[str, str]) -> Json:
    return {"self" if name == "url" else name.removesuffix("_url"): {"href": url} for name, url in urls.items()}


def _tell_head(site: Site, pull_request: PullRequest) -> Json:
    owner, home = pull_request.head_owner, pull_request.head_repository
    return _tell_end(site, owner, home, pull_request.head, pull_request.head_sha)


def _tell_end(site: Site, owner: User, repository: Repository | None, ref: str, sha: str) -> Json:
    return {
        "label": f"{owner.login}:{ref}",
        "ref": ref,
        "sha": sha,
        "user": tell_user(site, owner),
        "repo": tell_repository(site, repository) if repository else None,
    }
