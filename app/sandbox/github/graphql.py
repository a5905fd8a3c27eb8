"""As much of GraphQL as reading a repository's branches and pull requests takes."""

from collections.abc import Mapping
from typing import Any

from app.sandbox.github.payloads.site import Json, node_id, stamp
from app.sandbox.github.routes.call import Call
from app.sandbox.github.selection import QueryError, select
from app.sandbox.github.world import PullRequest, Repository


def answer(call: Call) -> Json:
    """The answer to a query; errors stand beside the data, with status 200, as GraphQL has it."""
    try:
        query, variables = str(call.body.get("query", "")), call.body.get("variables") or {}
        return {"data": select(_root(call), query, variables)}
    except QueryError as error:
        return {"data": None, "errors": [{"type": "UNSUPPORTED", "message": str(error)}]}


def _root(call: Call) -> Json:
    def find(arguments: Mapping[str, Any]) -> Json | None:
        found = call.world.repositories.get(f"{arguments.get('owner')}/{arguments.get('name')}")
        return _tell_repository(call, found) if found and call.caller.may_see(found) else None

    limit = {"limit": 5000, "cost": 1, "remaining": 5000, "used": 0}
    return {"repository": find, "viewer": {"login": call.login}, "rateLimit": limit}


def _tell_repository(call: Call, repository: Repository) -> Json:
    def list_pull_requests(arguments: Mapping[str, Any]) -> Json:
        states = arguments.get("states") or ["OPEN", "CLOSED", "MERGED"]
        wanted = {states} if isinstance(states, str) else set(states)
        found = [p for p in repository.pull_requests.values() if _state(p) in wanted]
        head = arguments.get("headRefName")
        return _connect([_tell(call, repository, p) for p in found if head in {None, p.head}], arguments)

    def list_refs(arguments: Mapping[str, Any]) -> Json:
        names = [name for name in sorted(repository.branches) if str(arguments.get("query") or "") in name]
        return _connect([_tell_ref(repository, name) for name in names], arguments)

    def find_ref(arguments: Mapping[str, Any]) -> Json | None:
        name = str(arguments.get("qualifiedName", "")).removeprefix("refs/heads/")
        return _tell_ref(repository, name) if name in repository.branches else None

    def find_pull_request(arguments: Mapping[str, Any]) -> Json | None:
        found = repository.pull_requests.get(int(arguments.get("number", 0)))
        return _tell(call, repository, found) if found else None

    return {
        "id": node_id("R", repository.id),
        "databaseId": repository.id,
        "name": repository.name,
        "nameWithOwner": repository.full_name,
        "isFork": repository.parent is not None,
        "defaultBranchRef": _tell_ref(repository, repository.default_branch),
        "pullRequests": list_pull_requests,
        "pullRequest": find_pull_request,
        "refs": list_refs,
        "ref": find_ref,
    }


def _tell(call: Call, repository: Repository, pull_request: PullRequest) -> Json:
    home = pull_request.head_repository
    names = [{"name": label.name} for label in pull_request.labels]
    return {
        "id": node_id("PR", pull_request.id),
        "databaseId": pull_request.id,
        "number": pull_request.number,
        "title": pull_request.title,
        "body": pull_request.body or "",
        "url": f"{call.site.page(repository)}/pull/{pull_request.number}",
        "state": _state(pull_request),
        "isDraft": pull_request.draft,
        "merged": pull_request.is_merged,
        "isCrossRepository": home is not repository,
        "headRefName": pull_request.head,
        "headRefOid": pull_request.head_sha,
        "baseRefName": pull_request.base,
        "baseRefOid": pull_request.base_sha,
        "createdAt": stamp(pull_request.created_at),
        "updatedAt": stamp(pull_request.updated_at),
        "author": {"login": pull_request.author.login, "__typename": pull_request.author.type},
        "labels": lambda arguments: _connect(names, arguments),
        "headRepository": {"databaseId": home.id, "nameWithOwner": home.full_name} if home else None,
        "headRepositoryOwner": {"login": pull_request.head_owner.login},
    }


def _tell_ref(repository: Repository, branch: str) -> Json:
    return {"name": branch, "prefix": "refs/heads/", "target": {"oid": repository.branches[branch]}}


def _state(pull_request: PullRequest) -> str:
    return "MERGED" if pull_request.is_merged else pull_request.state.upper()


def _connect(nodes: list[Json], arguments: Mapping[str, Any]) -> Json:
    """A page of nodes; a cursor is the place of a node in the list."""
    start = int(arguments["after"]) if arguments.get("after") else 0
    end = start + int(arguments.get("first") or len(nodes))
    page = nodes[start:end]
    info = {
        "hasNextPage": end < len(nodes),
        "hasPreviousPage": start > 0,
        "startCursor": str(start + 1) if page else None,
        "endCursor": str(start + len(page)) if page else None,
    }
    return {"totalCount": len(nodes), "nodes": page, "pageInfo": info}
