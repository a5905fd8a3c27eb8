"""The app, its installation and tokens, the log of its deliveries, and the rate limit."""

from typing import Any

from starlette.responses import JSONResponse

from app.sandbox.github.delivery import Delivery
from app.sandbox.github.payloads.apps import (
    tell_app,
    tell_delivery,
    tell_full_delivery,
    tell_hook,
    tell_installation,
)
from app.sandbox.github.payloads.repositories import tell_repository
from app.sandbox.github.payloads.site import stamp
from app.sandbox.github.routes.call import Call, Refusal, Route, not_found
from app.sandbox.github.world import Repository

_HOURLY = 5000


def get_app(call: Call) -> Any:
    """The app whose token this is."""
    _refuse_others(call)
    return tell_app(call.site, call.world)


def list_installations(call: Call) -> Any:
    """Where the app is installed."""
    _refuse_others(call)
    installed = [] if call.world.app.is_deleted else [call.world]
    return call.paged(installed, lambda world: tell_installation(call.site, world))


def get_installation(call: Call) -> Any:
    """One installation, by its number or by the repository that it reaches."""
    _refuse_others(call)
    _check_installation(call)
    return tell_installation(call.site, call.world)


def create_token(call: Call) -> Any:
    """An installation token for one hour, narrowed to the repositories and permissions asked for."""
    _refuse_others(call)
    _check_installation(call)
    if call.world.app.suspended_at:
        raise Refusal(403, "This installation has been suspended")
    permissions = call.optional("permissions", dict) or call.world.app.permissions
    granted = call.world.app.permissions
    beyond = [name for name, level in permissions.items() if granted.get(name) not in {level, "write"}]
    if beyond:
        raise Refusal(422, "The permissions requested are not granted to this installation.")
    repositories = _repositories(call)
    token, expires_at = call.tokens.issue(repositories)
    told = {"token": token, "expires_at": stamp(expires_at), "permissions": {"metadata": "read", **permissions}}
    if repositories is None:
        return JSONResponse({**told, "repository_selection": "all"}, 201)
    listed = [tell_repository(call.site, repository) for repository in repositories]
    return JSONResponse({**told, "repository_selection": "selected", "repositories": listed}, 201)


def get_hook(call: Call) -> Any:
    """The app's own webhook, as its settings show it."""
    _refuse_others(call)
    own = [hook for hook in call.acts.hooks if hook.target == "integration"]
    return tell_hook(own[-1] if own else None)


def list_deliveries(call: Call) -> Any:
    """The app's deliveries, newest first; a page is named by the cursor in the `Link` header."""
    _refuse_others(call)
    newest = [delivery for delivery in _deliveries(call)[::-1] if _is_asked_for(call, delivery)]
    size, cursor = call.page_size, call.query.get("cursor")
    names = [f"v1_{delivery.id}" for delivery in newest]
    if cursor and cursor not in names:
        raise Refusal(422, "The cursor is not valid.")
    rest = newest[names.index(cursor) :] if cursor else newest
    link = f'<{call.site.api}{call.path}?per_page={size}&cursor=v1_{rest[size].id}>; rel="next"' if rest[size:] else ""
    told = [tell_delivery(call.world, delivery) for delivery in rest[:size]]
    return JSONResponse(told, headers={"Link": link} if link else None)


def get_delivery(call: Call) -> Any:
    """One delivery, with its payload."""
    _refuse_others(call)
    return tell_full_delivery(call.world, _delivery(call))


def redeliver(call: Call) -> Any:
    """Try a delivery once more, under the same GUID."""
    _refuse_others(call)
    call.acts.courier.redeliver(_delivery(call).guid)
    return JSONResponse({}, 202)


def get_rate_limit(call: Call) -> Any:
    """A limit that is never used up; faults stand for one that is."""
    reset = int(call.world.now().timestamp()) + 3600
    limit = {"limit": _HOURLY, "used": 0, "remaining": _HOURLY, "reset": reset}
    return {"resources": {"core": limit, "search": limit, "graphql": limit}, "rate": limit}


def _refuse_others(call: Call) -> None:
    if call.caller.kind != "app":
        raise Refusal(401, "A JSON web token could not be decoded")


def _check_installation(call: Call) -> None:
    app = call.world.app
    named = call.parts.get("id", app.installation_id)
    if app.is_deleted or named != app.installation_id:
        raise not_found()
    if "repo" in call.parts and f"{call.parts['owner']}/{call.parts['repo']}" not in call.world.repositories:
        raise not_found()


def _repositories(call: Call) -> list[Repository] | None:
    names, ids = call.optional("repositories", list) or [], call.optional("repository_ids", list) or []
    if not names and not ids:
        return None
    watched = [repository for repository in call.world.repositories.values() if repository.is_watched]
    chosen = [repository for repository in watched if repository.name in names or repository.id in ids]
    if len(chosen) < len(names) + len(ids):
        raise Refusal(422, "There is at least one repository that does not exist or is not accessible")
    return chosen


def _deliveries(call: Call) -> list[Delivery]:
    return [delivery for delivery in call.acts.courier.log if delivery.hook.target == "integration"]


def _delivery(call: Call) -> Delivery:
    return call.one({delivery.id: delivery for delivery in _deliveries(call)}, call.parts["id"])


def _is_asked_for(call: Call, delivery: Delivery) -> bool:
    status = call.query.get("status")
    return delivery.status_code is not None and status in {None, "success" if delivery.is_delivered else "failure"}


_INSTALLATION = "/app/installations/{id:int}"
_DELIVERY = "/app/hook/deliveries/{id:int}"

ROUTES: tuple[Route, ...] = (
    ("GET", "/app", get_app),
    ("GET", "/app/installations", list_installations),
    ("GET", _INSTALLATION, get_installation),
    ("GET", "/repos/{owner}/{repo}/installation", get_installation),
    ("POST", _INSTALLATION + "/access_tokens", create_token),
    ("GET", "/app/hook/config", get_hook),
    ("GET", "/app/hook/deliveries", list_deliveries),
    ("GET", _DELIVERY, get_delivery),
    ("POST", _DELIVERY + "/attempts", redeliver),
    ("GET", "/rate_limit", get_rate_limit),
)
