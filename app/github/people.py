"""People on GitHub: what somebody may do in a repository at this moment, and under which address he is known.

`author_association` in a payload is no authority: private members show as contributors, and collaborators with read
access as collaborators. So the permission is asked for
(https://docs.github.com/en/rest/collaborators/collaborators#get-repository-permissions-for-a-user), each time.
"""

from enum import IntEnum
from urllib.parse import quote

from app.github.client import GitHub, GitHubUnreachable


class Access(IntEnum):
    """What somebody may do; GitHub answers `write` for the role maintain and `read` for triage."""

    NONE = 0
    READ = 1
    WRITE = 2


_ACCESS = {"read": Access.READ, "write": Access.WRITE, "admin": Access.WRITE}


def access_of(github: GitHub, repository: str, login: str, account: int | None = None) -> Access:
    """What `login` may do; NONE for whoever is unknown, and where the name belongs to another `account` by now.

    Raises GitHubUnreachable or GitHubRefused where GitHub gives no clear word.
    """
    found = github.get(repository, f"/collaborators/{quote(login, safe='')}/permission")
    if found is None:
        return Access.NONE
    try:
        if account is not None and int(found["user"]["id"]) != account:
            return Access.NONE
        return _ACCESS.get(found["permission"], Access.NONE)
    except (KeyError, TypeError, ValueError):
        raise GitHubUnreachable("GitHub's answer about a permission cannot be read") from None


def email_of(github: GitHub, repository: str, login: str) -> str | None:
    """The address that an account shows to everybody, which GitHub has verified; None where it shows none."""
    found = github.profile(repository, login)
    email = found.get("email") if isinstance(found, dict) else None
    return email if isinstance(email, str) and "@" in email else None
