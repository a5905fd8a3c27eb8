"""People: who somebody in Slack is on GitHub, and the other way round.

By the operator's table (`MAYFLY_SLACK__USERS`) or, for whoever is not in it, by equal e-mail: Slack's, which belongs to
the workspace, and the public one of a GitHub profile, which GitHub has verified. A person's name is never enough.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import structlog

from app.core.errors import PermanentError
from app.github.client import GitHub
from app.github.people import email_of
from app.slack.client import Slack

MOST_CANDIDATES = 50
"""Profiles that are looked at for one e-mail address."""

log = structlog.get_logger()


@dataclass(frozen=True)
class People:
    """Maps people. `table` is GitHub login to Slack user id."""

    github: GitHub
    slack: Slack | None
    table: Mapping[str, str]

    def slack_user(self, repository: str, login: str) -> str | None:
        """Who a GitHub login is in Slack; None where nobody knows. Raises TransientError."""
        listed = {known.lower(): user for known, user in self.table.items()}.get(login.lower())
        if listed is not None or self.slack is None:
            return listed
        try:
            email = email_of(self.github, repository, login)
            return self.slack.user_with(email) if email else None
        except PermanentError as refused:
            log.info("an account could not be looked up", login=login, reason=str(refused))
            return None

    def login(self, user: str, repository: str, candidates: Iterable[str]) -> str | None:
        """Who a Slack user is on GitHub, by the table or among the candidates; None where that is not certain: two
        logins with one Slack user are nobody. Raises TransientError."""
        listed = {login for login, known in self.table.items() if known == user}
        if listed:
            return listed.pop() if len(listed) == 1 else None
        taken = {login.lower() for login in self.table}
        free = [login for login in dict.fromkeys(candidates) if login.lower() not in taken]
        try:
            email = self.slack.email_of(user) if self.slack else None
            return self._with_email(email, repository, free[:MOST_CANDIDATES]) if email else None
        except PermanentError as refused:
            log.info("a Slack user could not be looked up", user=user, reason=str(refused))
            return None

    def _with_email(self, email: str, repository: str, candidates: Iterable[str]) -> str | None:
        wanted = email.strip().lower()
        for login in candidates:
            if (email_of(self.github, repository, login) or "").strip().lower() == wanted:
                return login
        return None
