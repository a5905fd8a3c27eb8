"""Slack's examination: the token, what it may do, the channels, and the way in for clicks and commands."""

from collections.abc import Iterator

from app.core.diagnosis import Diagnosis, ill, missing, unsure, well
from app.core.errors import MayflyError
from app.settings import Slack as SlackSettings
from app.slack.client import Slack
from app.slack.manifest import NEEDED, SCOPES


def examine_slack(settings: SlackSettings, slack: Slack | None) -> Iterator[Diagnosis]:
    """Ask Slack. Raises MayflyError where it does not answer or does not know the token."""
    if slack is None:
        yield unsure("slack", "is off", "set MAYFLY_SLACK__BOT_TOKEN and MAYFLY_SLACK__CHANNEL to be told there")
        return
    team, _ = slack.identity()
    yield well("slack token", f"belongs to workspace {team}")
    yield _scopes(slack.scopes())
    for name in ("channel", "reaper_channel"):
        yield _channel(slack, f"MAYFLY_SLACK__{name.upper()}", getattr(settings, name))
    yield from _way_in(settings, slack)


def _scopes(granted: frozenset[str]) -> Diagnosis:
    absent, remedy = missing(SCOPES, granted), "add them under OAuth & Permissions and reinstall the app"
    if not granted:
        return unsure("slack scopes", "Slack does not say what the token may do")
    if missing(NEEDED, granted):
        return ill("slack scopes", f"missing: {', '.join(absent)}", remedy)
    if absent:
        return unsure("slack scopes", f"it works, with less comfort, without {', '.join(absent)}", remedy)
    return well("slack scopes", "all that are needed")


def _channel(slack: Slack, setting: str, channel: str | None) -> Diagnosis:
    if channel is None:
        return unsure(setting, "is not set")
    is_member = slack.is_member_of(channel)
    if is_member is None:
        return ill(setting, f"there is no {channel}, or the bot does not see it", "invite the app into the channel")
    if not is_member:
        return unsure(setting, f"the bot is not in {channel}", "invite it, unless it has chat:write.public")
    return well(setting, f"the bot is in {channel}")


def _way_in(settings: SlackSettings, slack: Slack) -> Iterator[Diagnosis]:
    if settings.app_token is not None:
        yield _sockets(slack, settings.app_token.get_secret_value())
    elif settings.signing_secret is not None:
        yield well("slack buttons", "come to /webhooks/slack/interactions and are checked by the signing secret")
    else:
        remedy = "set MAYFLY_SLACK__SIGNING_SECRET, or MAYFLY_SLACK__APP_TOKEN for Socket Mode"
        yield unsure("slack buttons", "buttons and /mayfly are refused", remedy)


def _sockets(slack: Slack, token: str) -> Diagnosis:
    try:
        slack.opens_sockets(token)
    except MayflyError as fault:
        return ill("slack buttons", str(fault), "make an app-level token with connections:write")
    return well("slack buttons", "come by Socket Mode")
