"""The app, its installation and the log of its deliveries."""

from app.sandbox.github.delivery import Delivery, Hook
from app.sandbox.github.payloads.site import Json, Site, node_id, stamp, stamp_or_null
from app.sandbox.github.payloads.users import tell_user
from app.sandbox.github.world import World


def tell_app(site: Site, world: World) -> Json:
    """The app."""
    app = world.app
    return {
        "id": app.id,
        "slug": app.slug,
        "node_id": node_id("A", app.id),
        "client_id": f"Iv23li{app.id:014d}",
        "owner": tell_user(site, app.owner),
        "name": app.slug,
        "description": None,
        "external_url": f"{site.html}/apps/{app.slug}",
        "html_url": f"{site.html}/apps/{app.slug}",
        "created_at": stamp(app.created_at),
        "updated_at": stamp(app.created_at),
        "permissions": dict(app.permissions),
        "events": list(app.events),
        "installations_count": 1,
    }


def tell_installation(site: Site, world: World) -> Json:
    """The app's installation."""
    app = world.app
    return {
        "id": app.installation_id,
        "account": tell_user(site, app.owner),
        "repository_selection": "all",
        "access_tokens_url": f"{site.api}/app/installations/{app.installation_id}/access_tokens",
        "repositories_url": f"{site.api}/installation/repositories",
        "html_url": f"{site.html}/organizations/{app.owner.login}/settings/installations/{app.installation_id}",
        "app_id": app.id,
        "app_slug": app.slug,
        "client_id": f"Iv23li{app.id:014d}",
        "target_id": app.owner.id,
        "target_type": app.owner.type,
        "permissions": dict(app.permissions),
        "events": list(app.events),
        "created_at": stamp(app.created_at),
        "updated_at": stamp(app.created_at),
        "single_file_name": None,
        "has_multiple_single_files": False,
        "single_file_paths": [],
        "suspended_by": tell_user(site, app.owner) if app.suspended_at else None,
        "suspended_at": stamp_or_null(app.suspended_at),
    }


def tell_hook(hook: Hook | None) -> Json:
    """How the app's webhook is configured."""
    url = hook.url if hook else ""
    return {"url": url, "content_type": "json", "insecure_ssl": "0", "secret": "********"}


def tell_delivery(world: World, delivery: Delivery) -> Json:
    """A delivery as the log lists it."""
    return {
        "id": delivery.id,
        "guid": delivery.guid,
        "delivered_at": stamp(delivery.delivered_at),
        "redelivery": delivery.is_redelivery,
        "duration": delivery.duration,
        "status": delivery.reason,
        "status_code": delivery.status_code or 0,
        "event": delivery.event,
        "action": delivery.action,
        "installation_id": world.app.installation_id,
        "repository_id": delivery.payload.get("repository", {}).get("id"),
        "throttled_at": None,
    }


def tell_full_delivery(world: World, delivery: Delivery) -> Json:
    """A delivery with what was sent and what came back."""
    return {
        **tell_delivery(world, delivery),
        "url": delivery.hook.url,
        "request": {"headers": delivery.request_headers, "payload": delivery.payload},
        "response": {"headers": delivery.response_headers, "payload": delivery.response_body},
    }
