"""The chat methods and reactions: say, change, delete, point at.

Source: https://docs.slack.dev/reference/methods, the page of each method.
"""

from dataclasses import replace

from app.sandbox.slack.arguments import Arguments
from app.sandbox.slack.limits import TEXT_CUT, check, check_update
from app.sandbox.slack.records import Content, Json, Message, SlackError
from app.sandbox.slack.shapes import message_json
from app.sandbox.slack.workspace import TEAM_DOMAIN, Workspace


def post_message(workspace: Workspace, arguments: Arguments) -> Json:
    channel = workspace.destination(arguments.text("channel"))
    content = arguments.content()
    check(content)
    cut = replace(content, blocks=_named(workspace, content.blocks), text=content.text[:TEXT_CUT])
    message = workspace.post(channel, workspace.bot, cut, arguments.text("thread_ts") or None)
    answer = {"channel": channel.id, "ts": message.ts, "message": message_json(workspace, message, with_metadata=True)}
    return answer if cut.text == content.text else answer | _cut_warning()


def post_ephemeral(workspace: Workspace, arguments: Arguments) -> Json:
    channel = workspace.destination(arguments.text("channel"))
    user = arguments.text("user")
    if user not in workspace.users:
        raise SlackError("user_not_in_channel")
    content = arguments.content()
    check(content)
    content = replace(content, blocks=_named(workspace, content.blocks))
    thread = arguments.text("thread_ts") or None
    message = workspace.post(channel, workspace.bot, content, thread, ephemeral_to=user)
    return {"message_ts": message.ts}


def update(workspace: Workspace, arguments: Arguments) -> Json:
    """Change an own message. Blocks stay only where neither blocks nor text were sent; metadata stays where unsent."""
    message = _own(workspace, arguments, "cant_update_message")
    check_update(arguments.text("text"))
    content = _merged(message.content, arguments)
    check(content)
    content = replace(content, blocks=_named(workspace, content.blocks))
    message = workspace.edit(message, content)
    shape = message_json(workspace, message, with_metadata=True)
    return {"channel": message.channel, "ts": message.ts, "text": message.text, "message": shape}


def delete(workspace: Workspace, arguments: Arguments) -> Json:
    message = _own(workspace, arguments, "cant_delete_message")
    workspace.remove(message)
    return {"channel": message.channel, "ts": message.ts}


def get_permalink(workspace: Workspace, arguments: Arguments) -> Json:
    channel = workspace.channel(arguments.text("channel"))
    message = workspace.message(channel, arguments.text("message_ts"))
    link = f"https://{TEAM_DOMAIN}.slack.com/archives/{channel.id}/p{message.ts.replace('.', '')}"
    return {"channel": channel.id, "permalink": link}


def add_reaction(workspace: Workspace, arguments: Arguments) -> Json:
    message = workspace.message(workspace.channel(arguments.text("channel")), arguments.text("timestamp"))
    reaction = (arguments.text("name").strip(":"), workspace.bot.id)
    if not reaction[0]:
        raise SlackError("invalid_name")
    if reaction in message.reactions:
        raise SlackError("already_reacted")
    workspace.put(message, replace(message, reactions=(*message.reactions, reaction)))
    return {}


def publish(workspace: Workspace, message: Message | None, content: Content) -> Content:
    """Check what a response URL brings; as an update where `message` is to be replaced."""
    if message is not None:
        check_update(content.text)
    check(content)
    return replace(content, blocks=_named(workspace, content.blocks))


def _own(workspace: Workspace, arguments: Arguments, refusal: str) -> Message:
    message = workspace.message(workspace.channel(arguments.text("channel")), arguments.text("ts"))
    if message.user != workspace.bot.id:
        raise SlackError(refusal)
    return message


def _merged(old: Content, arguments: Arguments) -> Content:
    new = arguments.content()
    if arguments.has("text") or arguments.has("blocks"):
        return new if arguments.has("metadata") else replace(new, metadata=old.metadata)
    return replace(old, metadata=new.metadata) if arguments.has("metadata") else old


def _named(workspace: Workspace, blocks: tuple[Json, ...]) -> tuple[Json, ...]:
    """The blocks with the ids that Slack makes up for blocks and elements that came without."""
    return tuple(_identified(workspace, _with_actions(workspace, block), "block_id") for block in blocks)


def _with_actions(workspace: Workspace, block: Json) -> Json:
    if block["type"] == "actions":
        return {**block, "elements": [_identified(workspace, one, "action_id") for one in block["elements"]]}
    if "accessory" in block and block["accessory"]["type"] != "image":
        return {**block, "accessory": _identified(workspace, block["accessory"], "action_id")}
    return block


def _identified(workspace: Workspace, item: Json, key: str) -> Json:
    return item if item.get(key) else {**item, key: f"made{workspace.number()}"}


def _cut_warning() -> Json:
    text = f"[WARN] the text was cut: it may have {TEXT_CUT} characters"
    return {
        "warning": "message_truncated",
        "response_metadata": {"messages": [text], "warnings": ["message_truncated"]},
    }
