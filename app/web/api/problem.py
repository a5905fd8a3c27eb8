"""Errors as RFC 9457 writes them: `application/problem+json` with one line that says what, where and what to try.

No trace and nothing of the machine's own reaches whoever asks; a fault of ours is in the log.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from app.store.database import DatabaseFault

MEDIA_TYPE = "application/problem+json"
MOST_FAULTS = 3
"""Parameters that one answer finds fault with."""

log = structlog.get_logger(__name__)


class Problem(HTTPException):
    """The request is answered with a status other than 2xx; the detail says what, where and what to try."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, detail, headers)


def respond(problem: HTTPException, path: str) -> Response:
    """The answer that tells of a problem at a path."""
    told = {
        "type": "about:blank",
        "title": HTTPStatus(problem.status_code).phrase,
        "status": problem.status_code,
        "detail": problem.detail,
        "instance": path,
    }
    headers = {"cache-control": "no-store", **(problem.headers or {})}
    return Response(msgspec.json.encode(told), problem.status_code, headers, MEDIA_TYPE)


def tell_problems(app: FastAPI) -> None:
    """Have the application tell every error so."""
    app.add_exception_handler(HTTPException, _tell_http)
    app.add_exception_handler(RequestValidationError, _tell_invalid)
    for fault in DatabaseFault:
        app.add_exception_handler(fault, _tell_outage)
    app.add_exception_handler(Exception, _tell_fault)


async def _tell_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it
    path = request.url.path
    if error.status_code == 404 and error.detail == HTTPStatus.NOT_FOUND.phrase:
        error = Problem(404, f"there is nothing at {path}; /api/v1/openapi.json says what there is")
    elif error.status_code == 405:
        error = Problem(405, f"{request.method} is not taken at {path}; the header Allow says what is", error.headers)
    return respond(error, path)


async def _tell_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it
    faults = "; ".join(_explain(fault) for fault in error.errors()[:MOST_FAULTS])
    return respond(Problem(422, f"{faults}; /api/v1/openapi.json says what may stand there"), request.url.path)


def _explain(fault: Mapping[str, Any]) -> str:
    place, *rest = fault["loc"]
    message = str(fault["msg"])
    return f"the {place} parameter {'.'.join(map(str, rest))}: {message[:1].lower()}{message[1:]}"


def outage() -> Problem:
    """What is told where the database does not answer."""
    return Problem(503, "the database does not answer; ask again in a few seconds", {"retry-after": "5"})


async def _tell_outage(request: Request, _error: Exception) -> Response:
    return respond(outage(), request.url.path)


async def _tell_fault(request: Request, error: Exception) -> Response:
    log.error("the API failed", path=request.url.path, error=type(error).__name__)
    return respond(Problem(500, "a fault of Mayfly's own; the log of its doors says which"), request.url.path)
