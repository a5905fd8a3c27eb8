"""Repositories."""

from app.sandbox.github.payloads.site import Json, Site, node_id, stamp
from app.sandbox.github.payloads.users import tell_user
from app.sandbox.github.world import Repository

_ROUTES = {
    "archive_url": "/{archive_format}{/ref}",
    "assignees_url": "/assignees{/user}",
    "blobs_url": "/git/blobs{/sha}",
    "branches_url": "/branches{/branch}",
    "collaborators_url": "/collaborators{/collaborator}",
    "comments_url": "/comments{/number}",
    "commits_url": "/commits{/sha}",
    "compare_url": "/compare/{base}...{head}",
    "contents_url": "/contents/{+path}",
    "contributors_url": "/contributors",
    "deployments_url": "/deployments",
    "downloads_url": "/downloads",
    "events_url": "/events",
    "forks_url": "/forks",
    "git_commits_url": "/git/commits{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "hooks_url": "/hooks",
    "issue_comment_url": "/issues/comments{/number}",
    "issue_events_url": "/issues/events{/number}",
    "issues_url": "/issues{/number}",
    "keys_url": "/keys{/key_id}",
    "labels_url": "/labels{/name}",
    "languages_url": "/languages",
    "merges_url": "/merges",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "pulls_url": "/pulls{/number}",
    "releases_url": "/releases{/id}",
    "stargazers_url": "/stargazers",
    "statuses_url": "/statuses/{sha}",
    "subscribers_url": "/subscribers",
    "subscription_url": "/subscription",
    "tags_url": "/tags",
    "teams_url": "/teams",
    "trees_url": "/git/trees{/sha}",
}
_COUNTS = ("forks", "forks_count", "stargazers_count", "watchers", "watchers_count", "size")
_NOTHING = ("description", "homepage", "language", "license", "mirror_url")
_OFF = ("archived", "disabled", "has_discussions", "has_pages", "is_template", "web_commit_signoff_required")
_ON = ("has_downloads", "has_issues", "has_projects", "has_wiki", "allow_forking")


def tell_repository(site: Site, repository: Repository) -> Json:
    """A repository as it stands inside other answers, in lists and in webhooks."""
    url, page = site.repository(repository), site.page(repository)
    open_issues = sum(pull_request.state == "open" for pull_request in repository.pull_requests.values())
    return {
        "id": repository.id,
        "node_id": node_id("R", repository.id),
        "name": repository.name,
        "full_name": repository.full_name,
        "owner": tell_user(site, repository.owner),
        "private": False,
        "visibility": "public",
        "fork": repository.parent is not None,
        "url": url,
        "html_url": page,
        **{name: url + route for name, route in _ROUTES.items()},
        "clone_url": f"{page}.git",
        "git_url": f"git:{page.partition(':')[2]}.git",
        "ssh_url": f"git@{site.html.partition('//')[2]}:{repository.full_name}.git",
        "svn_url": page,
        "default_branch": repository.default_branch,
        "created_at": stamp(repository.created_at),
        "updated_at": stamp(repository.pushed_at),
        "pushed_at": stamp(repository.pushed_at),
        "open_issues": open_issues,
        "open_issues_count": open_issues,
        "topics": [],
        **dict.fromkeys(_COUNTS, 0),
        **dict.fromkeys(_NOTHING),
        **dict.fromkeys(_OFF, False),
        **dict.fromkeys(_ON, True),
    }


def tell_full_repository(site: Site, repository: Repository) -> Json:
    """A repository as its own address tells it."""
    told = {**tell_repository(site, repository), "network_count": 0, "subscribers_count": 0}
    if repository.parent:
        parent = tell_repository(site, repository.parent)
        told.update(parent=parent, source=parent)
    return told


def tell_pushed_repository(site: Site, repository: Repository) -> Json:
    """A repository as a push tells it: two of its times are numbers there, and its owner carries a name."""
    told = tell_repository(site, repository)
    owner = {**told["owner"], "name": repository.owner.login, "email": None}
    return {
        **told,
        "owner": owner,
        "created_at": int(repository.created_at.timestamp()),
        "pushed_at": int(repository.pushed_at.timestamp()),
        "master_branch": repository.default_branch,
        "stargazers": 0,
    }


def tell_repository_shortly(repository: Repository) -> Json:
    """A repository as the events of an installation list it."""
    return {
        "id": repository.id,
        "node_id": node_id("R", repository.id),
        "name": repository.name,
        "full_name": repository.full_name,
        "private": False,
    }
