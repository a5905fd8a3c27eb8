"""Git's objects in memory: blobs, trees and commits with the names that git itself would give them.

A commit keeps its whole tree as a mapping of paths, so that reading a file at a commit is one look-up; the nested trees
are worked out when someone asks for their names. One `Objects` serves a repository and its forks, as on GitHub, where
a fork's commit can be read through the repository it was forked from.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Literal, Self

ZERO_SHA = "0" * 40
"""What GitHub names as `before` of a branch that is born and as `after` of one that ends."""

FileMode = Literal["100644", "100755", "120000"]
ChangeKind = Literal["added", "removed", "modified"]


@dataclass(frozen=True)
class File:
    """The content of one path; for a symbolic link the content is its target."""

    content: bytes
    mode: FileMode = "100644"

    @classmethod
    def executable(cls, content: bytes | str) -> Self:
        """A file with its executable bit set."""
        return cls(_bytes(content), "100755")

    @classmethod
    def symlink(cls, target: str) -> Self:
        """A symbolic link to `target`, which may well point outside the repository."""
        return cls(target.encode(), "120000")

    @classmethod
    def of(cls, content: "Content") -> "File":
        """The file itself, or a plain file with that content."""
        return content if isinstance(content, File) else File(_bytes(content))

    @cached_property
    def sha(self) -> str:
        """The name of the blob."""
        return _name("blob", self.content)


Content = bytes | str | File
"""What a file may be given as."""

Files = Mapping[str, File]


@dataclass(frozen=True)
class Signature:
    """Who made a commit, and when."""

    name: str
    email: str
    at: datetime

    def __str__(self) -> str:
        return f"{self.name} <{self.email}> {int(self.at.timestamp())} +0000"


@dataclass(frozen=True)
class Commit:
    """A tree, where it came from and who made it; its name follows from all of them."""

    files: Files
    parents: tuple[str, ...]
    message: str
    author: Signature
    login: str

    @cached_property
    def tree(self) -> str:
        """The name of the root tree."""
        return next(name for path, name in walk_trees(self.files) if path == "")

    @cached_property
    def sha(self) -> str:
        """The name of the commit."""
        head = [f"tree {self.tree}", *(f"parent {parent}" for parent in self.parents)]
        text = "\n".join([*head, f"author {self.author}", f"committer {self.author}", "", self.message])
        return _name("commit", text.encode())


@dataclass(frozen=True)
class Change:
    """One path that differs between two trees."""

    path: str
    kind: ChangeKind
    old: File | None
    new: File | None


class Objects:
    """All commits of a repository and its forks, by name."""

    def __init__(self) -> None:
        self._commits: dict[str, Commit] = {}

    def add(self, commit: Commit) -> str:
        """Keep the commit and return its name."""
        self._commits[commit.sha] = commit
        return commit.sha

    def commit(self, sha: str) -> Commit:
        """The commit of that full name; raises KeyError where there is none."""
        return self._commits[sha]

    def find(self, prefix: str) -> str | None:
        """The full name that starts so, with at least seven digits, if exactly one does."""
        if len(prefix) < 7:
            return None
        names = [sha for sha in self._commits if sha.startswith(prefix.lower())]
        return names[0] if len(names) == 1 else None

    def blob(self, sha: str) -> File | None:
        """Any file with that blob name."""
        return next((f for c in self._commits.values() for f in c.files.values() if f.sha == sha), None)

    def tree(self, sha: str) -> Files | None:
        """The files below the tree of that name, with paths as seen from it."""
        for commit in self._commits.values():
            for path, name in walk_trees(commit.files):
                if name == sha:
                    return below(commit.files, path)
        return None

    def history(self, sha: str) -> list[str]:
        """The commit and all before it, newest first and every parent behind its children."""
        seen: dict[str, None] = {}
        stack: list[tuple[str, bool]] = [(sha, False)]
        while stack:
            name, ready = stack.pop()
            if ready:
                seen.setdefault(name)
            elif name not in seen:
                stack.append((name, True))
                stack.extend((parent, False) for parent in self._commits[name].parents)
        return list(reversed(seen))

    def between(self, base: str, head: str) -> list[str]:
        """The commits of `head` that `base` lacks, oldest first, as a pull request lists them."""
        known = set(self.history(base))
        return [sha for sha in reversed(self.history(head)) if sha not in known]

    def merge_base(self, one: str, other: str) -> str | None:
        """The newest commit that both histories share."""
        known = set(self.history(other))
        return next((sha for sha in self.history(one) if sha in known), None)


def edited(files: Files, edits: Mapping[str, Content | None]) -> dict[str, File]:
    """The tree after the edits; None deletes a path.

    Raises ValueError where a path is not one that git can hold.
    """
    result = dict(files)
    for path, content in edits.items():
        if not path or any(part in {"", ".", "..", ".git"} for part in path.split("/")):
            raise ValueError(f"{path!r} is no path inside a repository; write it like 'infra/template.yaml'")
        if content is None:
            result.pop(path, None)
        else:
            result[path] = File.of(content)
    return result


def changes(old: Files, new: Files) -> Iterator[Change]:
    """What differs between two trees, by path. Renames are not looked for."""
    for path in sorted({*old, *new}):
        before, after = old.get(path), new.get(path)
        if before != after:
            kind: ChangeKind = "added" if before is None else "removed" if after is None else "modified"
            yield Change(path, kind, before, after)


def below(files: Files, folder: str) -> Files:
    """The files under a folder, with paths as seen from it."""
    prefix = f"{folder}/" if folder else ""
    return {path.removeprefix(prefix): file for path, file in files.items() if path.startswith(prefix)}


def folders(paths: Iterable[str]) -> set[str]:
    """Every folder that the paths stand in, the root as the empty string."""
    found = {""}
    for path in paths:
        parts = path.split("/")[:-1]
        found.update("/".join(parts[: depth + 1]) for depth in range(len(parts)))
    return found


def walk_trees(files: Files) -> Iterator[tuple[str, str]]:
    """Every folder with the name of its tree, deepest first and the root last."""
    entries: dict[str, list[tuple[str, str, str]]] = {folder: [] for folder in folders(files)}
    for path, file in files.items():
        folder, _, name = path.rpartition("/")
        entries[folder].append((name, file.mode, file.sha))
    for folder in sorted(entries, key=lambda f: (f != "", f.count("/"), f), reverse=True):
        # Git sorts a folder as if a slash ended its name.
        ordered = sorted(entries[folder], key=lambda entry: entry[0] + ("/" if entry[1] == "40000" else ""))
        sha = _name("tree", b"".join(f"{mode} {name}\0".encode() + bytes.fromhex(sha) for name, mode, sha in ordered))
        if folder:
            parent, _, name = folder.rpartition("/")
            entries[parent].append((name, "40000", sha))
        yield folder, sha


def _name(kind: str, content: bytes) -> str:
    return hashlib.sha1(f"{kind} {len(content)}\0".encode() + content, usedforsecurity=False).hexdigest()


def _bytes(content: bytes | str) -> bytes:
    return content.encode() if isinstance(content, str) else content
