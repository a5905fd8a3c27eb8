"""Records as the JSON that Slack answers. Source: https://docs.slack.dev/reference/objects/"""

from app.sandbox.slack.records import Channel, Json, Message, User
from app.sandbox.slack.workspace import APP, BOT, TEAM, Workspace


def message_json(workspace: Workspace, message: Message, *, with_metadata: bool = False) -> Json:
    """A message; its metadata only where it was asked for, its thread's size where it has one."""
    content = message.content
    shape: Json = {"type": "message", "user": message.user, "ts": message.ts, "text": content.text, "team": TEAM}
    if workspace.users[message.user].is_bot:
        shape |= {"bot_id": BOT, "app_id": APP}
    shape |= {name: list(value) for name in ("blocks", "attachments") if (value := getattr(content, name))}
    if message.edits:
        replaced = message.edits[-1].replaced_at.timestamp()
        shape["edited"] = {"user": message.user, "ts": f"{replaced:.6f}"}
    if with_metadata and content.metadata is not None:
        shape["metadata"] = content.metadata
    if message.reactions:
        shape["reactions"] = _reactions(message)
    return shape | _thread(workspace, message)


def channel_json(channel: Channel) -> Json:
    shape: Json = {"id": channel.id, "is_im": channel.is_direct, "is_archived": False}
    if channel.is_direct:
        return shape | {"user": f"U{channel.id[1:]}"}
    return shape | {
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": not channel.is_private,
        "is_private": channel.is_private,
        "is_member": channel.is_member,
        "context_team_id": TEAM,
    }


def user_json(user: User) -> Json:
    profile: Json = {"real_name": user.name, "display_name": user.name}
    if user.email is not None:
        profile["email"] = user.email
    return {
        "id": user.id,
        "team_id": TEAM,
        "name": user.name,
        "real_name": user.name,
        "deleted": False,
        "is_bot": user.is_bot,
        "profile": profile,
    }


def _thread(workspace: Workspace, message: Message) -> Json:
    if message.is_reply:
        return {"thread_ts": message.thread_ts}
    replies = workspace.thread(message)
    if not replies:
        return {}
    people = sorted({reply.user for reply in replies})
    return {
        "thread_ts": message.ts,
        "reply_count": len(replies),
        "reply_users": people,
        "reply_users_count": len(people),
        "latest_reply": replies[-1].ts,
    }


def _reactions(message: Message) -> list[Json]:
    names = dict.fromkeys(name for name, _ in message.reactions)
    people = {name: [user for reaction, user in message.reactions if reaction == name] for name in names}
    return [{"name": name, "users": users, "count": len(users)} for name, users in people.items()]
