"""The introduction: asks Slack whose bot the token is, so that the doors know which workspace and app are ours.

The doors never call Slack themselves. A token may be exchanged at any time, so it is asked at each start and once in a
while.
"""

from dataclasses import dataclass
from datetime import timedelta

import structlog

from app.core.errors import PermanentError
from app.slack.client import Slack
from app.store.database import Database
from app.store.workspace import Workspace, note_workspace

ROUND = "all"
"""The one key of its passes."""
EVERY = timedelta(hours=6)

log = structlog.get_logger()


@dataclass(frozen=True)
class Introduction:
    """One pass for all."""

    database: Database
    slack: Slack | None

    def __call__(self, _key: str) -> timedelta | None:
        """Ask once. Raises TransientError where Slack does not answer."""
        if self.slack is None:
            return None
        try:
            team, app = self.slack.identity()
        except PermanentError as refused:
            log.warning("Slack does not say whose bot this is", reason=str(refused))
            return EVERY
        with self.database.begin() as connection:
            note_workspace(connection, Workspace(team, app))
        log.info("this is whose bot Mayfly is in Slack", team=team, app=app)
        return EVERY
