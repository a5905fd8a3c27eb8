"""Slack's adapter over real HTTP: post, edit, find again, and what each fault means."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from app.sandbox.slack import Breakage, SlackSandbox
from app.sandbox.slack.workspace import APP, TEAM
from app.slack.blocks import write_message
from app.slack.client import Message, Slack, SlackRefused, SlackUnreachable
from tests.builders import an_announcement

CHANNEL = "#previews"


@pytest.fixture
def sandbox() -> Iterator[SlackSandbox]:
    with SlackSandbox.start() as sandbox:
        yield sandbox


@pytest.fixture
def slack(sandbox: SlackSandbox) -> Slack:
    return Slack(sandbox.bot_token, sandbox.api_url)


def a_message(reason: str = "It is ready.", environment: str = "SHOP-42") -> Message:
    return write_message(an_announcement(reason=reason, environment=environment))


def just_now() -> datetime:
    return datetime.now(UTC)


def test_a_message_is_posted_and_edited_in_place(sandbox: SlackSandbox, slack: Slack) -> None:
    reference = slack.post(CHANNEL, a_message("one"))
    assert slack.edit(reference, a_message("two"))
    (message,) = sandbox.channel(CHANNEL)
    assert (message.text, len(message.edits)) == ("SHOP-42 is ready. two", 1)


def test_a_message_that_somebody_deleted_cannot_be_edited(sandbox: SlackSandbox, slack: Slack) -> None:
    reference = slack.post(CHANNEL, a_message())
    assert not slack.edit(f"{reference.partition('/')[0]}/1700000000.000001", a_message())
    assert len(sandbox.channel(CHANNEL)) == 1


@pytest.mark.parametrize("channel", [CHANNEL, "previews"])
def test_a_message_is_found_in_a_channel_known_by_name_alone(sandbox: SlackSandbox, channel: str) -> None:
    since = just_now()
    reference = Slack(sandbox.bot_token, sandbox.api_url).post(channel, a_message())
    stranger = Slack(sandbox.bot_token, sandbox.api_url)
    assert stranger.find(channel, "SHOP-42", since) == reference
    assert stranger.find(channel, "SHOP-43", since) is None


def test_a_message_is_found_in_a_channel_known_by_its_id(slack: Slack) -> None:
    reference = slack.post(CHANNEL, a_message())
    assert slack.find(reference.partition("/")[0], "SHOP-42", just_now()) == reference


def test_a_message_is_found_in_a_channel_on_a_later_page(sandbox: SlackSandbox) -> None:
    for number in range(250):
        sandbox.add_channel(f"room-{number}")
    sandbox.add_channel("late")
    reference = Slack(sandbox.bot_token, sandbox.api_url).post("#late", a_message())
    assert Slack(sandbox.bot_token, sandbox.api_url).find("#late", "SHOP-42", just_now()) == reference


def test_what_is_older_is_not_taken_for_it(slack: Slack) -> None:
    slack.post(CHANNEL, a_message())
    assert slack.find(CHANNEL, "SHOP-42", just_now() + timedelta(minutes=5)) is None


def test_where_nothing_may_be_read_nothing_is_found(sandbox: SlackSandbox, slack: Slack) -> None:
    slack.post(CHANNEL, a_message())
    sandbox.refuse("conversations.history", "missing_scope")
    assert slack.find(CHANNEL, "SHOP-42", just_now()) is None
    assert slack.find("#nowhere", "SHOP-42", just_now()) is None


@pytest.mark.parametrize("breakage", Breakage)
def test_a_call_that_breaks_may_work_later(sandbox: SlackSandbox, slack: Slack, breakage: Breakage) -> None:
    sandbox.break_next("chat.postMessage", breakage)
    with pytest.raises(SlackUnreachable):
        slack.post(CHANNEL, a_message())


@pytest.mark.parametrize("breakage", Breakage)
def test_a_search_that_breaks_is_not_a_search_that_found_nothing(
    sandbox: SlackSandbox, slack: Slack, breakage: Breakage
) -> None:
    slack.post(CHANNEL, a_message())
    sandbox.break_next("conversations.history", breakage)
    with pytest.raises(SlackUnreachable):
        slack.find(CHANNEL, "SHOP-42", just_now())


def test_a_rate_limit_says_how_long_to_wait(sandbox: SlackSandbox, slack: Slack) -> None:
    sandbox.rate_limit("chat.postMessage", retry_after=30)
    with pytest.raises(SlackUnreachable) as limited:
        slack.post(CHANNEL, a_message())
    assert limited.value.retry_after == timedelta(seconds=30)


@pytest.mark.parametrize(
    ("error", "hint"),
    [
        ("channel_not_found", "check MAYFLY_SLACK__CHANNEL"),
        ("not_in_channel", "invite the app into the channel"),
        ("invalid_auth", "check MAYFLY_SLACK__BOT_TOKEN"),
        ("missing_scope", "give the app the scopes"),
        ("is_archived", "is_archived"),
    ],
)
def test_a_refusal_says_what_to_do(sandbox: SlackSandbox, slack: Slack, error: str, hint: str) -> None:
    sandbox.refuse("chat.postMessage", error)
    with pytest.raises(SlackRefused, match=hint):
        slack.post(CHANNEL, a_message())


@pytest.mark.parametrize("error", ["internal_error", "ratelimited", "service_unavailable"])
def test_a_refusal_that_passes_may_work_later(sandbox: SlackSandbox, slack: Slack, error: str) -> None:
    sandbox.refuse("chat.update", error)
    with pytest.raises(SlackUnreachable):
        slack.edit(slack.post(CHANNEL, a_message()), a_message())


def test_it_knows_the_workspace_and_the_app_of_its_token(slack: Slack) -> None:
    assert slack.identity() == (TEAM, APP)


def test_an_app_that_may_not_read_who_is_who_knows_the_workspace_alone(sandbox: SlackSandbox, slack: Slack) -> None:
    sandbox.refuse("bots.info", "missing_scope")
    assert slack.identity() == (TEAM, None)


def test_a_wrong_token_is_refused_without_being_shown(sandbox: SlackSandbox) -> None:
    with pytest.raises(SlackRefused) as refused:
        Slack("xoxb-not-the-token", sandbox.api_url).post(CHANNEL, a_message())
    assert "not-the-token" not in str(refused.value)
