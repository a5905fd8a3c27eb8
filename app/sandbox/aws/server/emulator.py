"""The emulator with everything of ours around it.

Importing this module imports ministack, which reads its address and its settings from the environment: those must
stand before.
"""

import socket

import uvicorn
from ministack.app import app as ministack

from . import apis, herald, refusals, resources
from .door import Door
from .failures import Failures
from .lifecycle import Lifecycle, Timings
from .nesting import Nesting
from .wire import CuttableProtocol


def serve(door: socket.socket, address: str, create: float, update: float, delete: float) -> None:
    """Answer on the bound socket `door` until the process is asked to end; the seconds are those of `Timings`."""
    failures = Failures()
    lifecycle = Lifecycle(Timings(create, update, delete), failures)
    lifecycle.install()
    Nesting(failures).install()
    refusals.install()
    resources.install()
    herald.install()
    apis.install(address)
    config = uvicorn.Config(
        Door(ministack, lifecycle, failures),
        http=CuttableProtocol,
        ws="none",
        lifespan="on",
        log_level="warning",
        timeout_keep_alive=75,
        timeout_graceful_shutdown=2,
    )
    _Announced(config, address).run(sockets=[door])


class _Announced(uvicorn.Server):
    """A server that says in one line on standard output that it answers, and where."""

    def __init__(self, config: uvicorn.Config, address: str) -> None:
        super().__init__(config)
        self._address = address

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            print(f"ready {self._address}", flush=True)
