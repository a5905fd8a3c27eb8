"""Commits, what they changed, and the branches that point at them."""

import difflib
from collections.abc import Iterable

from app.sandbox.github.git import Change, Commit, File, changes
from app.sandbox.github.payloads.site import Json, Site, node_id, stamp
from app.sandbox.github.payloads.users import tell_user
from app.sandbox.github.world import Repository, User, World


def tell_commit(site: Site, world: World, repository: Repository, commit: Commit) -> Json:
    """A commit as lists show it."""
    url, page = site.repository(repository), site.page(repository)
    signature = {"name": commit.author.name, "email": commit.author.email, "date": stamp(commit.author.at)}
    author = tell_user(site, world.user(commit.login))
    return {
        "sha": commit.sha,
        "node_id": node_id("C", commit.sha),
        "url": f"{url}/commits/{commit.sha}",
        "html_url": f"{page}/commit/{commit.sha}",
        "comments_url": f"{url}/commits/{commit.sha}/comments",
        "commit": {
            "url": f"{url}/git/commits/{commit.sha}",
            "author": signature,
            "committer": signature,
            "message": commit.message,
            "comment_count": 0,
            "tree": {"sha": commit.tree, "url": f"{url}/git/trees/{commit.tree}"},
            "verification": {
                "verified": False,
                "reason": "unsigned",
                "signature": None,
                "payload": None,
                "verified_at": None,
            },
        },
        "author": author,
        "committer": author,
        "parents": [
            {"sha": sha, "url": f"{url}/commits/{sha}", "html_url": f"{page}/commit/{sha}"} for sha in commit.parents
        ],
    }


def tell_full_commit(site: Site, world: World, repository: Repository, commit: Commit) -> Json:
    """A commit with what it changed."""
    files = [tell_change(site, repository, commit.sha, change) for change in changes_of(repository, commit)]
    additions, deletions = sum(f["additions"] for f in files), sum(f["deletions"] for f in files)
    stats = {"additions": additions, "deletions": deletions, "total": additions + deletions}
    return {**tell_commit(site, world, repository, commit), "stats": stats, "files": files}


def changes_of(repository: Repository, commit: Commit) -> Iterable[Change]:
    """What a commit changed, seen from its first parent."""
    before = repository.objects.commit(commit.parents[0]).files if commit.parents else {}
    return changes(before, commit.files)


def count_lines(change: Change) -> tuple[int, int, str | None]:
    """Lines added, lines taken away, and the patch; binary files have neither, as on GitHub."""
    old, new = _lines(change.old), _lines(change.new)
    if old is None or new is None:
        return 0, 0, None
    patch = list(difflib.unified_diff(old, new, n=3, lineterm=""))[2:]
    return sum(line[0] == "+" for line in patch), sum(line[0] == "-" for line in patch), "\n".join(patch)


def tell_change(site: Site, repository: Repository, sha: str, change: Change) -> Json:
    """One file of a commit, a comparison or a pull request."""
    url, page = site.repository(repository), site.page(repository)
    additions, deletions, patch = count_lines(change)
    file = change.new or change.old
    told: Json = {
        "sha": file.sha if file else None,
        "filename": change.path,
        "status": change.kind,
        "additions": additions,
        "deletions": deletions,
        "changes": additions + deletions,
        "blob_url": f"{page}/blob/{sha}/{change.path}",
        "raw_url": f"{page}/raw/{sha}/{change.path}",
        "contents_url": f"{url}/contents/{change.path}?ref={sha}",
    }
    return told if patch is None else {**told, "patch": patch}


def tell_short_branch(site: Site, repository: Repository, branch: str) -> Json:
    """A branch as the list of branches shows it."""
    sha = repository.branches[branch]
    commit = {"sha": sha, "url": f"{site.repository(repository)}/commits/{sha}"}
    return {"name": branch, "commit": commit, "protected": False}


def tell_branch(site: Site, world: World, repository: Repository, branch: str) -> Json:
    """A branch as its own address tells it."""
    url = f"{site.repository(repository)}/branches/{branch}"
    commit = repository.objects.commit(repository.branches[branch])
    return {
        "name": branch,
        "commit": tell_commit(site, world, repository, commit),
        "_links": {"self": url, "html": f"{site.page(repository)}/tree/{branch}"},
        "protected": False,
        "protection": {
            "enabled": False,
            "required_status_checks": {"enforcement_level": "off", "contexts": [], "checks": []},
        },
        "protection_url": f"{url}/protection",
    }


def tell_ref(site: Site, repository: Repository, branch: str) -> Json:
    """A branch as git names it."""
    url, sha = site.repository(repository), repository.branches[branch]
    return {
        "ref": f"refs/heads/{branch}",
        "node_id": node_id("REF", f"{repository.id}:{branch}"),
        "url": f"{url}/git/refs/heads/{branch}",
        "object": {"type": "commit", "sha": sha, "url": f"{url}/git/commits/{sha}"},
    }


def tell_comparison(site: Site, world: World, repository: Repository, base: Commit, head: Commit) -> Json:
    """What lies between two commits."""
    objects = repository.objects
    ahead, behind = objects.between(base.sha, head.sha), objects.between(head.sha, base.sha)
    common = objects.commit(objects.merge_base(base.sha, head.sha) or base.sha)
    url = f"{site.repository(repository)}/compare/{base.sha}...{head.sha}"
    page = f"{site.page(repository)}/compare/{base.sha}...{head.sha}"
    return {
        "url": url,
        "html_url": page,
        "permalink_url": page,
        "diff_url": f"{page}.diff",
        "patch_url": f"{page}.patch",
        "base_commit": tell_commit(site, world, repository, base),
        "merge_base_commit": tell_commit(site, world, repository, common),
        "status": _relation(bool(ahead), bool(behind)),
        "ahead_by": len(ahead),
        "behind_by": len(behind),
        "total_commits": len(ahead),
        "commits": [tell_commit(site, world, repository, objects.commit(sha)) for sha in ahead],
        "files": [tell_change(site, repository, head.sha, change) for change in changes(common.files, head.files)],
    }


def tell_pushed_commit(site: Site, repository: Repository, commit: Commit) -> Json:
    """A commit as a push lists it."""
    person = {"name": commit.author.name, "email": commit.author.email, "username": commit.login}
    paths: dict[str, list[str]] = {"added": [], "removed": [], "modified": []}
    for change in changes_of(repository, commit):
        paths[change.kind].append(change.path)
    return {
        "id": commit.sha,
        "tree_id": commit.tree,
        "distinct": True,
        "message": commit.message,
        "timestamp": commit.author.at.isoformat(),
        "url": f"{site.page(repository)}/commit/{commit.sha}",
        "author": person,
        "committer": person,
        **paths,
    }


def tell_pusher(user: User) -> Json:
    """Who pushed."""
    return {"name": user.login, "email": user.email}


def _relation(is_ahead: bool, is_behind: bool) -> str:
    if is_ahead:
        return "diverged" if is_behind else "ahead"
    return "behind" if is_behind else "identical"


def _lines(file: File | None) -> list[str] | None:
    if file is None:
        return []
    if b"\0" in file.content:
        return None
    return file.content.decode(errors="replace").splitlines()
