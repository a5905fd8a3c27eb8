"""The Slack stand-in as its owner sees it: start, look, act as a person, break."""

from typing import Self

from app.sandbox.server import Server
from app.sandbox.slack.door import Door
from app.sandbox.slack.faults import EVERY_METHOD, Breakage, Faults, RateLimited, Refused
from app.sandbox.slack.interactions import Interactions
from app.sandbox.slack.records import Call, Channel, Content, Json, Message, Reply, User
from app.sandbox.slack.sockets import Sockets
from app.sandbox.slack.workspace import Workspace


class SlackSandbox:
    """One workspace, served until `stop`; also a context manager. It begins with `#general` and `#previews`."""

    bot_token = "xoxb-sandbox-mayfly"
    app_token = "xapp-sandbox-mayfly"
    signing_secret = "5a11d0b0c5ec2e7d6a9f40b1c3e8f72d"

    def __init__(self, port: int = 0) -> None:
        self.workspace = Workspace()
        self._faults = Faults()
        self._interactions = Interactions(self.workspace, self.signing_secret, self.app_token)
        self._interactions_url = self._commands_url = ""
        for name in ("general", "previews"):
            self.add_channel(name)
        door = Door(self.workspace, self._interactions, self._faults, self.bot_token)
        self._server = Server.start(door.app(), port=port, name="slack")
        self._interactions.response_base = f"{self._server.url}/response/"

    @classmethod
    def start(cls, port: int = 0) -> Self:
        """Serve a new workspace. Raises OSError where the port is taken."""
        return cls(port)

    @property
    def sockets(self) -> Sockets:
        """The connections of Socket Mode; while one is open, clicks and commands go there."""
        return self._interactions.sockets

    @property
    def api_url(self) -> str:
        """What WebClient takes as `base_url`; it ends with a slash."""
        return f"{self._server.url}/api/"

    def stop(self) -> None:
        self.sockets.stop()
        self._server.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # Who and what is there

    def add_user(self, name: str, *, email: str | None = None) -> User:
        return self.workspace.add_user(name, email)

    def add_channel(self, name: str, *, is_private: bool = False, is_member: bool = True) -> Channel:
        """A new channel; `is_member` says whether the app was invited."""
        return self.workspace.add_channel(name, is_private=is_private, is_member=is_member)

    def channel(self, name: str) -> list[Message]:
        """What everybody sees in `#name`, or in the direct messages `@name`, replies included, oldest first.

        Raises LookupError for a channel that does not exist.
        """
        return self.workspace.posted(self._channel(name))

    def ephemeral(self, name: str) -> list[Message]:
        """What single people see in the channel, oldest first; `ephemeral_to` says who."""
        channel = self._channel(name)
        with self.workspace.lock:
            return [one for one in self.workspace.messages if one.channel == channel.id and one.ephemeral_to]

    @property
    def requests(self) -> list[Call]:
        """Every call of a Web API method so far, oldest first."""
        with self.workspace.lock:
            return list(self.workspace.calls)

    @property
    def views(self) -> list[Json]:
        """Every modal that was opened."""
        with self.workspace.lock:
            return list(self.workspace.views)

    # What people do

    def interact_with(self, interactions_url: str, commands_url: str) -> None:
        """Where clicks and slash commands are posted: the app's settings in Slack."""
        self._interactions_url, self._commands_url = interactions_url, commands_url

    def say(self, channel: str, user: str, text: str, *, thread_ts: str | None = None) -> Message:
        """A person writes a message, or a reply."""
        return self.workspace.post(self._channel(channel), self._user(user), Content(text), thread_ts)

    def click(self, channel: str, ts: str, action_id: str, user: str) -> Reply:
        """A person presses a button; `user` is a name or id. Raises LookupError where nobody could press it."""
        place = self._channel(channel)
        message = self._visible(place, ts)
        element = _element(message, action_id)
        url = self._interactions_url if self.sockets.is_open else _known(self._interactions_url)
        return self._interactions.click(url, place, message, element, self._user(user))

    def slash(self, command: str, text: str, user: str, *, channel: str = "#previews") -> Reply:
        """A person types `/command text`."""
        url = self._commands_url if self.sockets.is_open else _known(self._commands_url)
        return self._interactions.slash(url, command, text, self._channel(channel), self._user(user))

    def signature(self, body: bytes, timestamp: int | None = None) -> dict[str, str]:
        """The headers that sign a request of Slack's; `timestamp` in Unix seconds, now if None."""
        return self._interactions.signature(body, timestamp)

    def expire_responses(self) -> None:
        """As if half an hour had passed: response URLs and trigger ids given out so far are refused."""
        self._interactions.expire()

    # What goes wrong; method "*" is any method

    def rate_limit(self, method: str = EVERY_METHOD, *, calls: int = 1, retry_after: int = 1) -> None:
        """The next `calls` calls are answered 429, `Retry-After` in seconds."""
        self._faults.add(method, RateLimited(retry_after), calls)

    def refuse(self, method: str, error: str, *, calls: int = 1) -> None:
        """The next `calls` calls fail with this error code."""
        self._faults.add(method, Refused(error), calls)

    def break_next(self, method: str, breakage: Breakage, *, calls: int = 1) -> None:
        """The next `calls` calls break in the transport."""
        self._faults.add(method, breakage, calls)

    def down(self) -> None:
        """Every connection is cut, until `up`."""
        self._faults.is_down = True

    def up(self) -> None:
        self._faults.is_down = False

    def _channel(self, reference: str) -> Channel:
        name = reference.removeprefix("#")
        for channel in self.workspace.channels.values():
            if reference == channel.id or name == channel.name:
                return channel
        known = ", ".join(sorted(one.name for one in self.workspace.channels.values()))
        raise LookupError(f"no channel {reference} in the Slack sandbox; there are: {known}")

    def _user(self, reference: str) -> User:
        for user in self.workspace.users.values():
            if reference in {user.id, user.name}:
                return user
        raise LookupError(f"no user {reference} in the Slack sandbox; add_user({reference!r}) first")

    def _visible(self, channel: Channel, ts: str) -> Message:
        with self.workspace.lock:
            for message in self.workspace.messages:
                if message.channel == channel.id and message.ts == ts:
                    return message
        raise LookupError(f"no message {ts} in #{channel.name}; it may have been deleted")


def _element(message: Message, action_id: str) -> Json:
    """The pressed element, with its block's id."""
    found = [(one, block) for block in message.blocks for one in _elements(block) if "action_id" in one]
    for element, block in found:
        if element["action_id"] == action_id:
            return {**element, "block_id": block["block_id"]}
    names = ", ".join(element["action_id"] for element, _ in found) or "none"
    raise LookupError(f"no button {action_id} on message {message.ts}; it has: {names}")


def _elements(block: Json) -> list[Json]:
    elements = block["elements"] if block["type"] == "actions" else []
    return [*elements, *([block["accessory"]] if "accessory" in block else [])]


def _known(url: str) -> str:
    if not url:
        raise LookupError("the Slack sandbox knows no address of the program; call interact_with() first")
    return url
