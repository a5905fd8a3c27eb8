"""The switchboard: what people click and type in Slack, brought by a socket, kept as orders like those of the doors."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import structlog

from app.settings import Settings
from app.slack.gestures import Click, Command
from app.slack.socket_mode import SocketMode
from app.store.arrivals import keep_arrivals
from app.store.database import Database
from app.store.orders import Order, Origin
from app.store.wake import Wakes
from app.store.workspace import Workspace, known_workspace

log = structlog.get_logger()


@dataclass(frozen=True)
class Switchboard:
    """Keeps what an envelope brought, on disk, and wakes whom it concerns."""

    database: Database
    wakes: Wakes
    clock: Callable[[], datetime]

    def __call__(self, envelope: str, gesture: Click | Command) -> None:
        """Keep one order; the same envelope again is the same order."""
        with self.database.read() as connection:
            known = known_workspace(connection)
        if not _is_ours(known, gesture):
            log.warning("an envelope of another workspace or app", team=gesture.person.team)
            return
        with self.database.begin() as connection:
            keep_arrivals(connection, self.wakes, [self._order(envelope, gesture)])

    def _order(self, envelope: str, gesture: Click | Command) -> Order:
        order_id, now = f"slack:{envelope}", self.clock()
        if isinstance(gesture, Click):
            return Order(order_id, Origin.SLACK_CLICK, now, gesture.content(), gesture.gesture())
        return Order(order_id, Origin.SLACK_COMMAND, now, gesture.content())


@contextmanager
def listening_to_slack(settings: Settings, switchboard: Switchboard) -> Iterator[None]:
    """Take Slack's envelopes until the block ends; nothing where Socket Mode is off."""
    token = settings.slack.app_token
    if token is None:
        yield
        return
    socket = SocketMode(token.get_secret_value(), settings.slack.api_url, switchboard)
    socket.start()
    try:
        yield
    finally:
        socket.stop()


def _is_ours(known: Workspace, gesture: Click | Command) -> bool:
    person = gesture.person
    is_at_home = known.team is None or known.team == person.team
    return is_at_home and known.app in (None, person.app)
