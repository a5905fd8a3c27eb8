"""Pull requests, branches and files as GitHub shows them now."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

from app.core.source import Source
from app.github.client import GitHub, GitHubUnreachable

MOST_FILES = 1000
"""Files that are remembered; each is a repository's own small file."""


class Pulls:
    """What GitHub shows now. Every method raises GitHubUnreachable for an answer that cannot be read."""

    def __init__(self, github: GitHub) -> None:
        self._github = github
        self._files: dict[tuple[str, str, str], bytes | None] = {}

    def pull_request(self, repository: str, number: int) -> Source | None:
        """A pull request; None where there is none of that number."""
        found = self._github.get(repository, f"/pulls/{number}")
        with _reading(f"{repository}#{number}"):
            return None if found is None else _pull_request(repository, found)

    def changed_paths(self, repository: str, number: int) -> list[str]:
        """The files that a pull request changes."""
        files = self._github.get_all(repository, f"/pulls/{number}/files")
        with _reading(f"the files of {repository}#{number}"):
            return [found["filename"] for found in files]

    def branch(self, repository: str, branch: str) -> Source | None:
        """A branch as a source of its own; None where it does not exist."""
        found = self._github.get(repository, f"/branches/{quote(branch)}")
        with _reading(f"{repository}@{branch}"):
            return None if found is None else _branch(repository, branch, found["commit"])

    def is_readable(self, repository: str) -> bool:
        """Whether the repository can be read at all; without the right to, GitHub answers 404 for everything."""
        found = self._github.get(repository, "")
        return isinstance(found, dict) and "full_name" in found

    def file(self, repository: str, path: str, commit: str) -> bytes | None:
        """A file at a commit; None where it is not there. A commit never changes, so it is asked about once."""
        key = (repository, path, commit)
        if key not in self._files:
            if len(self._files) >= MOST_FILES:
                self._files.clear()
            self._files[key] = self._read_file(repository, path, commit)
        return self._files[key]

    def _read_file(self, repository: str, path: str, commit: str) -> bytes | None:
        found = self._github.get(repository, f"/contents/{quote(path)}", ref=commit)
        with _reading(f"{path} of {repository}"):
            if found is None or (isinstance(found, list) and found):  # a folder is a list of what it holds
                return None
            if found.get("type", "file") != "file":
                return None
            if not found["content"] and found["size"]:  # a file over a megabyte comes without its content
                found = self._github.get(repository, f"/git/blobs/{found['sha']}")
            return base64.b64decode(found["content"])


@contextmanager
def _reading(what: str) -> Iterator[None]:
    try:
        yield
    except (KeyError, TypeError, AttributeError, ValueError):
        raise GitHubUnreachable(f"GitHub's answer for {what} cannot be read") from None


def _branch(repository: str, branch: str, commit: dict[str, Any]) -> Source:
    author = (commit.get("author") or {}).get("login") or ""
    return Source(repository, None, branch, commit["sha"], author, base=branch, base_commit=commit["sha"])


def _pull_request(repository: str, found: dict[str, Any]) -> Source:
    user = found.get("user") or {}
    return Source(
        repository=repository,
        pull_request=int(found["number"]),
        branch=found["head"]["ref"],
        commit=found["head"]["sha"],
        author=user.get("login", ""),
        draft=bool(found.get("draft")),
        fork=is_fork(found),
        is_open=found["state"] == "open",
        title=found.get("title") or "",
        base=found["base"]["ref"],
        base_commit=found["base"].get("sha", ""),
        body=found.get("body") or "",
        labels=tuple(label["name"] for label in found.get("labels") or ()),
        is_bot=user.get("type") == "Bot" or user.get("login", "").endswith("[bot]"),
        url=_address(found.get("html_url")),
    )


def is_fork(found: dict[str, Any]) -> bool:
    """Whether the head lies in another repository: by id, and a head without a repository counts as foreign."""
    head = (found["head"].get("repo") or {}).get("id")
    return head is None or head != found["base"]["repo"]["id"]


def _address(value: object) -> str:
    return value if isinstance(value, str) and value.startswith(("https://", "http://")) else ""
