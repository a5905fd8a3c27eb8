"""People, bots and organisations."""

from app.sandbox.github.payloads.site import Json, Site, node_id
from app.sandbox.github.world import Permission, Repository, User

_JOINED = "2020-01-01T00:00:00Z"
_RANKS: tuple[Permission, ...] = ("none", "read", "write", "admin")
_ROUTES = {
    "followers_url": "/followers",
    "following_url": "/following{/other_user}",
    "gists_url": "/gists{/gist_id}",
    "starred_url": "/starred{/owner}{/repo}",
    "subscriptions_url": "/subscriptions",
    "organizations_url": "/orgs",
    "repos_url": "/repos",
    "events_url": "/events{/privacy}",
    "received_events_url": "/received_events",
}


def tell_user(site: Site, user: User) -> Json:
    """An account as it stands inside other answers."""
    url = f"{site.api}/users/{user.login}"
    return {
        "login": user.login,
        "id": user.id,
        "node_id": node_id("U", user.id),
        "avatar_url": f"{site.html}/avatars/u/{user.id}?v=4",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{site.html}/{user.login}",
        **{name: url + route for name, route in _ROUTES.items()},
        "type": user.type,
        "user_view_type": "public",
        "site_admin": False,
    }


def tell_organization(site: Site, user: User) -> Json:
    """An organisation as it stands in webhooks."""
    url = f"{site.api}/orgs/{user.login}"
    return {
        "login": user.login,
        "id": user.id,
        "node_id": node_id("O", user.id),
        "url": url,
        "repos_url": f"{url}/repos",
        "events_url": f"{url}/events",
        "hooks_url": f"{url}/hooks",
        "issues_url": f"{url}/issues",
        "members_url": url + "/members{/member}",
        "public_members_url": url + "/public_members{/member}",
        "avatar_url": f"{site.html}/avatars/u/{user.id}?v=4",
        "description": None,
    }


def tell_profile(site: Site, user: User) -> Json:
    """An account as its own address tells it."""
    nothing = dict.fromkeys(("company", "location", "hireable", "bio", "twitter_username"))
    counts = dict.fromkeys(("public_repos", "public_gists", "followers", "following"), 0)
    times = {"created_at": _JOINED, "updated_at": _JOINED}
    return {**tell_user(site, user), "name": user.login, "email": user.email, "blog": "", **nothing, **counts, **times}


def tell_own_profile(site: Site, user: User) -> Json:
    """The profile as the account itself sees it."""
    names = ("private_gists", "total_private_repos", "owned_private_repos", "disk_usage", "collaborators")
    return {**tell_profile(site, user), **dict.fromkeys(names, 0), "two_factor_authentication": True}


def tell_permission(site: Site, repository: Repository, user: User) -> Json:
    """What a person may do in a repository."""
    permission = repository.permission_of(user.login)
    rank = _RANKS.index(permission)
    rights = {"admin": rank >= 3, "maintain": rank >= 3, "push": rank >= 2, "triage": rank >= 2, "pull": rank >= 1}
    told = {**tell_user(site, user), "role_name": permission, "permissions": rights}
    return {"permission": permission, "role_name": permission, "user": told}
