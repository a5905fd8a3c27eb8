"""The alarm: one message for the people who run the house while something needs them, and its end.

It is kept in the outbox under a name that no environment can have, so that no pull request can speak in its place.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from slack_sdk.models.blocks import Block

from app.slack.client import Message, Slack
from app.slack.mrkdwn import LONGEST_SECTION, fitted, section
from app.store.database import Database
from workers.channel import SlackText
from workers.ports import Text
from workers.telling import Telling

RAISED = ":rotating_light:"
LOWERED = ":white_check_mark:"
LONGEST_TEXT = 600

log = structlog.get_logger()


@dataclass(frozen=True)
class Alarm:
    """Tells in Slack's channel, and where there is none, in the log. Whatever goes wrong there is tried again with the
    next call and fails nobody."""

    database: Database
    slack: Slack | None
    channel: str | None
    clock: Callable[[], datetime]

    def raise_(self, subject: str, text: str, buttons: Sequence[Block] = ()) -> None:
        """Say what is wrong: once, and again only as an edit where the text is another. `buttons` are what can be done
        about it."""
        self._telling.tell(_name(subject), self._place, self._text(subject, RAISED, text, buttons))

    def lower(self, subject: str, text: str) -> None:
        """Say that it is over, in place of what was said; nothing where nothing was. The next alarm is a new message,
        since nobody is called by an edit."""
        self._telling.close(_name(subject), self._place, self._text(subject, LOWERED, text))

    @property
    def _telling(self) -> Telling:
        return Telling(self.database, self.clock)

    @property
    def _place(self) -> str:
        return "slack" if self.slack and self.channel else "log"

    def _text(self, subject: str, sign: str, text: str, buttons: Sequence[Block] = ()) -> Text:
        if self.slack and self.channel:
            return SlackText(self.slack, self.channel, _message(subject, sign, text, buttons))
        return _LogLine(subject, text)


@dataclass(frozen=True)
class _LogLine:
    """An alarm where Slack is off."""

    subject: str
    text: str

    @property
    def digest(self) -> str:
        """Equal for lines that read the same."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:32]

    def post(self) -> str:
        """Write the line."""
        log.warning("alarm", subject=self.subject, text=self.text)
        return "written"

    def edit(self, _reference: str) -> bool:
        """Write another; what stands in a log stays."""
        log.warning("alarm", subject=self.subject, text=self.text)
        return True

    def find(self, _since: datetime) -> None:
        """Nobody reads a log back."""


def _name(subject: str) -> str:
    return f"alarm:{subject}"


def _message(subject: str, sign: str, text: str, buttons: Sequence[Block]) -> Message:
    shown = section(f"{sign} {fitted(text, LONGEST_SECTION - len(sign) - 1)}")
    return Message(_name(subject), fitted(text, LONGEST_TEXT), [shown, *buttons])
