"""The ticket: the task id that people already use, found where they already write it.

It is looked for in the branch, then the title, then the body, and the first place that names one wins. A repository
chooses the form in `.mayfly.yml`; teams with ids of their own give a regular expression, which
`app.repository_file` turns into a `Finder` (user patterns need a linear-time engine, which is not of this floor).
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

Finder = Callable[[str], str | None]
"""Looks into one text and answers with the first ticket it names, or None."""

# Upper case and a number, as Jira writes its keys; standards and algorithms look alike and are no tickets.
_JIRA = re.compile(
    r"(?<![A-Za-z0-9])(?!(?:AES|CVE|ISO|MD|RFC|SHA|UTF)-)([A-Z][A-Z0-9]{1,9}-[1-9][0-9]{0,9})(?![A-Za-z0-9])"
)
_TRELLO_LINK = re.compile(r"trello\.com/c/([A-Za-z0-9]{8})(?![A-Za-z0-9])")
# Letters of both cases, but no mere capitalised word such as `Refactor`.
_TRELLO_TOKEN = re.compile(
    r"(?<![A-Za-z0-9])(?=[a-z0-9]*[A-Z])(?=[A-Z0-9]*[a-z])(?![A-Z][a-z]{7})([A-Za-z0-9]{8})(?![A-Za-z0-9])"
)
_GITHUB_REFERENCE = re.compile(r"(?<![\w&])#([1-9][0-9]{0,9})(?!\w)")
# `57-fix-the-cart` is what GitHub itself names the branch that it makes for issue 57.
_GITHUB_BRANCH = re.compile(r"(?:^|/)(?:(?:gh|issue|ticket)[-_])?([1-9][0-9]{0,9})(?=[-_/]|$)")


@dataclass(frozen=True)
class TicketPattern:
    """How a repository writes its tickets: one finder for branch names, one for prose."""

    in_branch: Finder
    in_prose: Finder


def _first(pattern: re.Pattern[str], prefix: str = "") -> Finder:
    def find(text: str) -> str | None:
        found = pattern.search(text)
        return prefix + found.group(1) if found else None

    return find


JIRA = TicketPattern(_first(_JIRA), _first(_JIRA))
TRELLO = TicketPattern(_first(_TRELLO_TOKEN), _first(_TRELLO_LINK))
GITHUB = TicketPattern(_first(_GITHUB_BRANCH, "#"), _first(_GITHUB_REFERENCE, "#"))

PATTERNS = {"jira": JIRA, "trello": TRELLO, "github": GITHUB}
"""The patterns with a name of their own in `.mayfly.yml`."""


def find_ticket(pattern: TicketPattern, branch: str, title: str = "", body: str = "") -> str | None:
    """The ticket as it is written in the first of branch, title and body that names one; None where none does."""
    return pattern.in_branch(branch) or pattern.in_prose(title) or pattern.in_prose(body)
