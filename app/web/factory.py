"""One ASGI application out of all doors.

GitHub's webhooks go straight to the receiver, past the framework; everything else is FastAPI's.
"""

from collections.abc import AsyncIterator, Callable, MutableMapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from fastapi import FastAPI

from app.settings import Settings, require_webhook_secret
from app.store.database import Database
from app.store.wake import Wakes
from app.web.api import api_routes
from app.web.body import Receive
from app.web.health import health_routes
from app.web.metrics import Metrics, metrics_routes
from app.web.receiver import Receiver, Send
from app.web.writer import DeliveryWriter

WEBHOOKS = "/webhooks/github"


class Doors:
    """The ASGI application."""

    def __init__(self, receiver: Receiver, pages: FastAPI) -> None:
        self._receiver = receiver
        self._pages = pages

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Send a request to the door that it knocks at."""
        door = self._receiver if scope["type"] == "http" and scope["path"] == WEBHOOKS else self._pages
        await door(scope, receive, send)


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

    pages = FastAPI(title="Mayfly", docs_url=None, redoc_url=None, openapi_url="/api/v1/openapi.json", lifespan=living)
    pages.include_router(health_routes(database))
    pages.include_router(api_routes(database))
    secrets = [secret.get_secret_value() for secret in settings.github.webhook_secrets]
    receiver = Receiver(secrets, settings.github.repositories, writer, clock)
    pages.include_router(metrics_routes(Metrics(database, writer, receiver.tally, clock)))
    return Doors(receiver, pages)
