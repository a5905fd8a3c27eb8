"""A checkout: the files of one commit, read-only and private, as one unnamed temporary file.

The bytes of all files lie end to end in that file and names are only keys of a `Tree`. So nothing that a stranger named
is ever a path on this machine, memory stays small whatever the commit holds, and the operating system removes the file
even when the process is killed.
"""

from __future__ import annotations

import hashlib
import tempfile
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType

from app.aws.tree import CheckoutRefused, Directory, File, Link, Tree

__all__ = ["Checkout", "CheckoutRefused", "File"]

CHUNK = 64 * 1024


class Checkout:
    """The files of one commit, by POSIX paths from the top of the repository. Close it, or use it in a `with`.

    Symbolic links are followed inside the commit. Every method that takes a path raises CheckoutRefused where the path
    is absolute, leaves the commit by `..` or by a link, or follows links round in a circle. Safe to read from threads.
    """

    def __init__(self, directory: Path | None = None) -> None:
        """`directory` is where the bytes lie, by default the system's directory for temporary files."""
        self._bytes = tempfile.TemporaryFile(dir=directory)  # noqa: SIM115 -- closed by close()
        self._end = 0
        self._lock = threading.Lock()
        self._tree = Tree()

    def __enter__(self) -> Checkout:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Forget the bytes."""
        self._bytes.close()

    def add_file(self, path: str, chunks: Iterable[bytes], *, is_executable: bool = False) -> None:
        """Take in a file. Raises CheckoutRefused for a name that is taken."""
        digest, start = hashlib.sha256(), self._end
        self._bytes.seek(start)
        for chunk in chunks:
            self._bytes.write(chunk)
            digest.update(chunk)
            self._end += len(chunk)
        self._tree.put(path, File(path, is_executable, self._end - start, digest.digest(), start))

    def add_twin(self, path: str, of: str) -> None:
        """Take in a second name of the file `of`. Raises CheckoutRefused where there is no such file."""
        self._tree.put(path, self._file(of))

    def add_link(self, path: str, target: str) -> None:
        """Take in a symbolic link, wherever it leads."""
        self._tree.put(path, Link(target))

    def add_directory(self, path: str) -> None:
        """Take in a directory; those above files come by themselves."""
        self._tree.put(path, Directory())

    def exists(self, path: str) -> bool:
        """Whether anything is there."""
        return self._tree.follow(path) is not None

    def is_dir(self, path: str) -> bool:
        """Whether a directory is there."""
        way = self._tree.follow(path)
        return way is not None and isinstance(way[-1][1], Directory)

    def real_path(self, path: str) -> str:
        """The one name of what is there, links resolved; the top is "". Raises CheckoutRefused where nothing is."""
        way = self._tree.follow(path)
        if way is None:
            raise CheckoutRefused(f"{path!r} is not in the commit; check the spelling, capitals included")
        return "/".join(name for name, _ in way[1:])

    def names(self, path: str) -> frozenset[str]:
        """The names directly in a directory; empty where none is."""
        way = self._tree.follow(path)
        node = way[-1][1] if way else None
        return frozenset(node.children) if isinstance(node, Directory) else frozenset()

    def files(self, path: str = "") -> Iterator[File]:
        """Every file at or below `path`, named from there, in a fixed order; a link gives what it leads to.

        Raises CheckoutRefused, too, for a link to nothing or to a directory above itself, and for a name that is not
        UTF-8.
        """
        return self._tree.walk(path)

    def chunks(self, file: File) -> Iterator[bytes]:
        """The bytes of a file, in pieces of at most 64 KiB."""
        at, end = file.start, file.start + file.size
        while at < end:
            with self._lock:
                self._bytes.seek(at)
                chunk = self._bytes.read(min(CHUNK, end - at))
            at += len(chunk)
            yield chunk

    def read(self, path: str, most: int = 1 << 20) -> bytes:
        """The bytes of one file. Raises CheckoutRefused for a file over `most` bytes and where no file is."""
        file = self._file(path)
        if file.size > most:
            raise CheckoutRefused(f"{path!r} has {file.size:,} bytes where at most {most:,} are read; make it smaller")
        return b"".join(self.chunks(file))

    def _file(self, path: str) -> File:
        way = self._tree.follow(path)
        node = way[-1][1] if way else None
        if not isinstance(node, File):
            raise CheckoutRefused(f"{path!r} is no file of the commit; check the spelling, capitals included")
        return node
