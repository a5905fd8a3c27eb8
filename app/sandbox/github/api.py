"""The REST API over HTTP: the faults first, then who asks, then the route; every request is written down.

Whatever is told links to the host that the request named, so a client may come by any name of this machine. An answer
carries an ETag, and a question that names it again is answered 304, as GitHub does.
"""

import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.sandbox.github import routes, tarball
from app.sandbox.github.acts import Acts
from app.sandbox.github.faults import Faults
from app.sandbox.github.graphql import answer
from app.sandbox.github.identity import Caller, Tokens
from app.sandbox.github.payloads.site import Json, Site
from app.sandbox.github.routes.call import Call, Refusal, not_found
from app.sandbox.github.workflows import CONFIGURATION, KEYS
from app.sandbox.server import drop_connection


@dataclass(frozen=True)
class Asked:
    """A request that came in; the status is 0 where the connection was cut."""

    method: str
    path: str
    query: str
    status: int
    authorization: str


class Api:
    """The whole API as an ASGI app; `requests` is its log."""

    def __init__(self, acts: Acts, tokens: Tokens, faults: Faults, html: str | None) -> None:
        self.requests: list[Asked] = []
        self._acts = acts
        self._tokens = tokens
        self._faults = faults
        self._html = html
        self._app: ASGIApp = Starlette(routes=self._routes())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or break as planned."""
        outage = self._faults.next_outage(f"{scope['method']} {scope['path']}")
        if outage and outage.answer is None:
            self._log(scope, 0)
            await drop_connection(scope, receive)
            return

        async def send_logged(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._log(scope, message["status"])
            await send(message)

        app = outage.answer() if outage and outage.answer else self._app
        await app(scope, receive, send_logged)

    def _log(self, scope: Scope, status: int) -> None:
        authorization = dict(scope["headers"]).get(b"authorization", b"").decode("latin-1")
        query = scope["query_string"].decode("latin-1")
        self.requests.append(Asked(scope["method"], scope["path"], query, status, authorization))

    def _routes(self) -> list[Route]:
        codeload = Route("/_codeload/{owner}/{repo}/legacy.tar.gz/{sha}", self._send_tarball)
        graphql = Route("/graphql", self._answering(answer), methods=["POST"])
        known = [Route(path, self._tell_issuer, methods=["GET"]) for path in (CONFIGURATION, KEYS)]
        rest = [Route(path, self._answering(tell), methods=[method]) for method, path, tell in routes.ROUTES]
        return [codeload, graphql, *known, *rest, Route("/{path:path}", self._answering(_refuse_path))]

    def _answering(self, tell: Callable[[Call], Any]) -> Callable[[Request], Awaitable[Response]]:
        async def respond(request: Request) -> Response:
            try:
                call = self._call(request, await request.body())
                with self._acts.world.lock:
                    told = tell(call)
            except Refusal as refusal:
                return refusal.tell()
            return _tagged(request, told if isinstance(told, Response) else JSONResponse(told))

        return respond

    def _call(self, request: Request, body: bytes) -> Call:
        site = self._site(request)
        caller = self._recognise(request)
        return Call(
            self._acts,
            self._tokens,
            site,
            caller,
            request.url.path,
            request.path_params,
            request.query_params,
            request.headers.get("Accept", ""),
            _read(body),
        )

    def _recognise(self, request: Request) -> Caller:
        authorization = request.headers.get("Authorization")
        if not authorization:
            raise Refusal(401, "Requires authentication")
        caller = self._tokens.recognise(authorization)
        if caller is None:
            raise Refusal(401, "Bad credentials")
        app = self._acts.world.app
        if caller.kind == "installation" and app.suspended_at:
            raise Refusal(403, "Sorry. Your account was suspended")
        if caller.kind == "installation" and app.is_deleted:
            raise Refusal(401, "Bad credentials")
        return caller

    def _site(self, request: Request) -> Site:
        api = f"http://{request.headers.get('Host', self._acts.site.api.partition('//')[2])}"
        return Site(api, self._html or api)

    async def _tell_issuer(self, request: Request) -> Response:
        """What anybody may know of whoever gives workflows their tokens."""
        issuer = self._tokens.workflows
        if request.url.path == KEYS:
            return JSONResponse(issuer.tell_keys())
        return JSONResponse(issuer.tell_configuration(self._site(request).api))

    async def _send_tarball(self, request: Request) -> Response:
        parts = request.path_params
        with self._acts.world.lock:
            repository = self._acts.world.repositories.get(f"{parts['owner']}/{parts['repo']}")
            commit = repository.find_commit(parts["sha"]) if repository else None
            if repository is None or commit is None:
                return not_found().tell()
            content = tarball.pack(commit, repository.owner.login, repository.name)
        name = f"{parts['owner']}-{parts['repo']}-{commit.sha[:7]}.tar.gz"
        return Response(
            content, media_type="application/x-gzip", headers={"Content-Disposition": f"attachment; filename={name}"}
        )


def _refuse_path(_: Call) -> Any:
    raise not_found()


def _read(body: bytes) -> Json:
    """The body as an object; a bare list, which only labels are sent as, stands under `labels`."""
    if not body:
        return {}
    try:
        read = json.loads(body)
    except ValueError:
        raise Refusal(400, "Problems parsing JSON") from None
    if isinstance(read, list):
        return {"labels": read}
    if not isinstance(read, dict):
        raise Refusal(400, "Body should be a JSON object")
    return read


def _tagged(request: Request, response: Response) -> Response:
    if request.method != "GET" or response.status_code != 200:
        return response
    etag = f'"{hashlib.sha256(bytes(response.body)).hexdigest()}"'
    asked = request.headers.get("If-None-Match", "").removeprefix("W/")
    if asked == etag:
        return Response(status_code=304, headers={"ETag": etag})
    response.headers["ETag"] = etag
    return response
