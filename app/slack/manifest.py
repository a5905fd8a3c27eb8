"""What Mayfly's Slack app may do and is told, once: for its manifest and the doctor.

https://docs.slack.dev/reference/app-manifest
"""

from typing import Any

SCOPES = (
    "channels:history",
    "channels:read",
    "chat:write",
    "chat:write.public",
    "commands",
    "users:read",
    "users:read.email",
)
"""`channels:history` and `channels:read` find a message again whose posting was cut short; `users:read.email` knows
authors by their address. A private channel needs `groups:history` and `groups:read` as well."""

NEEDED = ("chat:write",)
"""Without these nothing can be told; without the others something is missing and all else works."""

INTERACTIONS_PATH = "/webhooks/slack/interactions"
COMMANDS_PATH = "/webhooks/slack/commands"


def app_manifest(name: str, public_url: str | None) -> dict[str, Any]:
    """The manifest; without a public address the app speaks through Socket Mode."""
    base = (public_url or "").rstrip("/")
    is_public = bool(base)
    command: dict[str, Any] = {
        "command": "/mayfly",
        "description": "See and steer environments",
        "usage_hint": "list | show NAME | destroy NAME | extend NAME 2d | keep NAME | why NAME",
    }
    interactivity: dict[str, Any] = {"is_enabled": True}
    if is_public:
        command["url"] = f"{base}{COMMANDS_PATH}"
        interactivity["request_url"] = f"{base}{INTERACTIONS_PATH}"
    return {
        "display_information": {"name": name, "description": "A stack for every pull request"},
        "features": {"bot_user": {"display_name": name, "always_online": True}, "slash_commands": [command]},
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {"interactivity": interactivity, "socket_mode_enabled": not is_public},
    }
