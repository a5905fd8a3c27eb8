"""Clicks and slash commands: what Slack posts to the program, and what the program may do in return.

A request is a form, signed `v0=` HMAC-SHA256 over `v0:{timestamp}:{body}`; the program has three seconds. With each
goes a trigger id (good for one modal within three seconds) and a response URL (five uses within thirty minutes).
Sources: https://docs.slack.dev/authentication/verifying-requests-from-slack and
https://docs.slack.dev/interactivity/handling-user-interaction.
"""

import hashlib
import hmac
import json
import secrets
import time
from dataclasses import dataclass
from urllib.parse import urlencode

import requests

from app.sandbox.slack.arguments import Arguments
from app.sandbox.slack.chat import publish
from app.sandbox.slack.limits import check_blocks
from app.sandbox.slack.records import Channel, Json, Message, Reply, SlackError, User
from app.sandbox.slack.shapes import message_json
from app.sandbox.slack.sockets import Sockets
from app.sandbox.slack.workspace import APP, TEAM, TEAM_DOMAIN, Workspace

ACKNOWLEDGE_SECONDS = 3.0
RESPONSE_SECONDS = 30 * 60
RESPONSE_USES = 5


@dataclass
class Origin:
    """Where a click or command came from, which is what its response URL writes to."""

    channel: Channel
    user: User
    message: Message | None
    expires_at: float
    uses_left: int = RESPONSE_USES


