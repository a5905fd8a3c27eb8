"""What people do in Slack, as Slack posts it: clicks on buttons, and slash commands.

Of what comes only the few fields are read that an order needs, strictly typed and bounded. Nothing in them is an
authority: who somebody is in Slack says nothing of what he may do, and a button's value is only a key of ours.
Sources: https://docs.slack.dev/reference/interaction-payloads/block_actions-payload and
https://docs.slack.dev/interactivity/implementing-slash-commands.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

MOST_FIELDS = 40
"""A command has 15 fields or so, an interaction one."""
LONGEST_TEXT = 1_000
"""Characters of a command's text; what is longer is cut."""
LONGEST_NAME = 100
LONGEST_URL = 500

SLACKS_HOST = "hooks.slack.com"

_IDENTIFIER = re.compile(r"[A-Z0-9]{2,40}")
_MOMENT = re.compile(r"[0-9]{1,12}\.[0-9]{1,9}")
_URL = re.compile(r"[!-\[\]-~]+")
"""Printable ASCII and no backslash, which some readers of addresses take for a slash."""


class MalformedGesture(ValueError):
    """Signed by Slack, and yet nothing that Slack would send."""


@dataclass(frozen=True)
class Person:
    """Who it was, where, and how an answer finds the way back. `team` is the workspace in which it happened."""

    user: str
    user_name: str
    team: str
    home_team: str | None
    app: str
    channel: str | None
    response_url: str | None
    trigger: str | None


@dataclass(frozen=True)
class Click:
    """A click on a button, or a choice from a menu. `message` is the timestamp by which Slack names the message."""

    person: Person
    message: str | None
    action: str
    block: str | None
    value: str | None

    def content(self) -> dict[str, Any]:
        """As it is kept in an order."""
        return {**asdict(self.person), "message": self.message, **self._pressed()}

    def gesture(self) -> str:
        """Equal for two clicks of one person on the same button of the same message."""
        person, pressed = self.person, self._pressed()
        parts = (person.team, person.user, person.channel, self.message, *pressed.values())
        return msgspec.json.encode(parts).decode()

    def _pressed(self) -> dict[str, str | None]:
        return {"action": self.action, "block": self.block, "value": self.value}


@dataclass(frozen=True)
class Command:
    """A slash command."""

    person: Person
    command: str
    text: str

    def content(self) -> dict[str, Any]:
        """As it is kept in an order."""
        return {**asdict(self.person), "command": self.command, "text": self.text}


class _Named(msgspec.Struct):
    id: str


class _User(msgspec.Struct):
    id: str
    name: str = ""
    username: str = ""
    team_id: str | None = None


class _Container(msgspec.Struct):
    message_ts: str | None = None
    channel_id: str | None = None


class _Option(msgspec.Struct):
    value: str


class _Action(msgspec.Struct):
    action_id: str
    block_id: str | None = None
    value: str | None = None
    selected_option: _Option | None = None


class _Interaction(msgspec.Struct):
    type: str
    user: _User
    api_app_id: str
    team: _Named | None = None
    enterprise: _Named | None = None
    channel: _Named | None = None
    container: _Container | None = None
    response_url: str | None = None
    trigger_id: str | None = None
    actions: list[_Action] = []


class _Kind(msgspec.Struct):
    type: str


_INTERACTION = msgspec.json.Decoder(_Interaction)
_KIND = msgspec.json.Decoder(_Kind)


def read_form(body: bytes) -> Mapping[str, str]:
    """The fields of a form, each given once. Raises MalformedGesture."""
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            encoding="utf-8",
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError:
        raise MalformedGesture("the body is no form") from None
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise MalformedGesture("a field is given more than once")
    return fields


def read_click(payload: str, api_url: str) -> Click | None:
    """The click that an interaction is; None for any other kind, which asks nothing of us. Raises MalformedGesture.

    `api_url` is where Slack's API is reached; an address to answer at may be on its host as well.
    """
    try:
        if _KIND.decode(payload).type != "block_actions":
            return None
        found = _INTERACTION.decode(payload)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise MalformedGesture("the payload is no interaction") from None
    if len(found.actions) != 1:
        raise MalformedGesture("an interaction with another number of actions than one")
    return _click(found, found.actions[0], api_url)


