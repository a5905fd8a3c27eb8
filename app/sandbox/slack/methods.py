"""Which Web API methods there are.

`views.open` and `apps.connections.open` are not among them: they need what
`interactions` holds, and the door adds them.
"""

from collections.abc import Callable, Mapping

from app.sandbox.slack import chat, conversations, people
from app.sandbox.slack.arguments import Arguments
from app.sandbox.slack.records import Json
from app.sandbox.slack.workspace import Workspace

Method = Callable[[Workspace, Arguments], Json]

METHODS: Mapping[str, Method] = {
    "auth.test": people.who_am_i,
    "bots.info": people.describe_bot,
    "chat.delete": chat.delete,
    "chat.getPermalink": chat.get_permalink,
    "chat.postEphemeral": chat.post_ephemeral,
    "chat.postMessage": chat.post_message,
    "chat.update": chat.update,
    "conversations.history": conversations.history,
    "conversations.info": conversations.describe,
    "conversations.join": conversations.join,
    "conversations.list": conversations.list_channels,
    "conversations.replies": conversations.replies,
    "reactions.add": chat.add_reaction,
    "users.info": people.describe,
    "users.list": people.list_users,
    "users.lookupByEmail": people.look_up_by_email,
}
