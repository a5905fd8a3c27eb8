"""Repositories and accounts."""

from typing import Any

from app.sandbox.github.payloads.repositories import tell_full_repository, tell_repository
from app.sandbox.github.payloads.users import tell_own_profile, tell_permission, tell_profile
from app.sandbox.github.routes.call import REPOSITORY, Call, Refusal, Route, not_found


def get_repository(call: Call) -> Any:
    """By owner and name."""
    return tell_full_repository(call.site, call.repository)


def get_repository_by_id(call: Call) -> Any:
    """By the number that a rename does not change."""
    found = next((r for r in call.world.repositories.values() if r.id == call.parts["id"]), None)
    if found is None or not call.caller.may_see(found):
        raise not_found()
    return tell_full_repository(call.site, found)


def list_own_repositories(call: Call) -> Any:
    """Those that a personal token reaches."""
    _refuse_installation(call)
    return call.paged(_visible(call), lambda repository: tell_repository(call.site, repository))


def list_installation_repositories(call: Call) -> Any:
    """Those that an installation token reaches."""
    if not call.is_app:
        raise Refusal(403, "You must authenticate with an installation access token in order to list repositories.")
    return call.paged(_visible(call), lambda repository: tell_repository(call.site, repository), "repositories")


def get_permission(call: Call) -> Any:
    """What a person may do in a repository."""
    repository, login = call.repository, call.parts["login"]
    return tell_permission(call.site, repository, call.one(call.world.users, login))


def get_own_account(call: Call) -> Any:
    """Whose personal token this is."""
    _refuse_installation(call)
    return tell_own_profile(call.site, call.caller.user)


def get_account(call: Call) -> Any:
    """Any account."""
    return tell_profile(call.site, call.one(call.world.users, call.parts["login"]))


def _visible(call: Call) -> list[Any]:
    return [repository for repository in call.world.repositories.values() if call.caller.may_see(repository)]


def _refuse_installation(call: Call) -> None:
    if call.caller.kind != "user":
        raise Refusal(403, "Resource not accessible by integration")


ROUTES: tuple[Route, ...] = (
    ("GET", REPOSITORY, get_repository),
    ("GET", "/repositories/{id:int}", get_repository_by_id),
    ("GET", "/user/repos", list_own_repositories),
    ("GET", "/installation/repositories", list_installation_repositories),
    ("GET", REPOSITORY + "/collaborators/{login}/permission", get_permission),
    ("GET", "/user", get_own_account),
    ("GET", "/users/{login}", get_account),
)
