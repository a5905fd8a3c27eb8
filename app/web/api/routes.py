"""What is answered at each path below `/api/v1`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from msgspec import Meta

from app.core.environment import Environment
from app.core.finding import Finding
from app.core.reaping import by_cost
from app.finding_report import open_findings, report_findings
from app.report import report_environment, report_listed, report_outputs
from app.store.database import Database
from app.store.environments import list_environments
from app.web.api.description import described
from app.web.api.freshness import answer
from app.web.api.page import MOST, Cursor, Limit, cut, read_cursor
from app.web.api.problem import Problem
from app.web.api.shapes import EnvironmentsShape, FindingsShape, OutputsShape, WholeEnvironmentShape

Instant = Annotated[datetime, Meta(tz=True)]
Name = Annotated[str, Path(description="The environment's name.", examples=["SHOP-42"])]
WithGone = Annotated[bool, Query(alias="all", description="Also those that are gone.")]


def api_routes(database: Database) -> APIRouter:
    """The routes below `/api/v1`."""
    router = APIRouter(prefix="/api/v1")
    rooms = Rooms(database)
    listed, one = "environments", "environments/{name}"
    for path, tell, shape, problems in (
        (listed, rooms.environments, EnvironmentsShape, (422,)),
        (one, rooms.environment, WholeEnvironmentShape, (404, 422)),
        (f"{one}/outputs", rooms.outputs, OutputsShape, (404, 422)),
        ("findings", rooms.findings, FindingsShape, (422,)),
    ):
        summary = (tell.__doc__ or "").strip().splitlines()[0].rstrip(".")
        responses = described(shape, problems)
        router.add_api_route(
            f"/{path}", tell, methods=["GET"], summary=summary, responses=responses, response_model=None
        )
    return router


class Rooms:
    """What the store knows, as whoever asks may see it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def environments(
        self, request: Request, limit: Limit = MOST, cursor: Cursor = None, everything: WithGone = False
    ) -> Response:
        """Every environment, the newest first."""
        after = read_cursor(cursor, tuple[Instant, str])
        with self._database.read() as connection:
            found = list_environments(connection, with_gone=everything, after=after, most=limit + 1)
            shown, headers = cut(found, limit, request, _place)
            return answer(request, report_listed(connection, shown), headers)

    def environment(self, request: Request, name: Name) -> Response:
        """One environment with its resources, deployments and decisions."""
        with self._database.read() as connection:
            return answer(request, _found(report_environment(connection, name), name))

    def outputs(self, request: Request, name: Name) -> Response:
        """What a test run needs of an environment: whether it is ready, and its outputs."""
        with self._database.read() as connection:
            return answer(request, _found(report_outputs(connection, name), name))

    def findings(self, request: Request, limit: Limit = MOST, cursor: Cursor = None) -> Response:
        """The reaper's last round and every open finding, the most expensive first."""
        after = read_cursor(cursor, tuple[float, Instant, str])
        with self._database.read() as connection:
            found = [each for each in open_findings(connection) if after is None or by_cost(each) > after]
            shown, headers = cut(found, limit, request, _rank)
            return answer(request, report_findings(connection, shown), headers)


def _place(environment: Environment) -> tuple[datetime, str]:
    return environment.created_at, environment.name


def _rank(finding: Finding) -> tuple[float, datetime, str]:
    return by_cost(finding)


def _found(report: Mapping[str, Any] | None, name: str) -> Mapping[str, Any]:
    if report is None:
        raise Problem(404, f"there is no environment {name!r}; /api/v1/environments lists those there are")
    return report
