"""Posting, editing and finding a message; Slack's faults as our errors.

Each message carries its environment's name as metadata (https://docs.slack.dev/messaging/message-metadata), by which
it is found again after a crash between the post and our note of it.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.error import URLError

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.models.blocks import Block

from app.core.errors import PermanentError, TransientError

EVENT_TYPE = "mayfly_environment"
TIMEOUT_SECONDS = 10
PAGE = 200
MOST_PAGES = 50
SKEW_SECONDS = 60
"""How far Slack's clock and ours may be apart."""
_ID = re.compile(r"[CDG][A-Z0-9]{7,}")
_PASSING = frozenset({"ratelimited", "rate_limited", "internal_error", "fatal_error", "service_unavailable"})
_HINTS = {
    "channel_not_found": "check MAYFLY_SLACK__CHANNEL, and invite the app into a private channel",
    "not_in_channel": "invite the app into the channel",
    "invalid_auth": "check MAYFLY_SLACK__BOT_TOKEN",
    "not_authed": "check MAYFLY_SLACK__BOT_TOKEN",
    "token_revoked": "reinstall the app and set MAYFLY_SLACK__BOT_TOKEN",
    "missing_scope": "give the app the scopes that the README lists",
}


class SlackUnreachable(TransientError):
    """Slack did not answer; the same call may work later."""


class SlackRefused(PermanentError):
    """Slack refused a call."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Message:
    """What a message says: blocks for people, one line of text for notifications and screen readers."""

    environment: str
    text: str
    blocks: Sequence[Block]


class Slack:
    """Slack's Web API with the bot's token."""

    def __init__(self, token: str, api_url: str) -> None:
        self._client = WebClient(
            token=token, base_url=f"{api_url.rstrip('/')}/", timeout=TIMEOUT_SECONDS, retry_handlers=[]
        )
        self._ids: dict[str, str] = {}

    def identity(self) -> tuple[str | None, str | None]:
        """The ids of the workspace and of the app that the token belongs to.

        The app's is told only to a bot that may read who people are (`users:read`); None where it may not.
        """
        with speaking():
            answer = self._client.auth_test()
        team, bot = answer.get("team_id"), answer.get("bot_id")
        try:
            with speaking():
                told = self._client.bots_info(bot=bot).get("bot") if bot else {}
        except SlackRefused:
            told = {}
        with reading("who we are"):
            return team, (told or {}).get("app_id")

    def scopes(self) -> frozenset[str]:
        """What the bot may do, as Slack writes in the header of each answer (`x-oauth-scopes`)."""
        with speaking():
            headers = self._client.auth_test().headers
        told = next((str(value) for name, value in headers.items() if name.lower() == "x-oauth-scopes"), "")
        return frozenset(scope.strip() for scope in told.split(",") if scope.strip())

    def is_member_of(self, channel: str) -> bool | None:
        """Whether the bot is in a channel; None where it sees no such channel."""
        place = self._id_of(channel)
        if place is None:
            return None
        with speaking():
            answer = self._client.conversations_info(channel=place)
        with reading("a channel"):
            return bool(answer["channel"].get("is_member"))

    def opens_sockets(self, app_token: str) -> None:
        """Try the token of Socket Mode. Raises SlackRefused where it is not good."""
        with speaking():
            self._client.apps_connections_open(app_token=app_token)

    def post(self, channel: str, message: Message, root: str | None = None) -> str:
        """Write a new message, or a reply under `root`; its reference, `<channel id>/<timestamp>`."""
        with speaking():
            answer = self._client.chat_postMessage(
                channel=channel,
                thread_ts=_timestamp(root),
                metadata=_metadata(message),
                unfurl_links=False,
                unfurl_media=False,
                **_content(message),
            )
        with reading("the new message"):
            self._ids[channel] = answer["channel"]
            return f"{answer['channel']}/{answer['ts']}"

    def edit(self, reference: str, message: Message) -> bool:
        """Change a message; False where it is no longer there to be changed."""
        channel, _, timestamp = reference.partition("/")
        try:
            with speaking():
                self._client.chat_update(
                    channel=channel, ts=timestamp, metadata=_metadata(message), **_content(message)
                )
        except SlackRefused as refused:
            if refused.code in ("message_not_found", "cant_update_message"):
                return False
            raise
        return True

    def find(self, channel: str, environment: str, since: datetime, root: str | None = None) -> str | None:
        """The reference of our message about an environment, or of our reply under `root`, posted after `since`; None
        where none is found.

        A bot without the right to list channels or to read this one's history finds nothing.
        """
        try:
            place = self._id_of(channel)
            return None if place is None else self._look_in(place, environment, since, root)
        except SlackRefused:
            return None

    def user_with(self, email: str) -> str | None:
        """The id of the person with this e-mail address; None where there is none. Raises SlackUnreachable or
        SlackRefused (without the scope `users:read.email`)."""
        try:
            with speaking():
                answer = self._client.users_lookupByEmail(email=email)
        except SlackRefused as refused:
            if refused.code == "users_not_found":
                return None
            raise
        with reading("a person"):
            return str(answer["user"]["id"])

    def email_of(self, user: str) -> str | None:
        """A person's e-mail address; None where Slack shows none. Raises SlackUnreachable or SlackRefused (without the
        scopes `users:read` and `users:read.email`)."""
        with speaking():
            answer = self._client.users_info(user=user)
        with reading("a person"):
            found = answer["user"]
            return None if found.get("deleted") or found.get("is_bot") else found["profile"].get("email")

    def _look_in(self, place: str, environment: str, since: datetime, root: str | None) -> str | None:
        oldest = str(since.timestamp() - SKEW_SECONDS)
        with speaking():
            if root is None:
                answer = self._client.conversations_history(
                    channel=place, oldest=oldest, include_all_metadata=True, limit=PAGE
                )
            else:
                answer = self._client.conversations_replies(
                    channel=place, ts=_timestamp(root) or "", oldest=oldest, include_all_metadata=True, limit=PAGE
                )
        with reading("a channel's history"):
            own = [found for found in answer.get("messages") or () if _is_about(found, environment)]
            return f"{place}/{own[0]['ts']}" if own else None

    def _id_of(self, channel: str) -> str | None:
        """A channel's id; to post, its name is enough, to read it is not."""
        if _ID.fullmatch(channel):
            return channel
        if channel not in self._ids:
            self._ids.update(self._list_channels())
        return self._ids.get(channel)

    def _list_channels(self) -> dict[str, str]:
        """The id of every channel that the bot can see, by its name with and without `#`."""
        ids: dict[str, str] = {}
        cursor = ""
        for _ in range(MOST_PAGES):
            with speaking():
                answer = self._client.conversations_list(
                    types="public_channel,private_channel", exclude_archived=True, limit=PAGE, cursor=cursor
                )
            with reading("the list of channels"):
                for found in answer["channels"]:
                    ids[found["name"]] = ids[f"#{found['name']}"] = found["id"]
                cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
            if not cursor:
                break
        return ids


