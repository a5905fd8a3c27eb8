"""The API as an application of its own behind its gate, so that its errors are told in its own way."""

from collections.abc import Callable
from datetime import datetime

from fastapi import FastAPI

from app.settings import Settings
from app.store.database import Database
from app.web.api.gate import Gate
from app.web.api.problem import tell_problems
from app.web.api.rate import Buckets
from app.web.api.routes import api_routes

PREFIX = "/api/v1"


def make_api(settings: Settings, database: Database, clock: Callable[[], datetime]) -> Gate:
    """Everything below `/api/v1`."""
    return Gate(describe_api(database), settings, database, Buckets(), clock)


def describe_api(database: Database) -> FastAPI:
    """The same without its gate."""
    api = FastAPI(
        title="Mayfly",
        version="1",
        summary="Environments of pull requests, and what nobody needs any more.",
        docs_url=None,
        redoc_url=None,
        openapi_url=f"{PREFIX}/openapi.json",
        redirect_slashes=False,
    )
    api.include_router(api_routes(database))
    tell_problems(api)
    return api
