"""The layer in front of the emulator: every request passes here, AWS calls and control alike."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from .calls import Call, CallLog, read_call
from .failures import Failure, Failures
from .faults import Answer, Fault, Faults
from .lifecycle import Lifecycle, Timings
from .wire import cut

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

_CONTROL = "/_sandbox/"
_RESET = {"type": "http", "method": "POST", "path": "/_ministack/reset", "headers": [], "query_string": b""}


class Door:
    """Logs calls, plays faults and takes orders; the emulator behind it does the rest."""

    def __init__(self, emulator: App, lifecycle: Lifecycle, failures: Failures) -> None:
        self._emulator = emulator
        self._lifecycle = lifecycle
        self._failures = failures
        self._faults = Faults()
        self._log = CallLog()
        self._first_timings = vars(lifecycle.timings).copy()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._emulator(scope, receive, send)
            return
        body = await _whole_body(receive)
        if body is None:
            return
        if scope["path"].startswith(_CONTROL):
            await _send_answer(send, await self._obey(scope["method"], scope["path"], body))
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        query = scope["query_string"].decode("latin-1")
        call = read_call(scope["method"], scope["path"], headers, query, body)
        if call is None:
            await self._emulator(scope, _replay(body, receive), send)
            return
        await self._play(call, scope, _replay(body, receive), send)

    async def _play(self, call: Call, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a call through, or what is planned for it."""
        self._log.add(call)
        fault = self._faults.draw(call)
        call.fault = fault.name if fault else None
        match fault and fault.kind:
            case "error":
                call.status, *_ = answer = fault.answer(call)
                await _send_answer(send, answer)
            case "drop-before":
                await cut(scope)
            case "drop-after":
                await self._emulator(scope, receive, _unheard)
                await cut(scope)
            case _:
                await self._emulator(scope, receive, _noting(call, send))

    async def _obey(self, method: str, path: str, body: bytes) -> Answer:
        try:
            told = await self._order(method, path.removeprefix(_CONTROL), json.loads(body or b"{}"))
        except (TypeError, ValueError) as error:
            return 400, {"content-type": "text/plain"}, str(error).encode()
        return 200, {"content-type": "application/json"}, json.dumps(told).encode()

    async def _order(self, method: str, what: str, wish: dict[str, Any]) -> dict[str, Any]:
        match method, what:
            case "GET", "calls":
                return {"calls": self._log.told()}
            case "DELETE", "calls":
                self._log.forget()
            case "PUT", "timings" | "holds":
                self._set_pace(what, wish)
            case "POST", "failures":
                self._failures.plan(Failure(**wish))
            case "POST", "faults":
                self._faults.plan(Fault(**wish))
            case "DELETE", "faults":
                self._heal()
            case "POST", "reset":
                await self._reset()
            case _:
                raise ValueError(f"no order {method} {what}")
        return {}

    def _set_pace(self, what: str, wish: dict[str, Any]) -> None:
        if what == "holds":
            self._lifecycle.hold(*wish["operations"])
        else:
            self._lifecycle.timings = Timings(**{**vars(self._lifecycle.timings), **wish})

    def _heal(self) -> None:
        self._failures.forget()
        self._faults.forget()

    async def _reset(self) -> None:
        self._lifecycle.hold()
        await self._lifecycle.interrupt_all()
        await self._emulator(dict(_RESET), _replay(b"", _silent), _unheard)
        self._heal()
        self._log.forget()
        self._lifecycle.timings = Timings(**self._first_timings)


async def _whole_body(receive: Receive) -> bytes | None:
    """The body of a request, None where the client hung up before its end."""
    parts = []
    while (message := await receive())["type"] == "http.request":
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)
    return None


def _replay(body: bytes, receive: Receive) -> Receive:
    """Give a body that was read already once more, then whatever the connection says next."""
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> dict[str, Any]:
        return waiting.pop() if waiting else await receive()

    return replayed


async def _silent() -> dict[str, Any]:
    return await asyncio.Future()


async def _unheard(message: dict[str, Any]) -> None:
    """Where an answer goes that nobody shall get."""


def _noting(call: Call, send: Send) -> Send:
    async def noted(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            call.status = message["status"]
        await send(message)

    return noted


async def _send_answer(send: Send, answer: Answer) -> None:
    status, headers, body = answer
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    pairs.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})
