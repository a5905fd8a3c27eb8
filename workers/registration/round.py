"""The whole of `mayfly init-apps`: from the question to the file, and what to do next."""

import json
import sys
from pathlib import Path

from app.core.errors import ConfigurationError
from app.github.registration import RegisteredApp, exchange_code
from app.settings import Settings
from app.slack.manifest import app_manifest as slack_manifest
from workers.registration.keeping import check, keep
from workers.registration.page import HOST, Visit, open_server, receive_code


def register(settings: Settings, organization: str | None, name: str, path: Path) -> RegisteredApp:
    """Make the App. Raises MayflyError where something is missing or GitHub makes none."""
    if settings.public_url is None:
        raise ConfigurationError("MAYFLY_PUBLIC_URL is not set: it is where GitHub is to send its webhooks")
    check(path)
    visit = Visit(form_address(settings.github.api_url, organization), name, settings.public_url)
    with open_server(visit) as server:
        _say(f"Open http://{HOST}:{server.server_port}{visit.path} in a browser on this machine.")
        code = receive_code(server, visit)
    app = exchange_code(settings.github.api_url, code)
    keep(path, app)
    return app


def form_address(api_url: str, organization: str | None) -> str:
    """Where GitHub, or GitHub Enterprise, takes a manifest."""
    site = (
        "https://github.com"
        if api_url.rstrip("/") == "https://api.github.com"
        else api_url.split("/api/", maxsplit=1)[0]
    )
    owner = f"organizations/{organization}/" if organization else ""
    return f"{site.rstrip('/')}/{owner}settings/apps/new"


def tell_next_steps(settings: Settings, app: RegisteredApp, path: Path) -> None:
    """Say what was made and what comes next. Nothing secret is said."""
    _say(
        f"The App {app.slug} (MAYFLY_GITHUB__APP_ID={app.id}) is made; its credentials are in {path}, readable by you."
    )
    _say(f"1. Install it on your repositories: {app.html_url}/installations/new")
    _say("2. Make the Slack app at https://api.slack.com/apps from this manifest (choose JSON):")
    _say(json.dumps(slack_manifest("Mayfly", settings.public_url), indent=2))
    _say(f"   Then add its bot token and signing secret to {path}, as MAYFLY_SLACK__BOT_TOKEN and")
    _say("   MAYFLY_SLACK__SIGNING_SECRET.")
    _say(f"3. aws secretsmanager create-secret --name mayfly --secret-string file://{path}, then delete the file.")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
