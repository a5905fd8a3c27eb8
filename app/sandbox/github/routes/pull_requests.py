"""Pull requests."""

from typing import Any

from app.sandbox.github.git import changes
from app.sandbox.github.payloads.commits import tell_change, tell_commit
from app.sandbox.github.payloads.pull_requests import tell_full_pull_request, tell_pull_request
from app.sandbox.github.routes.call import REPOSITORY, Call, Route, invalid
from app.sandbox.github.world import PullRequest


def list_pull_requests(call: Call) -> Any:
    """Those of a state, a head `owner:branch` or a base; the newest first, as GitHub does unless told otherwise."""
    repository = call.repository
    found = [p for p in repository.pull_requests.values() if _is_asked_for(call, p)]
    found.sort(key=lambda p: p.number, reverse=call.query.get("direction", "desc") == "desc")
    return call.paged(found, lambda pull_request: tell_pull_request(call.site, repository, pull_request))


def get_pull_request(call: Call) -> Any:
    """One, whole."""
    return tell_full_pull_request(call.site, call.repository, call.pull_request)


def edit_pull_request(call: Call) -> Any:
    """Change title, body, base or state."""
    where = (call.repository, call.pull_request.number)
    title, body, base = (call.optional(field, str) for field in ("title", "body", "base"))
    state = call.choice("PullRequest", "state", ("open", "closed")) if call.body.get("state") else None
    if base is not None and base not in call.repository.branches:
        raise invalid("PullRequest", "base", "Proposed base branch was not found")
    call.acts.edit_pull_request(*where, title=title, body=body, base=base, author=call.login)
    if state == "closed":
        call.acts.close_pull_request(*where, author=call.login)
    elif state == "open" and call.pull_request.state == "closed":
        _reopen(call)
    return get_pull_request(call)


def list_files(call: Call) -> Any:
    """What it changes, seen from where it left its base."""
    repository, pull_request = call.repository, call.pull_request
    objects = repository.objects
    common = objects.merge_base(pull_request.base_sha, pull_request.head_sha) or pull_request.base_sha
    head = objects.commit(pull_request.head_sha)
    found = list(changes(objects.commit(common).files, head.files))
    return call.paged(found, lambda change: tell_change(call.site, repository, head.sha, change))


def list_commits(call: Call) -> Any:
    """Its commits, oldest first."""
    repository, pull_request = call.repository, call.pull_request
    names = repository.objects.between(pull_request.base_sha, pull_request.head_sha)
    commits = [repository.objects.commit(name) for name in names]
    return call.paged(commits, lambda commit: tell_commit(call.site, call.world, repository, commit))


def _is_asked_for(call: Call, pull_request: PullRequest) -> bool:
    state, head, base = call.query.get("state", "open"), call.query.get("head"), call.query.get("base")
    label = f"{pull_request.head_owner.login}:{pull_request.head}"
    return state in {"all", pull_request.state} and head in {None, label} and base in {None, pull_request.base}


def _reopen(call: Call) -> None:
    try:
        call.acts.reopen_pull_request(call.repository, call.pull_request.number, call.login)
    except ValueError as error:
        raise invalid("PullRequest", "state", f"state cannot be changed. {error}") from None


ROUTES: tuple[Route, ...] = (
    ("GET", REPOSITORY + "/pulls", list_pull_requests),
    ("GET", REPOSITORY + "/pulls/{number:int}", get_pull_request),
    ("PATCH", REPOSITORY + "/pulls/{number:int}", edit_pull_request),
    ("GET", REPOSITORY + "/pulls/{number:int}/files", list_files),
    ("GET", REPOSITORY + "/pulls/{number:int}/commits", list_commits),
)
