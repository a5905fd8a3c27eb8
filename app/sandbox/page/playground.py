"""The playground's server: one page, one look at the world a second, and the acts.

Acts take JSON only, so that no form on another site can send one, and the host must be this machine, so that no other
name can be pointed at it.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from app.core.errors import MayflyError, PermanentError
from app.sandbox.page.scene import page, scene
from app.sandbox.page.world import World
from app.sandbox.server import Server

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_STATIC = Path(__file__).parent / "static"
_LONGEST = {"ticket": 40, "title": 256, "text": 65_536}


class Playground:
    """The page on 127.0.0.1, until `stop`; also a context manager."""

    def __init__(self, world: World, port: int = 0) -> None:
        self._world = world
        self._server = Server.start(self._app(), port=port, name="playground")

    @classmethod
    def start(cls, world: World, *, port: int = 0) -> Self:
        """Serve the page. Raises OSError where the port is taken."""
        return cls(world, port)

    @property
    def url(self) -> str:
        """The address, `http://127.0.0.1:PORT`."""
        return self._server.url

    def stop(self) -> None:
        self._server.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/", self._show),
                Route("/{owner}/{name}/pull/{number:int}", self._show),
                Route("/scene", self._look),
                Route("/acts/{act}", self._act, methods=["POST"]),
                Mount("/static", StaticFiles(directory=_STATIC)),
            ],
            middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])],
        )

    def _show(self, _: Request) -> Response:
        headers = {"Content-Security-Policy": _POLICY, "X-Content-Type-Options": "nosniff"}
        return HTMLResponse(page(self._world), headers=headers)

    def _look(self, request: Request) -> Response:
        number = request.query_params.get("number", "")
        repository = request.query_params.get("repository", "")
        return JSONResponse(
            scene(self._world, repository, int(number) if number.isdecimal() else 0),
            headers={"Cache-Control": "no-store"},
        )

    async def _act(self, request: Request) -> Response:
        """Do one act; what the world refuses comes back as 409 with its one line."""
        if not request.headers.get("content-type", "").startswith("application/json"):
            return JSONResponse({"error": "an act is sent as application/json"}, 415)
        act = _ACTS.get(request.path_params["act"])
        if act is None:
            return JSONResponse({"error": f"no act named {request.path_params['act']}"}, 404)
        try:
            done = await run_in_threadpool(act, self._world, _values(await request.body()))
        except (MayflyError, LookupError) as error:
            return JSONResponse({"error": str(error)}, 409)
        return JSONResponse(done or {})


Values = dict[str, Any]
Act = Callable[[World, Values], Values | None]


def _open(world: World, values: Values) -> Values:
    pull = world.open(_text(values, "ticket"), _text(values, "title"))
    return {"repository": pull.repository, "number": pull.number}


_ACTS: dict[str, Act] = {
    "open": _open,
    "push": lambda world, values: world.push(*_target(values)),
    "edit": lambda world, values: world.edit(*_target(values), _text(values, "title")),
    "comment": lambda world, values: world.comment(*_target(values), _text(values, "text")),
    "close": lambda world, values: world.close(*_target(values)),
    "reopen": lambda world, values: world.reopen(*_target(values)),
    "delete_branch": lambda world, values: world.delete_branch(*_target(values)),
    "click": lambda world, values: world.click(str(values.get("ts")), str(values.get("action_id"))),
}


def _values(body: bytes) -> Values:
    try:
        values = json.loads(body)
    except ValueError as error:
        raise PermanentError(f"the act is not JSON: {error}") from error
    if not isinstance(values, dict):
        raise PermanentError("the act is not a JSON object")
    return values


def _target(values: Values) -> tuple[str, int]:
    repository, number = values.get("repository"), values.get("number")
    if not isinstance(repository, str) or not isinstance(number, int):
        raise PermanentError("choose a pull request first")
    return repository, number


def _text(values: Values, name: str) -> str:
    text = values.get(name)
    if not isinstance(text, str) or not text.strip():
        raise PermanentError(f"the {name} is empty; write one")
    if len(text) > _LONGEST[name]:
        raise PermanentError(f"the {name} has {len(text)} characters; {_LONGEST[name]} are allowed")
    return text.strip()
