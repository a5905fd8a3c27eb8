"""The API as an application of its own, so that its errors are told in its own way."""

from fastapi import FastAPI

from app.store.database import Database
from app.web.api.problem import tell_problems
from app.web.api.routes import api_routes

PREFIX = "/api/v1"


def make_api(database: Database) -> FastAPI:
    """Everything below `/api/v1`."""
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
