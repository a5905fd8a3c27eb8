"""GitHub's own log of the App's deliveries: what it sent, or tried to, in the last days.

GitHub never sends a delivery again by itself. Its log does: a list, the newest first, page by page, without bodies; and
each attempt with its headers and payload (https://docs.github.com/en/rest/apps/webhooks). All attempts of one delivery
share its `guid`. Only an App has such a log.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import structlog

from app.github.client import PAGE, GitHub, GitHubMissing, GitHubRefused, GitHubUnreachable

MOST_PAGES = 300
"""Pages in one walk: 30,000 deliveries. GitHub forgets them after three days, on Enterprise Server after seven."""

_PATH = "/app/hook/deliveries"
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_EVENT = re.compile(r"[a-z_]{1,64}")
_NEXT = re.compile(r'<([^<>]+)>;\s*rel="next"')

log = structlog.get_logger()


@dataclass(frozen=True)
class Attempt:
    """One line of the log. `number` is GitHub's for this attempt, `guid` the id of the delivery."""

    number: int
    guid: str
    event: str
    delivered_at: datetime


class DeliveryLog:
    """The log of the App that `github` speaks as."""

    def __init__(self, github: GitHub) -> None:
        self._github = github

    def since(self, moment: datetime | None) -> list[Attempt]:
        """The attempts from a moment on, the newest first; all there are where it is None.

        Raises GitHubUnreachable, also where the log cannot be read to its end.
        """
        found: list[Attempt] = []
        for page in self._pages():
            attempts = [attempt for attempt in map(_read, page) if attempt is not None]
            found += [each for each in attempts if moment is None or each.delivered_at >= moment]
            if moment is not None and any(each.delivered_at < moment for each in attempts):
                return found
        return found

    def payload(self, number: int) -> bytes | None:
        """What was sent in one attempt, as JSON; None where GitHub has it no longer."""
        try:
            answer = self._github.ask_app("GET", f"{_PATH}/{number}")
        except GitHubMissing:
            return None
        except GitHubRefused as refused:
            if refused.status == 410:
                return None
            raise
        try:
            sent = answer["request"]["payload"]
        except (KeyError, TypeError):
            raise GitHubUnreachable("GitHub's answer about a delivery cannot be read") from None
        return json.dumps(sent, separators=(",", ":")).encode() if isinstance(sent, dict) else None

    def _pages(self) -> Iterator[list[Any]]:
        cursor: str | None = None
        for _ in range(MOST_PAGES):
            parameters = {"per_page": PAGE} if cursor is None else {"per_page": PAGE, "cursor": cursor}
            headers, page = self._github.ask_app_with_headers("GET", _PATH, parameters=parameters)
            if not isinstance(page, list):
                raise GitHubUnreachable("GitHub answered with something that is no list of deliveries")
            yield page
            cursor = _next_cursor(headers)
            if cursor is None:
                return
        log.warning("GitHub's log of deliveries is longer than is read; what is older stays unread", pages=MOST_PAGES)


def _next_cursor(headers: Mapping[str, Any]) -> str | None:
    """The name of the next page; of the address in the header nothing else is believed."""
    found = _NEXT.search(str(headers.get("link", "")))
    names = parse_qs(urlsplit(found.group(1)).query).get("cursor", []) if found else []
    return names[0] if names else None


def _read(line: Any) -> Attempt | None:
    """A line of the log; None, and a word of it, where it is none."""
    try:
        attempt = Attempt(int(line["id"]), str(line["guid"]).lower(), str(line["event"]), _moment(line["delivered_at"]))
    except (KeyError, TypeError, ValueError):
        attempt = None
    if attempt is None or not _GUID.fullmatch(attempt.guid) or not _EVENT.fullmatch(attempt.event):
        log.warning("a line of GitHub's log of deliveries cannot be read", line=str(line)[:200])
        return None
    return attempt


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
