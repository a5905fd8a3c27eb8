"""Answers to one person alone, at the address that came with a click or command.

The address works five times within half an hour (https://docs.slack.dev/interactivity/handling-user-interaction), and
carries no token of ours. It was checked when the order was kept and is checked once more here: nothing is ever sent to
another host than Slack's own or the one where its API is reached.
"""

from urllib.error import URLError

from slack_sdk.webhook import WebhookClient

from app.core.errors import PermanentError, TransientError
from app.slack.gestures import MalformedGesture, own_address
from app.slack.mrkdwn import fitted

TIMEOUT_SECONDS = 10
LONGEST_LINE = 600
LONGEST_ANSWER = 2_900


class ReplyRefused(PermanentError):
    """Slack takes no answer there any more."""


def reply(address: str, text: str, api_url: str) -> None:
    """Tell one person something, each line of it as it is. Raises ReplyRefused or TransientError."""
    try:
        own = own_address(address, api_url)
        sent = WebhookClient(own or "", timeout=TIMEOUT_SECONDS, retry_handlers=[]).send(
            text=_shown(text), response_type="ephemeral", replace_original=False
        )
    except (MalformedGesture, ValueError) as error:
        raise ReplyRefused(f"no answer can be sent there: {error}") from None
    except (URLError, OSError) as error:
        raise TransientError(f"Slack did not answer: {type(error).__name__}") from None
    if sent.status_code == 429 or sent.status_code >= 500:
        raise TransientError(f"Slack answered {sent.status_code}")
    if sent.status_code != 200:
        raise ReplyRefused(f"Slack answered {sent.status_code}")


def _shown(text: str) -> str:
    """The lines that fit, defused."""
    shown = ""
    for line in text.splitlines():
        if len(shown) > LONGEST_ANSWER - LONGEST_LINE:
            return f"{shown}…"
        shown += fitted(line, LONGEST_LINE) + "\n"
    return shown.rstrip()
