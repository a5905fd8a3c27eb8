"""Health: whether the process lives, and whether it can do its work. Nothing else is told to whoever asks."""

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse

from app.store.database import Database


def health_routes(database: Database) -> APIRouter:
    """`/healthz` and `/readyz`."""
    router = APIRouter()

    @router.get("/healthz", response_class=PlainTextResponse, include_in_schema=False)
    async def is_alive() -> str:
        return "ok"

    @router.get("/readyz", response_class=PlainTextResponse, include_in_schema=False)
    def is_ready() -> PlainTextResponse:
        if database.is_reachable():
            return PlainTextResponse("ok")
        return PlainTextResponse("not ready", status_code=503)

    return router
