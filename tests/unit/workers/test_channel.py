"""The channel: one message, its thread in parts, each warning once, and nothing told twice whatever Slack does."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.announcement import Announcement
from app.core.environment import Phase
from app.sandbox.slack import Breakage, Message, SlackSandbox
from app.slack.client import Slack
from app.store.database import Database
from app.store.outbox import list_told
from tests.builders import a_usable, an_announcement
from tests.unit.workers.stage import opened_database
from workers.channel import Channels
from workers.clock import system_clock
from workers.telling import Telling

CHANNEL = "#previews"


class Room:
    """The channel, and an environment that is told there."""

    def __init__(self, database: Database, sandbox: SlackSandbox) -> None:
        self.database, self.sandbox = database, sandbox
        self.channels = Channels(Slack(sandbox.bot_token, sandbox.api_url), CHANNEL)

    def tell(self, announcement: Announcement) -> list[str]:
        """Tell all that there is to tell; the places that could not be told."""
        telling = Telling(self.database, system_clock)
        with self.database.read() as connection:
            told = list_told(connection, "SHOP-42")
        failed = []
        for place in self.channels.places(announcement, told):
            root = telling.told("SHOP-42", place.under).reference if place.under else None
            stands = place.name in told
            if (place.under and root is None) or not (place.is_needed or stands):
                continue
            if telling.tell("SHOP-42", place.name, place.tell(root)):
                failed.append(place.name)
        return failed

    def shown(self) -> tuple[list[Message], list[Message]]:
        """The messages of the channel, and the replies below them."""
        every = self.sandbox.channel(CHANNEL)
        return [one for one in every if not one.is_reply], [one for one in every if one.is_reply]


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with opened_database(tmp_path) as database, SlackSandbox.start() as sandbox:
        yield Room(database, sandbox)


def test_the_details_stand_below_the_message_and_are_edited_there(room: Room) -> None:
    for name in ("one", "two"):
        assert room.tell(an_announcement(resources=(a_usable(name),))) == []
    (root,), (details,) = room.shown()
    assert details.thread_ts == root.ts
    assert "|two>" in str(details.blocks)
    assert len(details.edits) == 1


def test_a_part_that_is_needed_no_more_says_so(room: Room) -> None:
    room.tell(an_announcement())
    room.tell(an_announcement(Phase.GONE, outputs=(), resources=(), stacks=()))
    _, (details,) = room.shown()
    assert "it is gone" in str(details.blocks)


def test_each_warning_is_told_once_and_stands(room: Room) -> None:
    for warning in ("In a day.", "In a day.", "In two hours.", "In two hours.", None):
        room.tell(an_announcement(resources=(), warning=warning))
    _, replies = room.shown()
    assert [(reply.text, len(reply.edits)) for reply in replies] == [("In a day.", 0), ("In two hours.", 0)]


@pytest.mark.parametrize("breakage", Breakage)
def test_a_reply_that_breaks_is_told_once_in_the_end(room: Room, breakage: Breakage) -> None:
    told = an_announcement()
    room.tell(replace(told, resources=()))
    room.sandbox.break_next("chat.postMessage", breakage)
    assert room.tell(told) == ["slack:details:1"]
    assert room.tell(told) == []
    assert [len(messages) for messages in room.shown()] == [1, 1]


def test_where_no_channel_is_named_nothing_is_told(room: Room) -> None:
    quiet = Channels(room.channels.slack, None)
    assert list(quiet.places(an_announcement(), {})) == []
    assert [place.channel for place in quiet.places(an_announcement(channel="#shop"), {})] == ["#shop", "#shop"]  # type: ignore[attr-defined]
