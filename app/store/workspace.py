"""The Slack workspace and app that the bot's token belongs to: learnt by a worker, asked by the door.

A door never calls Slack. What is not known yet is not checked: the signature alone says which app it was.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from app.store.database import Connection
from app.store.tables import installation


@dataclass(frozen=True)
class Workspace:
    """Slack's ids; None is unknown."""

    team: str | None = None
    app: str | None = None


def known_workspace(connection: Connection) -> Workspace:
    """The workspace, as far as it is known."""
    row = connection.execute(sa.select(installation.c.slack_team, installation.c.slack_app)).one()
    return Workspace(row.slack_team, row.slack_app)


def note_workspace(connection: Connection, workspace: Workspace) -> None:
    """Keep what was learnt."""
    connection.execute(installation.update().values(slack_team=workspace.team, slack_app=workspace.app))
