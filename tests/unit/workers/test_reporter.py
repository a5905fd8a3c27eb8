"""The report in Slack: one message a round with a thread, kept up to date, and no nothing told twice."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from app.core.finding import ReplyKind, Rule
from app.sandbox.slack import Message, SlackSandbox
from app.slack.client import Slack
from tests.builders import a_loose_resource
from tests.unit.workers.reaping import CHANNEL, DAY, HOUR, Reaping
from tests.unit.workers.stage import Stage
from tests.unit.workers.test_findings import click
from workers.pace import Pace
from workers.reporter import Reporter


class Desk:
    """A reaper that reports."""

    def __init__(self, reaping: Reaping, sandbox: SlackSandbox) -> None:
        self.reaping, self.sandbox = reaping, sandbox
        self.slack = Slack(sandbox.bot_token, sandbox.api_url)
        sandbox.add_channel("reaper")

    def report(self) -> None:
        """Tell everything, at the channel's pace."""
        stage = self.reaping.stage
        reporter = Reporter(stage.database, self.slack, CHANNEL, Pace(), stage.clock)
        for _ in range(100):
            pause = reporter("all")
            if pause is None:
                return
            stage.clock.pass_(pause)
        raise AssertionError("the report never ends")

    def play(self, after: timedelta = timedelta(0), **options: bool) -> None:
        self.reaping.play(after, **options)
        self.report()

    @property
    def roots(self) -> list[Message]:
        return [message for message in self.sandbox.channel(CHANNEL) if not message.is_reply]

    @property
    def replies(self) -> list[Message]:
        return [message for message in self.sandbox.channel(CHANNEL) if message.is_reply]


@pytest.fixture
def desk(ready: Stage) -> Iterator[Desk]:
    reaping = Reaping(ready)
    reaping.age()
    with SlackSandbox.start() as sandbox:
        yield Desk(reaping, sandbox)


def words(message: Message) -> str:
    return "\n".join(block["text"]["text"] for block in message.blocks if "text" in block)


def buttons(message: Message) -> list[dict[str, Any]]:
    return [element for block in message.blocks for element in block.get("elements", ()) if "action_id" in element]


def test_a_heartbeat_is_edited_and_never_posted_twice(desk: Desk) -> None:
    desk.play()
    desk.play(DAY)
    (root,) = desk.roots
    assert "The reaper found nothing that nobody needs; 0 looked at." in words(root)
    assert len(root.edits) == 1


def test_a_round_with_findings_is_one_message_with_a_reply_for_each(desk: Desk) -> None:
    desk.reaping.show_stage()
    desk.reaping.fleet.show(a_loose_resource())
    desk.play()
    desk.play(DAY)
    root = desk.roots[-1]
    text = words(root)
    assert "The reaper found 2 that nobody seems to need; 2 looked at." in text
    assert text.index("*SHOP-57* (idle, about $36.50 a month, by ann)") < text.index("*shop-42-assets* (leftover")
    assert [message.thread_ts for message in desk.replies] == [root.ts, root.ts]
    assert [each["action_id"] for each in buttons(desk.replies[0])] == [
        f"mayfly:finding-{action}" for action in ("keep", "extend", "ignore", "not-ours", "delete")
    ]
    assert {each["value"] for each in buttons(desk.replies[0])} == {desk.reaping.finding(Rule.IDLE).id}
    assert "confirm" in buttons(desk.replies[0])[-1]


def test_the_next_round_is_a_message_of_its_own_and_one_between_is_an_edit(desk: Desk) -> None:
    desk.reaping.show_stage()
    desk.play()
    desk.play(DAY)
    desk.play(HOUR, is_scheduled=False)
    assert len(desk.roots) == 2
    desk.play(DAY)
    assert len(desk.roots) == 3


def test_a_click_is_seen_where_the_button_was(desk: Desk) -> None:
    desk.reaping.show_stage()
    desk.play()
    desk.play(DAY)
    click(desk.reaping, ReplyKind.KEEP)
    desk.report()
    (reply,) = desk.replies
    assert "ann keeps it until" in words(reply)
    assert buttons(reply) == []


def test_what_clears_is_said_where_it_stood(desk: Desk) -> None:
    desk.reaping.show_stage()
    desk.play()
    desk.play(DAY)
    desk.reaping.fleet.stacks.clear()
    desk.play(HOUR, is_scheduled=False)
    (reply,) = desk.replies
    assert "It is gone." in words(reply)
    assert buttons(reply) == []


def test_beyond_fifteen_they_stand_together_and_all_have_buttons(desk: Desk) -> None:
    for number in range(40):
        desk.reaping.fleet.show(a_loose_resource(f"bucket-{number:02}", cost=float(number)))
    desk.play()
    desk.play(DAY)
    assert "… and 25 more in the thread" in words(desk.roots[-1])
    assert len(desk.replies) == 15 + 4
    values = {each["value"] for reply in desk.replies for each in buttons(reply)}
    assert len(values) == 40
    for name in list(desk.reaping.fleet.loose)[10:]:
        del desk.reaping.fleet.loose[name]
    desk.play(HOUR, is_scheduled=False)
    assert [words(reply) for reply in desk.replies].count("_There is nothing more here._") == 4


def test_hostile_names_neither_call_anybody_nor_break_out(desk: Desk) -> None:
    hostile = "<!channel> *<@U1>* `x` <https://evil.example|here> " + "&" * 3_000
    desk.reaping.fleet.show(a_loose_resource(hostile))
    desk.play()
    desk.play(DAY)
    for message in (desk.roots[-1], *desk.replies):
        assert "<!channel>" not in words(message)
        assert "<@U1>" not in words(message)
        assert "<https://evil" not in words(message)


def test_what_could_not_be_read_is_told(desk: Desk) -> None:
    desk.reaping.fleet.unread = ("CloudWatch was throttled.",)
    desk.play()
    assert ":grey_question: CloudWatch was throttled." in words(desk.roots[-1])
