"""The long-running commands: `serve`, `web` and `worker`.

A process ends on SIGTERM or SIGINT: the doors take nothing new, running passes finish, the rest is left for others.
"""

import gc
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
import uvicorn

from app.core.errors import ConfigurationError
from app.settings import Settings, require_webhook_secret
from app.store.wake import Kind
from app.web.factory import make_doors
from app.web.protocol import PatientProtocol
from workers.house import House, open_house

log = structlog.get_logger()

MOST_CONNECTIONS = 800
"""Connections at once; above it the answer is 503. Below the 1,024 files that a process may usually have open."""


def serve(settings: Settings) -> None:
    """Web doors and workers in one process. Raises MayflyError where it cannot start."""
    require_webhook_secret(settings)
    stop = _stop_on_signals()
    with _listening(settings) as listener, _house(settings) as house, _running_engine(house):
        _run_doors(house, listener, stop)


def serve_web(settings: Settings) -> None:
    """The web doors alone."""
    require_webhook_secret(settings)
    stop = _stop_on_signals()
    with _listening(settings) as listener, _house(settings) as house:
        _run_doors(house, listener, stop)


def work(settings: Settings) -> None:
    """The workers alone, until the process is asked to stop."""
    stop = _stop_on_signals()
    with _house(settings) as house, _running_engine(house):
        stop.wait()


def _stop_on_signals() -> threading.Event:
    """Set once the process is asked to stop.

    uvicorn handles the signals itself while it runs and repeats them when it has ended; were they not handled here as
    well, that repetition would kill the process before its passes have finished.
    """
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def _listening(settings: Settings) -> socket.socket:
    """The doors' address, taken before anything is begun. Raises ConfigurationError where it cannot be had."""
    host, port = settings.web.host, settings.web.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise ConfigurationError(
            f"MAYFLY_WEB__HOST and MAYFLY_WEB__PORT: cannot listen on {host}:{port}: {error.strerror}; "
            "choose another port, or 0 for any that is free"
        ) from None


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
    from workers import figures, introduction, reaper, recovery, resync, upkeep  # noqa: PLC0415 - the doors go without them
    from workers.composition import make_engine, make_listener  # noqa: PLC0415
    from workers.switchboard import Switchboard, listening_to_slack  # noqa: PLC0415

    engine, listener = make_engine(house), make_listener(house)
    engine.start()
    house.wakes.heal(house.database)  # before the wakes: a round whose own pass was lost would never be queued again
    with house.database.begin() as connection:
        house.wakes.wake(connection, Kind.RESYNC, resync.ROUND)
        house.wakes.wake(connection, Kind.RECOVERY, recovery.ROUND)
        house.wakes.wake(connection, Kind.REAPER, reaper.ROUND)
        house.wakes.wake(connection, Kind.UPKEEP, upkeep.ROUND)
        house.wakes.wake(connection, Kind.WORKSPACE, introduction.ROUND)
        house.wakes.wake(connection, Kind.FIGURES, figures.ROUND)
    if listener is not None:
        listener.start()
    log.info("workers started")
    try:
        with listening_to_slack(house.settings, Switchboard(house.database, house.wakes, house.clock)):
            yield
    finally:
        if listener is not None:
            listener.stop()
        engine.stop()


def _run_doors(house: House, listener: socket.socket, stop: threading.Event) -> None:
    doors = make_doors(house.settings, house.database, house.wakes, house.clock)
    config = uvicorn.Config(
        doors,
        http=PatientProtocol,
        ws="none",
        limit_concurrency=MOST_CONNECTIONS,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=10,
    )
    _Doors(config, stop).run(sockets=[listener])


CYCLES = 5_000
"""Garbage is looked for when so many objects more were made than let go of: a request leaves no cycles."""


def _settle_memory() -> None:
    """What was loaded stays for good: were it looked through for garbage with every few thousand requests, each time
    all senders would wait for a tenth of a second."""
    gc.set_threshold(CYCLES)
    gc.collect()
    gc.freeze()


class _Doors(uvicorn.Server):
    """uvicorn, which says where it listens: with port 0 the system chooses.

    A `stop` that was set before it began to look for signals itself is heeded too.
    """

    def __init__(self, config: uvicorn.Config, stop: threading.Event) -> None:
        super().__init__(config)
        self._stop = stop

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen."""
        await super().startup(sockets)
        _settle_memory()
        if self.started:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            log.info("doors opened", address=f"http://{host}:{port}")
        self.should_exit = self.should_exit or self._stop.is_set()
