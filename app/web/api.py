"""`/api/v1`: environments and findings as JSON."""

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException, Query

from app.finding_report import report_findings
from app.report import report_environment, report_environments, report_outputs
from app.store.database import Database


def api_routes(database: Database) -> APIRouter:
    """The routes below `/api/v1`."""
    router = APIRouter(prefix="/api/v1", tags=["environments"])

    @router.get("/environments", summary="Every environment")
    def environments(
        everything: Annotated[bool, Query(alias="all", description="Also those that are gone")] = False,
    ) -> dict[str, Any]:
        with database.read() as connection:
            return report_environments(connection, with_gone=everything)

    @router.get("/environments/{name}", summary="One environment, its resources, deployments and decisions")
    def environment(name: str) -> dict[str, Any]:
        with database.read() as connection:
            return _found(report_environment(connection, name), name)

    @router.get("/environments/{name}/outputs", summary="What a test run needs of an environment")
    def outputs(name: str) -> dict[str, Any]:
        with database.read() as connection:
            return _found(report_outputs(connection, name), name)

    @router.get("/findings", summary="The reaper's last round and every open finding")
    def findings() -> dict[str, Any]:
        with database.read() as connection:
            return report_findings(connection)

    return router


def _found(report: dict[str, Any] | None, name: str) -> dict[str, Any]:
    if report is None:
        raise HTTPException(404, f"there is no environment {name!r}; /api/v1/environments lists those there are")
    return report
