"""The long-running commands: `serve`, `web` and `worker`.

A process ends on SIGTERM or SIGINT: the doors take nothing new, running passes finish, the rest is left for others.
"""

import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
import uvicorn

from app.settings import Settings, require_webhook_secret
from app.web.factory import make_doors
from workers.composition import House, make_engine, open_house

log = structlog.get_logger()


def serve(settings: Settings) -> None:
    """Web doors and workers in one process. Raises MayflyError where it cannot start."""
    require_webhook_secret(settings)
    with _house(settings) as house, _running_engine(house):
        _run_doors(house)


def serve_web(settings: Settings) -> None:
    """The web doors alone."""
    require_webhook_secret(settings)
    with _house(settings) as house:
        _run_doors(house)


def work(settings: Settings) -> None:
    """The workers alone, until the process is asked to stop."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with _house(settings) as house, _running_engine(house):
        stop.wait()


@contextmanager
def _house(settings: Settings) -> Iterator[House]:
    house = open_house(settings)
    if settings.slack.bot_token is None:
        log.info("Slack is off: MAYFLY_SLACK__BOT_TOKEN is not set")
    try:
        yield house
    finally:
        house.close()


@contextmanager
def _running_engine(house: House) -> Iterator[None]:
    engine = make_engine(house)
    engine.start()
    log.info("workers started")
    try:
        yield
    finally:
        engine.stop()


def _run_doors(house: House) -> None:
    web = house.settings.web
    doors = make_doors(house.settings, house.database, house.wakes, house.clock)
    config = uvicorn.Config(
        doors,
        host=web.host,
        port=web.port,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=10,
    )
    _Doors(config).run()


class _Doors(uvicorn.Server):
    """uvicorn, which says where it listens: with port 0 the system chooses."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen."""
        await super().startup(sockets)
        if self.started:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            log.info("doors opened", address=f"http://{host}:{port}")