def _timestamp(reference: str | None) -> str | None:
    return reference.partition("/")[2] if reference else None


def _content(message: Message) -> dict[str, Any]:
    return {"text": message.text, "blocks": [block.to_dict() for block in message.blocks]}


def _metadata(message: Message) -> dict[str, Any]:
    return {"event_type": EVENT_TYPE, "event_payload": {"environment": message.environment}}


def _is_about(found: dict[str, Any], environment: str) -> bool:
    metadata = found.get("metadata") or {}
    payload = metadata.get("event_payload") or {}
    return bool(metadata.get("event_type") == EVENT_TYPE and payload.get("environment") == environment)


@contextmanager
def speaking() -> Iterator[None]:
    """Turn what the SDK raises inside the block into SlackUnreachable or SlackRefused."""
    try:
        yield
    except SlackApiError as error:
        raise _translate(error) from None
    except (SlackClientError, URLError, OSError, ValueError) as error:
        raise SlackUnreachable(f"Slack did not answer: {type(error).__name__}") from None


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Turn an answer that is not what Slack promises into SlackUnreachable."""
    try:
        yield
    except (KeyError, TypeError, AttributeError):
        raise SlackUnreachable(f"Slack's answer about {what} cannot be read") from None


def _translate(error: SlackApiError) -> Exception:
    answer = error.response
    code = str(answer.get("error") or "") if hasattr(answer, "get") else ""
    status = getattr(answer, "status_code", 200)
    if status == 429 or status >= 500 or code in _PASSING or not code:
        return SlackUnreachable(f"Slack answered {code or status}", _retry_after(getattr(answer, "headers", {})))
    hint = f"; {_HINTS[code]}" if code in _HINTS else ""
    return SlackRefused(f"Slack answered {code}{hint}", code)


def _retry_after(headers: Any) -> timedelta | None:
    seconds = next((str(value) for name, value in headers.items() if name.lower() == "retry-after"), "")
    return timedelta(seconds=int(seconds)) if seconds.isdigit() else None
