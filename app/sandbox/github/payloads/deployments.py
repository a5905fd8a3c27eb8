"""Deployments, their statuses, and the environments that they go to."""

from app.sandbox.github.payloads.apps import tell_app
from app.sandbox.github.payloads.site import Json, Site, node_id, stamp
from app.sandbox.github.payloads.users import tell_user
from app.sandbox.github.world import Deployment, DeploymentStatus, Environment, Repository, World


def tell_deployment(site: Site, world: World, repository: Repository, deployment: Deployment) -> Json:
    """A deployment."""
    url = f"{site.repository(repository)}/deployments/{deployment.id}"
    changed = deployment.statuses[-1].created_at if deployment.statuses else deployment.created_at
    return {
        "id": deployment.id,
        "node_id": node_id("DE", deployment.id),
        "url": url,
        "statuses_url": f"{url}/statuses",
        "repository_url": site.repository(repository),
        "sha": deployment.sha,
        "original_environment": deployment.environment,
        **deployment.fields,
        "creator": tell_user(site, deployment.creator),
        "created_at": stamp(deployment.created_at),
        "updated_at": stamp(changed),
        "performed_via_github_app": tell_app(site, world) if deployment.by_app else None,
    }


def tell_deployment_status(
    site: Site, world: World, repository: Repository, deployment: Deployment, status: DeploymentStatus
) -> Json:
    """One step of a deployment."""
    url = f"{site.repository(repository)}/deployments/{deployment.id}"
    return {
        "id": status.id,
        "node_id": node_id("DES", status.id),
        "url": f"{url}/statuses/{status.id}",
        "deployment_url": url,
        "repository_url": site.repository(repository),
        "state": status.state,
        **status.fields,
        "creator": tell_user(site, status.creator),
        "created_at": stamp(status.created_at),
        "updated_at": stamp(status.created_at),
        "performed_via_github_app": tell_app(site, world) if deployment.by_app else None,
    }


def tell_environment(site: Site, repository: Repository, environment: Environment) -> Json:
    """An environment."""
    return {
        "id": environment.id,
        "node_id": node_id("EN", environment.id),
        "name": environment.name,
        "url": f"{site.repository(repository)}/environments/{environment.name}",
        "html_url": f"{site.page(repository)}/deployments/activity_log?environments_filter={environment.name}",
        "created_at": stamp(environment.created_at),
        "updated_at": stamp(environment.created_at),
        "protection_rules": [],
        "deployment_branch_policy": None,
    }
