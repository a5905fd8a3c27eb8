"""The alarm: one message while something is wrong, edited to the end, and nobody fails because it cannot be told."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog

from app.sandbox.slack import Breakage, SlackSandbox
from app.slack.client import Slack
from app.store.database import Database
from app.store.outbox import Told, find_told
from tests.unit.workers.stage import opened_database
from workers.alarm import LOWERED, RAISED, Alarm

CHANNEL = "#previews"


def clock() -> datetime:
    return datetime.now(UTC)


@dataclass
class Watch:
    """An alarm, the channel that it rings in, and what the outbox says of it."""

    database: Database
    sandbox: SlackSandbox

    def __post_init__(self) -> None:
        slack = Slack(self.sandbox.bot_token, self.sandbox.api_url)
        self.alarm = Alarm(self.database, slack, CHANNEL, clock)

    def shown(self) -> list[str]:
        """The messages as they stand, each as people read it."""
        return [message.content.blocks[0]["text"]["text"] for message in self.sandbox.channel(CHANNEL)]

    def edits(self) -> int:
        return sum(len(message.edits) for message in self.sandbox.channel(CHANNEL))

    def told(self) -> Told:
        with self.database.read() as connection:
            return find_told(connection, "alarm:resync", "slack")


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    """Nothing is wrong yet."""
    with opened_database(tmp_path) as database, SlackSandbox.start() as sandbox:
        yield Watch(database, sandbox)


def test_what_is_wrong_is_told_once(watch: Watch) -> None:
    for _ in range(3):
        watch.alarm.raise_("resync", "Six sources look closed.")
    assert (watch.shown(), watch.edits()) == ([f"{RAISED} Six sources look closed."], 0)


def test_another_text_edits_it(watch: Watch) -> None:
    watch.alarm.raise_("resync", "Six sources look closed.")
    watch.alarm.raise_("resync", "Seven sources look closed.")
    assert (watch.shown(), watch.edits()) == ([f"{RAISED} Seven sources look closed."], 1)


def test_the_end_is_told_in_its_place_once(watch: Watch) -> None:
    watch.alarm.raise_("resync", "Six sources look closed.")
    for _ in range(3):
        watch.alarm.lower("resync", "Over.")
    assert (watch.shown(), watch.edits()) == ([f"{LOWERED} Over."], 1)


def test_the_end_of_nothing_is_not_told(watch: Watch) -> None:
    watch.alarm.lower("resync", "Over.")
    assert watch.sandbox.requests == []


def test_the_next_alarm_is_a_new_message(watch: Watch) -> None:
    """An edit calls nobody."""
    watch.alarm.raise_("resync", "Six.")
    watch.alarm.lower("resync", "Over.")
    watch.alarm.raise_("resync", "Six.")
    assert watch.shown() == [f"{LOWERED} Over.", f"{RAISED} Six."]


def test_subjects_do_not_mix(watch: Watch) -> None:
    watch.alarm.raise_("resync", "Six.")
    watch.alarm.raise_("reaper", "Nine.")
    watch.alarm.lower("resync", "Over.")
    assert watch.shown() == [f"{LOWERED} Over.", f"{RAISED} Nine."]


def test_what_strangers_called_things_neither_mentions_nor_overflows(watch: Watch) -> None:
    watch.alarm.raise_("resync", "<!channel> & co\n" + "acme/shop@branch " * 1000)
    (text,) = watch.shown()
    assert text.startswith(f"{RAISED} &lt;!channel&gt; &amp; co acme/shop@branch")
    assert len(text) < 3000


@pytest.mark.parametrize("breakage", Breakage)
def test_a_post_that_breaks_fails_nobody_and_is_not_doubled(watch: Watch, breakage: Breakage) -> None:
    watch.sandbox.break_next("chat.postMessage", breakage)
    watch.alarm.raise_("resync", "Six.")
    assert watch.told().attempts == 1
    watch.alarm.raise_("resync", "Seven.")
    assert watch.shown() == [f"{RAISED} Seven."]
    assert watch.told().last_error is None


def test_an_alarm_whose_answer_was_lost_is_lowered_all_the_same(watch: Watch) -> None:
    watch.sandbox.break_next("chat.postMessage", Breakage.LOST)
    watch.alarm.raise_("resync", "Six.")
    watch.alarm.lower("resync", "Over.")
    assert watch.shown() == [f"{LOWERED} Over."]


def test_an_end_that_cannot_be_told_is_told_with_the_next_call(watch: Watch) -> None:
    watch.alarm.raise_("resync", "Six.")
    watch.sandbox.refuse("chat.update", "internal_error")
    watch.alarm.lower("resync", "Over.")
    assert watch.shown() == [f"{RAISED} Six."]
    watch.alarm.lower("resync", "Over.")
    assert watch.shown() == [f"{LOWERED} Over."]


@pytest.mark.parametrize("error", ["channel_not_found", "invalid_auth"])
def test_a_refusal_fails_nobody(watch: Watch, error: str) -> None:
    watch.sandbox.refuse("chat.postMessage", error)
    watch.alarm.raise_("resync", "Six.")
    assert error in (watch.told().last_error or "")


@pytest.mark.parametrize("channel", [CHANNEL, None])
def test_where_slack_is_off_the_log_says_it_once(watch: Watch, channel: str | None) -> None:
    slack = None if channel else watch.alarm.slack
    silent = Alarm(watch.database, slack, channel, clock)
    with structlog.testing.capture_logs() as lines:
        for text in ("Six.", "Six.", "Seven."):
            silent.raise_("resync", text)
        silent.lower("resync", "Over.")
        silent.lower("resync", "Over.")
    assert [line["text"] for line in lines if line["event"] == "alarm"] == ["Six.", "Seven.", "Over."]
    assert watch.sandbox.requests == []
