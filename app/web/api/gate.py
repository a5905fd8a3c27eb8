"""The gate before the API: who asks, whether they may, and whether not too often.

A token is asked for as soon as one was ever made, and wherever anybody but this machine could ask: where the doors
listen beyond loopback, where the request came from elsewhere, through a proxy that says so, or under a name that is
not this machine's own (a page in a browser can have its name point here).
"""

import ipaddress
import math
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from datetime import datetime, timedelta
from typing import Any, NoReturn

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers

from app.core.visitor import LOCAL, PREFIX, Visitor, matching, workflow_of
from app.github.workflows import ForgedIdentity, KeysUnreachable, Workflows, is_identity
from app.settings import Settings
from app.store.database import Database, DatabaseFault
from app.store.tokens import list_tokens
from app.web.api.problem import Problem, outage, respond
from app.web.api.rate import Buckets
from app.web.body import Receive
from app.web.exchange import Send

MAKE_ONE = "make a token with `mayfly token create --name ci` and send it as `Authorization: Bearer mfy_...`"
FORWARDED = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")
LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})

Scope = MutableMapping[str, Any]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class Gate:
    """The API behind its gate, as an ASGI application. Whatever route there will be is behind it."""

    def __init__(
        self, api: Application, settings: Settings, database: Database, buckets: Buckets, clock: Callable[[], datetime]
    ) -> None:
        self._api, self._database, self._buckets, self._clock = api, database, buckets, clock
        self._workflows = Workflows(settings.github.api_url)
        self._is_for_others = not is_loopback(settings.web.host)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or say why not."""
        try:
            visitor = await run_in_threadpool(self._admit, scope)
        except Problem as problem:
            await respond(problem, scope["path"])(scope, receive, send)
        except DatabaseFault:
            await respond(outage(), scope["path"])(scope, receive, send)
        else:
            scope.setdefault("state", {})["visitor"] = visitor
            await self._api(scope, receive, send)

    def _admit(self, scope: Scope) -> Visitor:
        address = scope["client"][0] if scope.get("client") else ""
        try:
            visitor = self._recognise(Headers(scope=scope), address)
        except Problem:
            self._count(f"address {address}")
            raise
        self._count(f"address {address}" if visitor is LOCAL else visitor.name)
        if not visitor.may(scope["method"]):
            raise Problem(403, f"the {visitor.name} may read and not write; make one with `--scope write`")
        return visitor

    def _count(self, key: str) -> None:
        wait = self._buckets.take(key, self._clock())
        if wait is not None:
            seconds = math.ceil(wait / timedelta(seconds=1))
            raise Problem(429, f"too many requests; ask again in {seconds} s", {"retry-after": str(seconds)})

    def _recognise(self, headers: Headers, address: str) -> Visitor:
        with self._database.read() as connection:
            tokens = list_tokens(connection)
        given = headers.getlist("authorization")
        if not given:
            if tokens or self._is_for_others or not _is_from_here(headers, address):
                refuse(f"a token is needed here: {MAKE_ONE}")
            return LOCAL
        secret = _bearer(given)
        if is_identity(secret):
            return self._recognise_workflow(secret)
        if not secret.startswith(PREFIX):
            refuse(f"the header Authorization: it holds no token of Mayfly's; {MAKE_ONE}", is_given=True)
        token = matching(secret, tokens)
        if token is None:
            refuse(f"the header Authorization: no such token was made here; {MAKE_ONE}", is_given=True)
        state = token.standing(self._clock())
        if state != "live":
            refuse(f"the header Authorization: the token {token.name} is {state}; {MAKE_ONE}", is_given=True)
        return token.visitor

    def _recognise_workflow(self, token: str) -> Visitor:
        try:
            return workflow_of(self._workflows.repository(token, self._clock()))
        except ForgedIdentity as error:
            refuse(f"the header Authorization: {error}", is_given=True)
        except KeysUnreachable as error:
            seconds = math.ceil((error.retry_after or timedelta(0)).total_seconds())
            raise Problem(503, f"{error}; ask again later", {"retry-after": str(seconds)}) from None


def _bearer(given: list[str]) -> str:
    scheme, _, secret = given[0].partition(" ")
    if len(given) > 1 or scheme.lower() != "bearer" or not secret.strip():
        refuse(f"the header Authorization: it cannot be read; {MAKE_ONE}", is_given=True)
    return secret.strip()


def refuse(detail: str, *, is_given: bool = False) -> NoReturn:
    """Say that nobody was recognised, as RFC 6750 has it. Raises Problem."""
    error = ', error="invalid_token"' if is_given else ""
    raise Problem(401, detail, {"www-authenticate": f'Bearer realm="mayfly"{error}'})


def _is_from_here(headers: Mapping[str, str], address: str) -> bool:
    name = headers.get("host", "").rpartition(":")[0] or headers.get("host", "")
    is_passed_on = any(header in headers for header in FORWARDED)
    return is_loopback(address) and name.lower() in LOCAL_NAMES and not is_passed_on


def is_loopback(host: str) -> bool:
    """Whether only this machine is meant."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
