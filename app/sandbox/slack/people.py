"""The methods about people and the app itself: who is who, and modals.

Source: https://docs.slack.dev/reference/methods, the page of each method.
"""

from app.sandbox.slack.arguments import Arguments
from app.sandbox.slack.conversations import paged
from app.sandbox.slack.records import Json, SlackError
from app.sandbox.slack.shapes import user_json
from app.sandbox.slack.workspace import APP, BOT, TEAM, TEAM_DOMAIN, Workspace


def who_am_i(workspace: Workspace, _: Arguments) -> Json:
    return {
        "url": f"https://{TEAM_DOMAIN}.slack.com/",
        "team": TEAM_DOMAIN,
        "team_id": TEAM,
        "user": workspace.bot.name,
        "user_id": workspace.bot.id,
        "bot_id": BOT,
        "is_enterprise_install": False,
    }


def describe_bot(workspace: Workspace, arguments: Arguments) -> Json:
    if arguments.text("bot") != BOT:
        raise SlackError("bot_not_found")
    return {
        "bot": {"id": BOT, "app_id": APP, "user_id": workspace.bot.id, "name": workspace.bot.name, "deleted": False}
    }


def look_up_by_email(workspace: Workspace, arguments: Arguments) -> Json:
    email = arguments.text("email").lower()
    for user in workspace.users.values():
        if user.email is not None and user.email.lower() == email:
            return {"user": user_json(user)}
    raise SlackError("users_not_found")


def describe(workspace: Workspace, arguments: Arguments) -> Json:
    return {"user": user_json(workspace.user(arguments.text("user")))}


def list_users(workspace: Workspace, arguments: Arguments) -> Json:
    page, cursor = paged(list(workspace.users.values()), arguments, default=1000)
    return {"members": [user_json(user) for user in page], "response_metadata": {"next_cursor": cursor}}
