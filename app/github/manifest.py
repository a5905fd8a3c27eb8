"""What Mayfly's GitHub App may do and is told, once: for the App's manifest, its tokens and the doctor.

https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
"""

from typing import Any

PERMISSIONS = {
    "contents": "read",
    "metadata": "read",
    "pull_requests": "write",
    "issues": "write",
    "checks": "write",
    "statuses": "write",
    "deployments": "write",
}
"""The least that works. Nobody's code, settings or secrets can be changed with it."""

EVENTS = (
    "check_run",
    "create",
    "delete",
    "issue_comment",
    "pull_request",
    "pull_request_review",
    "push",
    "repository",
)
"""What the App asks to be told; news of its own installation come unasked."""

WEBHOOK_PATH = "/webhooks/github"


def app_manifest(name: str, public_url: str, redirect_url: str) -> dict[str, Any]:
    """The manifest of a private App whose webhooks come to `public_url`."""
    base = public_url.rstrip("/")
    return {
        "name": name,
        "url": base,
        "hook_attributes": {"url": f"{base}{WEBHOOK_PATH}", "active": True},
        "redirect_url": redirect_url,
        "callback_urls": [f"{base}/sign-in/callback"],
        "public": False,
        "default_permissions": dict(PERMISSIONS),
        "default_events": list(EVENTS),
    }


def lacking(granted: dict[str, str]) -> list[str]:
    """The permissions that an App lacks, as `checks: write`."""
    rank = {"": 0, "read": 1, "write": 2, "admin": 3}
    return [
        f"{name}: {level}" for name, level in PERMISSIONS.items() if rank.get(granted.get(name, ""), 0) < rank[level]
    ]
