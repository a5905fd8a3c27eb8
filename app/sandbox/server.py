"""A web server in a thread of its own, which ends with its owner.

The stand-ins and the pages around them are small ASGI apps inside the process that uses them. `Server` gives such an
app a real address on this machine, so that a client's sockets, headers, time-outs and broken connections are real too.
"""

import asyncio
import itertools
import socket
import threading
import time
from typing import Any, Self

import uvicorn
from starlette.types import ASGIApp, Receive, Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

_START_SECONDS = 10.0
_DRAIN_SECONDS = 1.0
_TICK_SECONDS = 0.02


class Server:
    """An ASGI app served on 127.0.0.1 until `stop`; also a context manager."""

    def __init__(self, app: ASGIApp, listener: socket.socket, name: str) -> None:
        self._listener = listener
        self._name = name
        self.port: int = listener.getsockname()[1]
        self._uvicorn = _Uvicorn(
            uvicorn.Config(
                app,
                http=_Protocol,
                ws="none",
                loop="asyncio",
                lifespan="off",
                log_config=None,
                access_log=False,
                proxy_headers=False,
            )
        )
        self._thread = threading.Thread(target=self._run, name=f"sandbox-{name}", daemon=True)

    @classmethod
    def start(cls, app: ASGIApp, *, port: int = 0, name: str) -> Self:
        """Serve `app` and return once it answers; port 0 takes a free one.

        Raises OSError, naming server and port, where the port is taken.
        """
        server = cls(app, _listen(port, name), name)
        server._thread.start()
        server._wait_until_started()
        return server

    @property
    def url(self) -> str:
        """The address, `http://127.0.0.1:PORT`, with no slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    def stop(self) -> None:
        """Close the address; answers under way have one second to end. A second call does nothing."""
        self._uvicorn.should_exit = True
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _run(self) -> None:
        try:
            self._uvicorn.run(sockets=[self._listener])
        finally:
            self._listener.close()

    def _wait_until_started(self) -> None:
        deadline = time.monotonic() + _START_SECONDS
        while not self._uvicorn.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"the {self._name} server on {self.url} did not start within {_START_SECONDS:.0f} s")
            time.sleep(0.005)


async def drop_connection(scope: Scope, receive: Receive) -> None:
    """Cut the connection of this request with no answer, as a broken network does; then return from the app.

    Works only under `Server`: plain ASGI has no way to break a connection.
    """
    transport: asyncio.Transport = scope["state"]["transport"]
    transport.abort()
    while (await receive())["type"] != "http.disconnect":
        pass


class _Uvicorn(uvicorn.Server):
    """uvicorn, but quick to end: its own way polls for a fifth of a second, and tests start many servers."""

    async def main_loop(self) -> None:
        for tick in itertools.cycle(range(10)):
            if await self.on_tick(tick):
                return
            await asyncio.sleep(_TICK_SECONDS)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks, timeout=_DRAIN_SECONDS)


class _Protocol(H11Protocol):
    """uvicorn's protocol, with the connection at hand for `drop_connection`."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


def _listen(port: int, name: str) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as error:
        listener.close()
        raise OSError(error.errno, f"port {port} for the {name} server is taken; choose another, or 0") from error
    return listener
