"""The HTTP side: `/api/METHOD` for WebClient, `/response/TOKEN` for response URLs.

Slack answers nearly everything with status 200 and says in the JSON whether it went well.
"""

from collections.abc import Mapping

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from app.sandbox.server import drop_connection
from app.sandbox.slack.arguments import Arguments, decode_object
from app.sandbox.slack.faults import Breakage, Fault, Faults, RateLimited, Refused
from app.sandbox.slack.interactions import Interactions
from app.sandbox.slack.methods import METHODS, Method
from app.sandbox.slack.records import Json, SlackError
from app.sandbox.slack.workspace import Workspace


class Door:
    """Answers requests from the workspace, or with the fault that waits for them."""

    def __init__(self, workspace: Workspace, interactions: Interactions, faults: Faults, token: str) -> None:
        self._workspace = workspace
        self._interactions = interactions
        self._faults = faults
        self._token = token
        self._methods: Mapping[str, Method] = {
            **METHODS,
            "views.open": interactions.open_view,
            "apps.connections.open": interactions.sockets.open_connection,
        }

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/api/{method}", self._call, methods=["GET", "POST"]),
                Route("/response/{token}", self._respond, methods=["POST"]),
            ]
        )

    async def _call(self, request: Request) -> Response:
        method = request.path_params["method"]
        fault = self._faults.take(method)
        body = await request.body()
        if fault is not None and fault is not Breakage.LOST:
            self._workspace.record(method, _name(fault), {})
            return _broken(fault)
        answer = self._answer(method, request, body)
        return Dropped() if fault is Breakage.LOST else JSONResponse(answer, headers=self._headers())

    def _headers(self) -> dict[str, str]:
        """What the token may do, which Slack says with each answer."""
        return {"x-oauth-scopes": ",".join(self._workspace.scopes)}

    def _answer(self, method: str, request: Request, body: bytes) -> Json:
        arguments = Arguments({})
        try:
            arguments = Arguments.decode(
                request.query_params.multi_items(), request.headers.get("content-type", ""), body
            )
            answer = self._perform(method, arguments, request.headers.get("authorization", ""))
        except SlackError as error:
            self._workspace.record(method, error.code, arguments.values)
            return _refusal(error)
        self._workspace.record(method, None, arguments.values)
        return {"ok": True, **answer}

    def _perform(self, method: str, arguments: Arguments, authorization: str) -> Json:
        if method not in self._methods:
            raise SlackError("unknown_method")
        token = arguments.token = authorization.removeprefix("Bearer ") or arguments.token
        if token != self._token and method != "apps.connections.open":
            raise SlackError("invalid_auth" if token else "not_authed")
        with self._workspace.lock:
            return self._methods[method](self._workspace, arguments)

    async def _respond(self, request: Request) -> Response:
        body = await request.body()
        if self._faults.is_down:
            return Dropped()
        try:
            self._interactions.respond(request.path_params["token"], decode_object(body))
        except SlackError as error:
            gone = error.code in {"used_url", "expired_url"}
            return JSONResponse(_refusal(error), 404) if gone else PlainTextResponse(error.code, 400)
        return PlainTextResponse("ok")


class Dropped(Response):
    """No answer: the connection is cut."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - the shape of ASGI
        await drop_connection(scope, receive)


def _refusal(error: SlackError) -> Json:
    answer: Json = {"ok": False, "error": error.code}
    if error.messages:
        answer["errors"] = [message.removeprefix("[ERROR] ") for message in error.messages]
        answer["response_metadata"] = {"messages": list(error.messages)}
    return answer


def _broken(fault: Fault) -> Response:
    match fault:
        case Refused(error):
            return JSONResponse({"ok": False, "error": error})
        case RateLimited(seconds):
            return JSONResponse({"ok": False, "error": "ratelimited"}, 429, {"Retry-After": str(seconds)})
        case Breakage.ERROR:
            return JSONResponse({"ok": False, "error": "internal_error"}, 500)
        case Breakage.PAGE:
            return HTMLResponse("<!doctype html><title>Slack</title><h1>Server trouble</h1>", 503)
        case _:
            return Dropped()


def _name(fault: Fault) -> str:
    match fault:
        case Refused(error):
            return error
        case RateLimited():
            return "ratelimited"
        case _:
            return fault.name.lower()
