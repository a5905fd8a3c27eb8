"""Socket Mode over a real socket: each click is one order, kept before it is acknowledged, whatever else happens."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.core.environment import Phase
from app.sandbox.slack import SlackSandbox
from app.slack.blocks import write_message
from app.slack.client import Slack
from app.slack.gestures import Click, Command
from app.slack.socket_mode import SocketMode
from app.store.database import Database
from app.store.orders import Order, Origin, find_order
from app.store.wake import Wakes
from tests.builders import NOW, an_announcement
from tests.unit.workers.stage import opened_database
from tests.waiting import wait_until
from workers.switchboard import Switchboard

CHANNEL = "#previews"


@pytest.fixture
def sandbox() -> Iterator[SlackSandbox]:
    with SlackSandbox.start() as sandbox:
        sandbox.add_user("ann")
        yield sandbox


class Keeping:
    """What was kept, in order, and whether it can be kept at all."""

    def __init__(self) -> None:
        self.kept: list[tuple[str, Click | Command]] = []
        self.is_broken = False

    def __call__(self, envelope: str, gesture: Click | Command) -> None:
        if self.is_broken:
            raise OSError("the disk is full")
        self.kept.append((envelope, gesture))


@contextmanager
def connected(sandbox: SlackSandbox, keep: object) -> Iterator[SocketMode]:
    socket = SocketMode(sandbox.app_token, sandbox.api_url, keep)  # type: ignore[arg-type]
    socket.start()
    try:
        wait_until(lambda: sandbox.sockets.is_open)
        yield socket
    finally:
        socket.stop()


def post(sandbox: SlackSandbox) -> str:
    """A message with buttons; its timestamp."""
    reference = Slack(sandbox.bot_token, sandbox.api_url).post(CHANNEL, write_message(an_announcement(Phase.READY)))
    return reference.partition("/")[2]


def test_a_click_is_kept_and_acknowledged(sandbox: SlackSandbox) -> None:
    keep, ts = Keeping(), post(sandbox)
    with connected(sandbox, keep):
        assert sandbox.click(CHANNEL, ts, "mayfly:redeploy", "ann").is_acknowledged
    ((_, click),) = keep.kept
    assert isinstance(click, Click)
    assert (click.action, click.value, click.message) == ("mayfly:redeploy", "SHOP-42", ts)


def test_a_command_is_kept_and_acknowledged(sandbox: SlackSandbox) -> None:
    keep = Keeping()
    with connected(sandbox, keep):
        assert sandbox.slash("/mayfly", "extend SHOP-42 2d", "ann").is_acknowledged
    ((_, command),) = keep.kept
    assert isinstance(command, Command)
    assert (command.command, command.text) == ("/mayfly", "extend SHOP-42 2d")


def test_what_cannot_be_kept_is_not_acknowledged(sandbox: SlackSandbox) -> None:
    keep, ts = Keeping(), post(sandbox)
    keep.is_broken = True
    with connected(sandbox, keep):
        assert not sandbox.click(CHANNEL, ts, "mayfly:redeploy", "ann").is_acknowledged
        keep.is_broken = False
        assert sandbox.click(CHANNEL, ts, "mayfly:redeploy", "ann").is_acknowledged


def test_a_connection_that_slack_ends_is_opened_again(sandbox: SlackSandbox) -> None:
    keep, ts = Keeping(), post(sandbox)
    with connected(sandbox, keep):
        sandbox.sockets.recycle()
        wait_until(lambda: sandbox.sockets.is_open and sandbox.click(CHANNEL, ts, "mayfly:why", "ann").is_acknowledged)
    assert keep.kept


def test_of_two_listeners_each_click_goes_to_one(sandbox: SlackSandbox) -> None:
    keep, ts = Keeping(), post(sandbox)
    with connected(sandbox, keep), connected(sandbox, keep):
        wait_until(lambda: len(sandbox.sockets._connections) == 2)
        for action in ("mayfly:extend", "mayfly:keep", "mayfly:redeploy", "mayfly:why"):
            assert sandbox.click(CHANNEL, ts, action, "ann").is_acknowledged
    assert sorted(click.action for _, click in keep.kept if isinstance(click, Click)) == [
        "mayfly:extend",
        "mayfly:keep",
        "mayfly:redeploy",
        "mayfly:why",
    ]


def test_slack_out_of_reach_holds_up_neither_start_nor_stop(sandbox: SlackSandbox) -> None:
    sandbox.down()
    socket = SocketMode(sandbox.app_token, sandbox.api_url, Keeping())
    socket.start()
    assert any(thread.name == "slack-socket" for thread in threading.enumerate())
    sandbox.up()
    wait_until(lambda: sandbox.sockets.is_open)
    socket.stop()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with opened_database(tmp_path) as database:
        yield database


def test_an_envelope_is_one_order_however_often_it_comes(sandbox: SlackSandbox, database: Database) -> None:
    wakes = Wakes(database)
    keep, ts = Keeping(), post(sandbox)
    with connected(sandbox, keep):
        sandbox.click(CHANNEL, ts, "mayfly:redeploy", "ann")
    ((envelope, gesture),) = keep.kept
    switchboard = Switchboard(database, wakes, lambda: NOW)
    for _ in range(2):
        switchboard(envelope, gesture)
    with database.read() as connection:
        order = find_order(connection, f"slack:{envelope}")
    wakes.close()
    assert isinstance(order, Order)
    assert (order.origin, order.content["action"]) == (Origin.SLACK_CLICK, "mayfly:redeploy")