def _click(found: _Interaction, action: _Action, api_url: str) -> Click:
    container = found.container or _Container()
    channel = found.channel.id if found.channel else container.channel_id
    chosen = action.selected_option.value if action.selected_option else action.value
    return Click(
        Person(
            user=_identifier(found.user.id),
            user_name=_prose(found.user.username or found.user.name, LONGEST_NAME),
            team=_team(found),
            home_team=_identifier(found.user.team_id) if found.user.team_id and not found.enterprise else None,
            app=_identifier(found.api_app_id),
            channel=_identifier(channel) if channel else None,
            response_url=own_address(found.response_url, api_url),
            trigger=_bounded(found.trigger_id, LONGEST_NAME),
        ),
        message=_moment(container.message_ts) if container.message_ts else None,
        action=_bounded(action.action_id, 255) or "",
        block=_bounded(action.block_id, 255),
        value=_bounded(chosen, 2_000),
    )


def read_command(fields: Mapping[str, str], api_url: str) -> Command:
    """The slash command that a form is. Raises MalformedGesture."""
    missing = {"user_id", "team_id", "api_app_id", "command"} - fields.keys()
    if missing:
        raise MalformedGesture(f"a command without {', '.join(sorted(missing))}")
    return Command(
        Person(
            user=_identifier(fields["user_id"]),
            user_name=_prose(fields.get("user_name", ""), LONGEST_NAME),
            team=_identifier(fields["team_id"]),
            home_team=None,
            app=_identifier(fields["api_app_id"]),
            channel=_identifier(fields["channel_id"]) if fields.get("channel_id") else None,
            response_url=own_address(fields.get("response_url"), api_url),
            trigger=_bounded(fields.get("trigger_id"), LONGEST_NAME),
        ),
        command=_prose(fields["command"], LONGEST_NAME),
        text=_prose(fields.get("text", ""), LONGEST_TEXT),
    )


def own_address(url: str | None, api_url: str) -> str | None:
    """The address at which Slack takes an answer, None where there is none. Raises MalformedGesture for anybody else's.

    Slack's own host by https, or the very host, port and scheme at which its API is reached.
    """
    if not url:
        return None
    if len(url) > LONGEST_URL or not _URL.fullmatch(url):
        raise MalformedGesture("response_url is no address")
    api = urlsplit(api_url)
    known = {("https", SLACKS_HOST), (api.scheme, api.netloc.lower())}
    try:
        parts = urlsplit(url)
    except ValueError:
        raise MalformedGesture("response_url is no address") from None
    if (parts.scheme, parts.netloc.lower()) not in known:
        raise MalformedGesture("response_url leads away from Slack")
    return url


def _team(found: _Interaction) -> str:
    """The workspace; in one that belongs to an organisation it may be named with the person alone."""
    team = found.team.id if found.team else found.user.team_id
    if team is None:
        raise MalformedGesture("an interaction of no workspace")
    return _identifier(team)


def _identifier(text: str) -> str:
    if not _IDENTIFIER.fullmatch(text):
        raise MalformedGesture("an identifier that is none of Slack's")
    return text


def _moment(text: str) -> str:
    if not _MOMENT.fullmatch(text):
        raise MalformedGesture("a timestamp that is none of Slack's")
    return text


def _bounded(text: str | None, longest: int) -> str | None:
    """A text of ours that comes back, or a key of Slack's: longer than it may be, it is neither."""
    if text is not None and (len(text) > longest or not text.isprintable()):
        raise MalformedGesture("a field that is longer than Slack allows, or has control characters in it")
    return text


def _prose(text: str, longest: int) -> str:
    """What people wrote: on one line, and not longer than is needed."""
    return "".join(each if each.isprintable() else " " for each in text[:longest])
