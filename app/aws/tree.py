"""The names of a commit's files: directories, files and links, resolved as POSIX would, never outside the tree.

Nothing here touches a disk, so `..`, an absolute path or a link that points out of the repository has nowhere to lead:
it is refused where somebody uses it, and harmless where nobody does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count

from app.core.errors import PermanentError

MOST_HOPS = 40  # links followed on one path, as on Linux
MOST_DEPTH = 128  # directories above a file, counted through links
MOST_STEPS = 100_000  # names met in one walk: links can multiply what the archive holds once


class CheckoutRefused(PermanentError):
    """The commit's files cannot be used."""


@dataclass(frozen=True, slots=True)
class File:
    """A regular file. `path` is its name below the directory that was asked for, `size` is in bytes, `digest` the
    SHA-256 of its bytes and `start` the place of its first byte in the checkout's store."""

    path: str
    is_executable: bool
    size: int
    digest: bytes
    start: int


@dataclass(frozen=True, slots=True)
class Link:
    """A symbolic link, as it was committed."""

    target: str


@dataclass(eq=False, slots=True)
class Directory:
    """Names and what they stand for."""

    children: dict[str, Node] = field(default_factory=dict)


Node = File | Link | Directory
Way = tuple[tuple[str, "File | Directory"], ...]  # names and nodes from the top, named "", to a node; links resolved


class Tree:
    """Every name of one commit."""

    def __init__(self) -> None:
        self._root = Directory()

    def put(self, path: str, node: Node) -> None:
        """Enter `node`; the directories above it come to be. Raises CheckoutRefused for a name that is taken."""
        *above, name = parts_of(path)
        directory = self._root
        for part in above:
            child = directory.children.setdefault(part, Directory())
            if not isinstance(child, Directory):
                raise CheckoutRefused(f"{path!r} lies below {part!r}, which is no directory; make the archive anew")
            directory = child
        known = directory.children.get(name)
        if isinstance(known, Directory) and isinstance(node, Directory):
            return
        if known is not None:
            raise CheckoutRefused(f"{path!r} is in the archive twice; make the archive anew")
        directory.children[name] = node

    def follow(self, path: str, start: Way | None = None) -> Way | None:
        """The way to `path` from `start`, by default the top, with links resolved; None where nothing is.

        Raises CheckoutRefused for a path that leaves the tree or goes round in circles.
        """
        way = list(start or (("", self._root),))
        pending = _backwards(path, path)
        hops = 0
        while pending:
            part = pending.pop()
            if part == "..":
                _leave(way, path)
                continue
            here = way[-1][1]
            child = here.children.get(part) if isinstance(here, Directory) else None
            if child is None:
                return None
            if isinstance(child, Link):
                hops += 1
                if hops > MOST_HOPS:
                    raise CheckoutRefused(f"{path!r} is a link that leads round in a circle; mend the link")
                pending.extend(_backwards(child.target, path))
            else:
                way.append((part, child))
        return tuple(way)

    def walk(self, path: str) -> Iterator[File]:
        """Every file at or below `path`, by its name below `path`; links are followed inside the tree.

        Raises CheckoutRefused for a link that leaves the tree, leads nowhere or into a directory above itself, for a
        name that is not UTF-8, and where links multiply the tree beyond reason.
        """
        way = self.follow(path)
        if way is None:
            raise CheckoutRefused(f"{path!r} is not in the commit; check the spelling, capitals included")
        name, node = way[-1]
        yield from self._below(way, name if isinstance(node, File) else "", frozenset(), count(1))

    def _below(self, way: Way, name: str, trail: frozenset[int], steps: Iterator[int]) -> Iterator[File]:
        directory = way[-1][1]
        if isinstance(directory, File):
            yield replace(directory, path=name)
            return
        if id(directory) in trail:
            raise CheckoutRefused(f"{name!r} is a link into a directory above itself; mend the link")
        if len(trail) >= MOST_DEPTH:
            raise CheckoutRefused(f"{name!r} lies more than {MOST_DEPTH} directories deep; flatten it")
        for child in sorted(directory.children):
            found = f"{name}/{child}" if name else child
            _check(found, next(steps))
            onward = self.follow(child, way)
            if onward is None:
                raise CheckoutRefused(f"{found!r} is a link to nothing; mend or remove the link")
            yield from self._below(onward, found, trail | {id(directory)}, steps)


def parts_of(path: str) -> list[str]:
    """The names in a relative POSIX path. Raises CheckoutRefused for an absolute one and for a NUL byte."""
    if path.startswith("/"):
        raise CheckoutRefused(f"{path!r} is absolute, outside the repository; use a path inside it")
    if "\0" in path:
        raise CheckoutRefused(f"{path!r} holds a NUL byte; rename the file")
    return [part for part in path.split("/") if part not in ("", ".")]


def _backwards(path: str, asked: str) -> list[str]:
    if path.startswith("/") and path != asked:
        raise CheckoutRefused(f"{asked!r} leaves the repository by a link to {path!r}; use a path inside it")
    return parts_of(path)[::-1]


def _leave(way: list[tuple[str, File | Directory]], path: str) -> None:
    if len(way) == 1:
        raise CheckoutRefused(f"{path!r} leaves the repository; use a path inside it")
    way.pop()


def _check(name: str, steps: int) -> None:
    if steps > MOST_STEPS:
        raise CheckoutRefused(f"{name!r}: links make more than {MOST_STEPS} files of the commit; remove some links")
    try:
        name.encode()
    except UnicodeEncodeError:
        raise CheckoutRefused(f"{name!r} is not UTF-8; rename the file") from None
