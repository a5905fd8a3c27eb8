"""The conversations methods: which channels there are and what was said in them, page by page.

Source: https://docs.slack.dev/reference/methods/conversations.history and its neighbours; for the pages
https://docs.slack.dev/apis/web-api/pagination.
"""

import base64
import binascii
from collections.abc import Sequence
from typing import TypeVar

from app.sandbox.slack.arguments import Arguments
from app.sandbox.slack.records import Channel, Json, Message, SlackError
from app.sandbox.slack.shapes import channel_json, message_json
from app.sandbox.slack.workspace import Workspace

Item = TypeVar("Item")


def history(workspace: Workspace, arguments: Arguments) -> Json:
    """What stands in the channel itself, newest first; replies are left to `replies`."""
    channel = workspace.entered(workspace.channel(arguments.text("channel")))
    roots = [message for message in workspace.posted(channel) if not message.is_reply]
    return _messages(workspace, arguments, _between(roots[::-1], arguments))


def replies(workspace: Workspace, arguments: Arguments) -> Json:
    """A message and the replies under it, oldest first."""
    channel = workspace.entered(workspace.channel(arguments.text("channel")))
    root = workspace.message(channel, arguments.text("ts"), missing="thread_not_found")
    return _messages(workspace, arguments, [root, *_between(workspace.thread(root), arguments)])


def list_channels(workspace: Workspace, arguments: Arguments) -> Json:
    kinds = (arguments.text("types") or "public_channel").replace(" ", "").split(",")
    channels = [
        one for one in workspace.channels.values() if _kind(one) in kinds and (one.is_member or not one.is_private)
    ]
    page, cursor = paged(channels, arguments, default=100)
    return {"channels": [channel_json(one) for one in page], "response_metadata": {"next_cursor": cursor}}


def describe(workspace: Workspace, arguments: Arguments) -> Json:
    return {"channel": channel_json(workspace.channel(arguments.text("channel")))}


def join(workspace: Workspace, arguments: Arguments) -> Json:
    """Enter a public channel; nobody enters a private one uninvited."""
    channel = workspace.channel(arguments.text("channel"))
    if channel.is_member:
        return {"channel": channel_json(channel), "warning": "already_in_channel"}
    joined = Channel(channel.id, channel.name, channel.is_private, is_member=True)
    workspace.channels[channel.id] = joined
    return {"channel": channel_json(joined)}


def paged(items: Sequence[Item], arguments: Arguments, *, default: int) -> tuple[list[Item], str]:
    """One page, and the cursor to the next, empty at the end. Raises SlackError `invalid_cursor`."""
    start, limit = _start(arguments.text("cursor")), arguments.number("limit", default, 1000)
    end = start + limit
    following = base64.b64encode(f"next:{end}".encode()).decode() if end < len(items) else ""
    return list(items[start:end]), following


def _messages(workspace: Workspace, arguments: Arguments, messages: Sequence[Message]) -> Json:
    page, cursor = paged(messages, arguments, default=100)
    with_metadata = arguments.flag("include_all_metadata")
    shapes = [message_json(workspace, message, with_metadata=with_metadata) for message in page]
    answer: Json = {"messages": shapes, "has_more": bool(cursor)}
    return answer | {"response_metadata": {"next_cursor": cursor}} if cursor else answer


def _between(messages: Sequence[Message], arguments: Arguments) -> list[Message]:
    """The messages after `oldest` and before `latest`, those two only where `inclusive`."""
    oldest, latest = _edge(arguments, "oldest"), _edge(arguments, "latest")
    edges = {oldest, latest} if arguments.flag("inclusive") else set()
    return [one for one in messages if _within(one.ts, oldest, latest) or one.ts in edges]


def _edge(arguments: Arguments, name: str) -> str:
    text = arguments.text(name)
    try:
        return f"{float(text):.6f}" if text else ""
    except ValueError as error:
        raise SlackError(f"invalid_ts_{name}") from error


def _within(ts: str, oldest: str, latest: str) -> bool:
    return (not oldest or float(ts) > float(oldest)) and (not latest or float(ts) < float(latest))


def _start(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        return int(base64.b64decode(cursor, validate=True).decode().removeprefix("next:"))
    except (binascii.Error, ValueError) as error:
        raise SlackError("invalid_cursor") from error


def _kind(channel: Channel) -> str:
    if channel.is_direct:
        return "im"
    return "private_channel" if channel.is_private else "public_channel"
