"""What is answered at each path below `/api/v1`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.security import HTTPBearer
from msgspec import Meta

from app.core.environment import Environment
from app.core.finding import Finding
from app.core.reaping import by_cost
from app.core.visitor import Visitor
from app.finding_report import open_findings, report_findings
from app.report import report_environment, report_listed, report_outputs
from app.store.database import Connection, Database
from app.store.environments import is_of, list_environments
from app.web.api.description import described
from app.web.api.freshness import answer
from app.web.api.page import MOST, Cursor, Limit, cut, read_cursor
from app.web.api.problem import Problem
from app.web.api.shapes import EnvironmentsShape, FindingsShape, OutputsShape, WholeEnvironmentShape

Instant = Annotated[datetime, Meta(tz=True)]
Name = Annotated[str, Path(description="The environment's name.", examples=["SHOP-42"])]
WithGone = Annotated[bool, Query(alias="all", description="Also those that are gone.")]
BEARER = HTTPBearer(
    auto_error=False, description="A token of `mayfly token create`; not needed on a machine of one's own."
)
"""For the description alone: `app.web.api.gate` has looked before any route is found."""


def api_routes(database: Database) -> APIRouter:
    """The routes below `/api/v1`."""
    router = APIRouter(prefix="/api/v1", dependencies=[Depends(BEARER)])
    rooms = Rooms(database)
    listed, one = "environments", "environments/{name}"
    for path, tell, shape, problems in (
        (listed, rooms.environments, EnvironmentsShape, (403, 422)),
        (one, rooms.environment, WholeEnvironmentShape, (404, 422)),
        (f"{one}/outputs", rooms.outputs, OutputsShape, (404, 422)),
        ("findings", rooms.findings, FindingsShape, (403, 422)),
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
        after, repository = read_cursor(cursor, tuple[Instant, str]), _may_list(request).repository
        with self._database.read() as connection:
            found = list_environments(
                connection, with_gone=everything, repository=repository, after=after, most=limit + 1
            )
            shown, headers = cut(found, limit, request, _place)
            return answer(request, report_listed(connection, shown), headers)

    def environment(self, request: Request, name: Name) -> Response:
        """One environment with its resources, deployments and decisions."""
        with self._database.read() as connection:
            _may_see(connection, request, name)
            return answer(request, _found(report_environment(connection, name), name))

    def outputs(self, request: Request, name: Name) -> Response:
        """What a test run needs of an environment: whether it is ready, and its outputs."""
        with self._database.read() as connection:
            _may_see(connection, request, name)
            return answer(request, _found(report_outputs(connection, name), name))

    def findings(self, request: Request, limit: Limit = MOST, cursor: Cursor = None) -> Response:
        """The reaper's last round and every open finding, the most expensive first."""
        after, visitor = read_cursor(cursor, tuple[float, Instant, str]), _may_list(request)
        with self._database.read() as connection:
            seen = [each for each in open_findings(connection) if visitor.may_see(each.subject.repository)]
            found = [each for each in seen if after is None or by_cost(each) > after]
            shown, headers = cut(found, limit, request, _rank)
            return answer(request, report_findings(connection, shown), headers)


def _place(environment: Environment) -> tuple[datetime, str]:
    return environment.created_at, environment.name


def _rank(finding: Finding) -> tuple[float, datetime, str]:
    return by_cost(finding)


def _may_list(request: Request) -> Visitor:
    """Whoever asks for a list. Raises Problem."""
    visitor: Visitor = request.state.visitor
    if not visitor.may_list:
        told = f"the {visitor.name} sees its repository's environments alone; ask for one of them by its name"
        raise Problem(403, told)
    return visitor


def _may_see(connection: Connection, request: Request, name: str) -> None:
    """Raises Problem, the same as where there is no such environment: nobody learns of it that there is one."""
    repository = request.state.visitor.repository
    if repository is not None and not is_of(connection, name, repository):
        raise _missing(name)


def _found(report: Mapping[str, Any] | None, name: str) -> Mapping[str, Any]:
    if report is None:
        raise _missing(name)
    return report


def _missing(name: str) -> Problem:
    return Problem(404, f"there is no environment {name!r}; /api/v1/environments lists those there are")