class Interactions:
    """The way from people to the program and back."""

    def __init__(self, workspace: Workspace, signing_secret: str, app_token: str) -> None:
        self._workspace = workspace
        self._secret = signing_secret
        self._origins: dict[str, Origin] = {}
        self._triggers: dict[str, float] = {}
        self.response_base = ""
        self.sockets = Sockets(app_token, ACKNOWLEDGE_SECONDS)

    def signature(self, body: bytes, timestamp: int | None = None) -> dict[str, str]:
        """The two headers by which the program knows that a request is Slack's; `timestamp` in Unix seconds."""
        moment = int(time.time()) if timestamp is None else timestamp
        digest = hmac.new(self._secret.encode(), f"v0:{moment}:".encode() + body, hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": str(moment), "X-Slack-Signature": f"v0={digest}"}

    def click(self, url: str, channel: Channel, message: Message, element: Json, user: User) -> Reply:
        with self._workspace.lock:
            payload = self._click_payload(channel, message, element, user)
        if self.sockets.is_open:
            return self.sockets.send("interactive", payload)
        return self._send(url, {"payload": json.dumps(payload)})

    def slash(self, url: str, command: str, text: str, channel: Channel, user: User) -> Reply:
        """Post the command; a text or JSON that comes back at once is shown like one sent to the response URL."""
        token = self._open(channel, user, None)
        form = self._command_form(command, text, channel, user, token)
        if self.sockets.is_open:
            return self.sockets.send("slash_commands", dict(form))
        reply = self._send(url, form)
        if reply.is_acknowledged and reply.text.strip():
            self._respond(self._origins[token], _spoken(reply.text))
        return reply

    def respond(self, token: str, message: Json) -> None:
        """What a post to a response URL does. Raises SlackError `expired_url`, `used_url` or what is wrong with it."""
        origin = self._origins.get(token)
        if origin is None or time.time() > origin.expires_at:
            raise SlackError("expired_url")
        if origin.uses_left == 0:
            raise SlackError("used_url")
        self._respond(origin, message)
        origin.uses_left -= 1

    def expire(self) -> None:
        """Let every response URL and trigger id be too old."""
        for origin in self._origins.values():
            origin.expires_at = 0.0
        self._triggers = dict.fromkeys(self._triggers, 0.0)

    def open_view(self, _: Workspace, arguments: Arguments) -> Json:
        """`views.open`: exchange a trigger id for a modal."""
        trigger = arguments.text("trigger_id")
        if trigger not in self._triggers:
            raise SlackError("invalid_trigger_id")
        expires_at, view = self._triggers[trigger], arguments.view()
        if expires_at < 0:
            raise SlackError("exchanged_trigger_id")
        if time.time() > expires_at:
            raise SlackError("expired_trigger_id")
        check_blocks(view.get("blocks", []))
        self._triggers[trigger] = -1.0
        shown = {**view, "id": f"V{self._workspace.number():08d}", "team_id": TEAM, "app_id": APP}
        self._workspace.views.append(shown)
        return {"view": shown}

    def _send(self, url: str, form: dict[str, str]) -> Reply:
        body = urlencode(form).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded", **self.signature(body)}
        try:
            answer = requests.post(url, data=body, headers=headers, timeout=ACKNOWLEDGE_SECONDS, allow_redirects=False)
        except requests.RequestException as error:
            return Reply(None, f"no answer from {url} within {ACKNOWLEDGE_SECONDS:.0f} s: {error}")
        return Reply(answer.status_code, answer.text)

    def _respond(self, origin: Origin, message: Json) -> None:
        with self._workspace.lock:
            original = self._current(origin.message)
            if message.get("delete_original") and original is not None:
                self._workspace.remove(original)
                return
            replaced = original if message.get("replace_original") else None
            content = publish(self._workspace, replaced, Arguments(dict(message)).content())
            if replaced is not None:
                self._workspace.edit(replaced, content)
                return
            only_to = None if message.get("response_type") == "in_channel" else origin.user.id
            thread = message.get("thread_ts") or None
            self._workspace.post(origin.channel, self._workspace.bot, content, thread, ephemeral_to=only_to)

    def _current(self, message: Message | None) -> Message | None:
        same = (one for one in self._workspace.messages if message is not None and one.ts == message.ts)
        return next(same, None)

    def _open(self, channel: Channel, user: User, message: Message | None) -> str:
        token = secrets.token_urlsafe(12)
        self._origins[token] = Origin(channel, user, message, time.time() + RESPONSE_SECONDS)
        return token

    def _trigger(self) -> str:
        trigger = f"{self._workspace.number()}.{int(time.time())}.{secrets.token_hex(8)}"
        self._triggers[trigger] = time.time() + ACKNOWLEDGE_SECONDS
        return trigger

    def _click_payload(self, channel: Channel, message: Message, element: Json, user: User) -> Json:
        is_ephemeral = message.ephemeral_to is not None
        payload: Json = {
            "type": "block_actions",
            "user": {"id": user.id, "username": user.name, "name": user.name, "team_id": TEAM},
            "api_app_id": APP,
            "container": {
                "type": "message",
                "message_ts": message.ts,
                "channel_id": channel.id,
                "is_ephemeral": is_ephemeral,
            },
            "trigger_id": self._trigger(),
            "team": {"id": TEAM, "domain": TEAM_DOMAIN},
            "enterprise": None,
            "is_enterprise_install": False,
            "channel": {"id": channel.id, "name": channel.name},
            "state": {"values": {}},
            "response_url": self.response_base + self._open(channel, user, message),
            "actions": [{**element, "action_ts": f"{time.time():.6f}"}],
        }
        if not is_ephemeral:
            payload["message"] = message_json(self._workspace, message, with_metadata=True)
        return payload

    def _command_form(self, command: str, text: str, channel: Channel, user: User, token: str) -> dict[str, str]:
        return {
            "team_id": TEAM,
            "team_domain": TEAM_DOMAIN,
            "channel_id": channel.id,
            "channel_name": channel.name,
            "user_id": user.id,
            "user_name": user.name,
            "command": command,
            "text": text,
            "api_app_id": APP,
            "is_enterprise_install": "false",
            "response_url": self.response_base + token,
            "trigger_id": self._trigger(),
        }


def _spoken(text: str) -> Json:
    """The answer to a command as a message: a JSON object, or plain text."""
    try:
        message = json.loads(text)
    except ValueError:
        message = None
    return message if isinstance(message, dict) else {"text": text}
