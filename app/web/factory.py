"""One ASGI application out of all doors.

What GitHub and Slack send goes straight to its own door, past the framework; everything else is FastAPI's.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from fastapi import FastAPI

from app.settings import Settings, require_webhook_secret
from app.store.database import Database
from app.store.wake import Wakes
from app.store.workspace import Workspace, known_workspace
from app.web.api.factory import PREFIX, make_api
from app.web.body import Receive
from app.web.exchange import Send
from app.web.health import health_routes
from app.web.metrics import Metrics, metrics_routes
from app.web.receiver import Receiver
from app.web.slack import COMMANDS, INTERACTIONS, SlackDoor
from app.web.writer import DeliveryWriter

WEBHOOKS = "/webhooks/github"

Door = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]


class Doors:
    """The ASGI application."""

    def __init__(self, doors: Mapping[str, Door], api: Door, pages: FastAPI) -> None:
        self._doors = doors
        self._api = api
        self._pages = pages

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Send a request to the door that it knocks at."""
        door = self._door(scope["path"]) if scope["type"] == "http" else self._pages
        await door(scope, receive, send)

    def _door(self, path: str) -> Door:
        pages = self._api if f"{path}/".startswith(f"{PREFIX}/") else self._pages
        return self._doors.get(path, pages)


def make_doors(settings: Settings, database: Database, wakes: Wakes, clock: Callable[[], datetime]) -> Doors:
    """Every door of the house. Raises ConfigurationError where one would stand open."""
    require_webhook_secret(settings)
    writer = DeliveryWriter(database, wakes)

    @asynccontextmanager
    async def living(_pages: FastAPI) -> AsyncIterator[None]:
        writer.start()
        try:
            yield
        finally:
            writer.stop()

    pages = FastAPI(title="Mayfly", docs_url=None, redoc_url=None, openapi_url=None, lifespan=living)
    pages.include_router(health_routes(database))
    secrets = [secret.get_secret_value() for secret in settings.github.webhook_secrets]
    receiver = Receiver(secrets, settings.github.repositories, writer, clock)
    slack = _slack_door(settings, database, writer, clock)
    pages.include_router(metrics_routes(Metrics(database, writer, receiver.tally, slack.tally, clock)))
    return Doors({WEBHOOKS: receiver, INTERACTIONS: slack, COMMANDS: slack}, make_api(settings, database, clock), pages)


def _slack_door(
    settings: Settings, database: Database, writer: DeliveryWriter, clock: Callable[[], datetime]
) -> SlackDoor:
    def workspace() -> Workspace:
        with database.read() as connection:
            return known_workspace(connection)

    secret = settings.slack.signing_secret
    return SlackDoor(secret.get_secret_value() if secret else None, settings.slack.api_url, writer, workspace, clock)
