"""Deployments, their statuses, and environments.

A success makes earlier, lasting deployments of its environment inactive; only an inactive deployment can be deleted,
unless it is the only one. Source: GitHub's pages on deployments and on deployment statuses.
"""

from typing import Any
from urllib.parse import urlsplit

from starlette.responses import JSONResponse, Response

from app.sandbox.github.payloads.deployments import tell_deployment, tell_deployment_status, tell_environment
from app.sandbox.github.routes.call import REPOSITORY, Call, Refusal, Route, invalid
from app.sandbox.github.world import Deployment, DeploymentStatus, Environment, Repository

_STATES = ("error", "failure", "inactive", "in_progress", "queued", "pending", "success")
_DEFAULTS: dict[str, Any] = {
    "task": "deploy",
    "environment": "production",
    "description": "",
    "transient_environment": False,
    "production_environment": False,
}
_URLS = ("environment_url", "log_url", "target_url")


def create_deployment(call: Call) -> Any:
    """Announce that a ref is being deployed; 409 where its statuses forbid it and the caller does not say otherwise."""
    repository, ref = call.repository, call.text("Deployment", "ref")
    commit = call.commit(ref)
    if call.body.get("required_contexts") is None and _has_open_statuses(repository, commit.sha):
        raise Refusal(409, f"Conflict: Commit status checks failed for {ref}.")
    fields = {name: call.optional(name, type(default)) or default for name, default in _DEFAULTS.items()}
    fields["payload"] = call.body.get("payload") or {}
    now = call.world.now()
    deployment = Deployment(
        call.world.next_id(), commit.sha, {"ref": ref, **fields}, call.caller.user, now, by_app=call.is_app
    )
    repository.deployments[deployment.id] = deployment
    name = deployment.environment
    repository.environments.setdefault(name, Environment(call.world.next_id(), name, now))
    return JSONResponse(tell_deployment(call.site, call.world, repository, deployment), 201)


def list_deployments(call: Call) -> Any:
    """Those of a commit, ref, task or environment, newest first."""
    found = [deployment for deployment in call.repository.deployments.values() if _is_asked_for(call, deployment)]
    return call.paged(found[::-1], lambda each: tell_deployment(call.site, call.world, call.repository, each))


def get_deployment(call: Call) -> Any:
    """One deployment."""
    return tell_deployment(call.site, call.world, call.repository, _deployment(call))


def delete_deployment(call: Call) -> Any:
    """Take a deployment away."""
    deployment, deployments = _deployment(call), call.repository.deployments
    if len(deployments) > 1 and deployment.state != "inactive":
        raise Refusal(422, "We cannot delete an active deployment unless it is the only deployment in a repository.")
    del deployments[deployment.id]
    return Response(status_code=204)


def create_deployment_status(call: Call) -> Any:
    """Say how a deployment goes."""
    deployment, state = _deployment(call), call.choice("DeploymentStatus", "state", _STATES)
    fields = {name: call.optional(name, str) or "" for name in (*_URLS, "description")}
    for name in _URLS:
        if fields[name] and urlsplit(fields[name]).scheme not in {"http", "https"}:
            raise invalid("DeploymentStatus", name, f"{name} must use http(s) scheme")
    fields["environment"] = call.optional("environment", str) or deployment.environment
    status = _add(call, deployment, state, fields)
    if state == "success" and call.body.get("auto_inactive", True):
        _retire_others(call, deployment)
    return JSONResponse(_tell(call, deployment, status), 201)


def list_deployment_statuses(call: Call) -> Any:
    """The steps of a deployment, newest first."""
    deployment = _deployment(call)
    return call.paged(deployment.statuses[::-1], lambda status: _tell(call, deployment, status))


def get_deployment_status(call: Call) -> Any:
    """One step."""
    deployment = _deployment(call)
    return _tell(call, deployment, call.one({s.id: s for s in deployment.statuses}, call.parts["status"]))


def list_environments(call: Call) -> Any:
    """Every environment that was ever deployed to."""
    environments = list(call.repository.environments.values())
    return call.paged(environments, lambda each: tell_environment(call.site, call.repository, each), "environments")


def get_environment(call: Call) -> Any:
    """One environment."""
    environment = call.one(call.repository.environments, call.parts["name"])
    return tell_environment(call.site, call.repository, environment)


def _deployment(call: Call) -> Deployment:
    return call.one(call.repository.deployments, call.parts["id"])


def _tell(call: Call, deployment: Deployment, status: DeploymentStatus) -> Any:
    return tell_deployment_status(call.site, call.world, call.repository, deployment, status)


def _add(call: Call, deployment: Deployment, state: str, fields: dict[str, Any]) -> DeploymentStatus:
    status = DeploymentStatus(call.world.next_id(), state, fields, call.caller.user, call.world.now())
    deployment.statuses.append(status)
    return status


def _retire_others(call: Call, newest: Deployment) -> None:
    for other in call.repository.deployments.values():
        is_lasting = not other.fields["transient_environment"] and not other.fields["production_environment"]
        if other is not newest and other.environment == newest.environment and is_lasting and other.state == "success":
            _add(call, other, "inactive", {**other.statuses[-1].fields, "description": ""})


def _has_open_statuses(repository: Repository, sha: str) -> bool:
    newest = {status.context: status.state for status in repository.statuses if status.sha == sha}
    return any(state != "success" for state in newest.values())


def _is_asked_for(call: Call, deployment: Deployment) -> bool:
    held = {"sha": deployment.sha, **deployment.fields}
    return all(call.query.get(name) in {None, "", held[name]} for name in ("sha", "ref", "task", "environment"))


_DEPLOYMENT = REPOSITORY + "/deployments/{id:int}"

ROUTES: tuple[Route, ...] = (
    ("POST", REPOSITORY + "/deployments", create_deployment),
    ("GET", REPOSITORY + "/deployments", list_deployments),
    ("GET", _DEPLOYMENT, get_deployment),
    ("DELETE", _DEPLOYMENT, delete_deployment),
    ("POST", _DEPLOYMENT + "/statuses", create_deployment_status),
    ("GET", _DEPLOYMENT + "/statuses", list_deployment_statuses),
    ("GET", _DEPLOYMENT + "/statuses/{status:int}", get_deployment_status),
    ("GET", REPOSITORY + "/environments", list_environments),
    ("GET", REPOSITORY + "/environments/{name:path}", get_environment),
)
