"""Posting, editing and finding a message; Slack's faults as our errors.

Each message carries its environment's name as metadata (https://docs.slack.dev/messaging/message-metadata), by which
it is found again after a crash between the post and our note of it.
"""

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

    def post(self, channel: str, message: Message) -> str:
        """Write a new message; its reference, `<channel id>/<timestamp>`."""
        with speaking():
            answer = self._client.chat_postMessage(
                channel=channel,
                metadata=_metadata(message),
                unfurl_links=False,
                unfurl_media=False,
                **_content(message),
            )
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

    def find(self, channel: str, environment: str, since: datetime) -> str | None:
        """The reference of our message about an environment, posted after `since`; None where none is found.

        A bot without the right to read the channel's history finds nothing.
        """
        try:
            with speaking():
                answer = self._client.conversations_history(
                    channel=channel, oldest=str(since.timestamp() - 60), include_all_metadata=True, limit=200
                )
        except SlackRefused:
            return None
        for found in answer.get("messages") or ():
            if _is_about(found, environment):
                return f"{channel}/{found['ts']}"
        return None


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
