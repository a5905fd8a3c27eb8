"""GitHub's tarball of a commit, read from the wire into a `Checkout`, one member at a time.

Nothing is ever extracted: `tarfile`'s extraction filters were bypassed again and again (CVE-2025-4330, CVE-2025-4517,
CVE-2026-11940). `tarfile` only tells what the members are, and it reads through `_Forward`, which never goes back
(a negative size makes `tarfile` loop for ever, CVE-2025-8194) and never hands out much at once (a pax header is read
whole, whatever size it claims). Decompression is left to `gzip`, which checks the sum at the end: the streaming mode of
`tarfile` takes a download that was cut between two members for a complete one.

The shape, as `git archive` writes it and GitHub sends it: one top folder, regular files, directories and symbolic
links; the executable bit is all that is left of the mode.
"""

from __future__ import annotations

import gzip
import io
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from app.aws.checkout import Checkout, CheckoutRefused
from app.aws.tree import parts_of
from app.core.errors import TransientError

MiB = 1 << 20
AT_ONCE = 8 * 1024  # room for the longest path that git knows and a link's target, in one pax header
HARMLESS = 16 * MiB  # unpacked bytes below which no ratio is too high


class CheckoutIncomplete(TransientError):
    """The download of the commit ended before the archive did; it is tried again."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a commit may be: sizes in bytes, `members` files, directories and links together, `path` in bytes of UTF-8,
    `depth` in directories, `ratio` unpacked bytes for one compressed byte."""

    compressed: int = 256 * MiB
    unpacked: int = 1024 * MiB
    file: int = 256 * MiB
    members: int = 100_000
    path: int = 1024
    depth: int = 64
    ratio: int = 100


LIMITS = Limits()


def read_tarball(stream: BinaryIO, limits: Limits = LIMITS, directory: Path | None = None) -> Checkout:
    """The files in a gzipped tarball; `directory` is where their bytes lie until the checkout is closed.

    Raises CheckoutRefused for an archive that is broken, beyond the limits or holds what no commit can (devices, hard
    links to elsewhere, absolute paths, `..`), and CheckoutIncomplete for one that was cut short. Errors of `stream`
    itself pass.
    """
    checkout = Checkout(directory)
    try:
        _fill(checkout, _Forward(stream, limits), limits)
    except BaseException as error:
        checkout.close()
        if isinstance(error, EOFError):
            raise CheckoutIncomplete from error
        if isinstance(error, (tarfile.TarError, zlib.error, gzip.BadGzipFile, ValueError, RecursionError)):
            raise CheckoutRefused(f"The archive is broken ({error}); fetch the commit again") from error
        raise
    return checkout


class _Counted:
    """The compressed bytes, counted."""

    def __init__(self, stream: BinaryIO, most: int) -> None:
        self._stream, self._most = stream, most
        self.taken = 0

    def read(self, size: int = -1) -> bytes:
        chunk = self._stream.read(size)
        if not chunk and not self.taken:
            raise EOFError
        self.taken += len(chunk)
        if self.taken > self._most:
            raise CheckoutRefused(f"The archive has more than {self._most:,} bytes; take large files out of the commit")
        return chunk


class _Forward(io.RawIOBase):
    """The unpacked bytes: forwards only, a little at a time, up to the limits."""

    def __init__(self, stream: BinaryIO, limits: Limits) -> None:
        self._packed = _Counted(stream, limits.compressed)
        self._unpacked = gzip.GzipFile(fileobj=self._packed, mode="rb")  # type: ignore[call-overload]
        self._limits = limits
        self._position = 0

    def tell(self) -> int:
        return self._position

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= AT_ONCE:
            raise CheckoutRefused(f"A header of the archive claims {size:,} bytes; make the archive anew")
        chunk: bytes = self._unpacked.read(size)
        self._position += len(chunk)
        self._check()
        return chunk

    def seek(self, position: int, whence: int = 0) -> int:
        if whence or position < self._position:
            raise CheckoutRefused("A header of the archive points backwards; make the archive anew")
        while self._position < position and self.read(min(AT_ONCE, position - self._position)):
            pass
        return self._position

    def _check(self) -> None:
        limits = self._limits
        if self._position > limits.unpacked:
            raise CheckoutRefused(f"The commit unpacks to more than {limits.unpacked:,} bytes; take large files out")
        if self._position > max(HARMLESS, limits.ratio * self._packed.taken):
            raise CheckoutRefused(
                f"The archive unpacks to more than {limits.ratio} times its size; take out the filler"
            )


def _fill(checkout: Checkout, source: _Forward, limits: Limits) -> None:
    top: str | None = None
    with tarfile.open(fileobj=source, mode="r:") as archive:
        for number, member in enumerate(_members(archive), 1):
            if number > limits.members:
                raise CheckoutRefused(f"The commit has more than {limits.members:,} files; narrow the repository")
            folder, *names = _names(member.name, limits) or [""]
            if top not in (None, folder):
                raise CheckoutRefused(f"{member.name!r} lies beside the top folder {top!r}; make the archive anew")
            top = folder
            if names or not member.isdir():
                _take(checkout, archive, member, "/".join(names), limits)
    while rest := source.read(AT_ONCE):
        if rest.strip(b"\0"):
            raise CheckoutRefused("The archive goes on after its end; fetch the commit again")


def _members(archive: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    while member := archive.next():
        archive.members.clear()  # type: ignore[attr-defined]  # else every member stays in memory to the end
        yield member


def _names(name: str, limits: Limits) -> list[str]:
    names = parts_of(name)
    if ".." in names:
        raise CheckoutRefused(f"{name!r} leaves the archive; make the archive anew")
    if len(name.encode(errors="surrogateescape")) > limits.path or len(names) > limits.depth:
        raise CheckoutRefused(
            f"{name[:80]!r}... is over {limits.path} bytes long or {limits.depth} directories deep; shorten it"
        )
    return names


def _take(checkout: Checkout, archive: tarfile.TarFile, member: tarfile.TarInfo, path: str, limits: Limits) -> None:
    if not path:
        raise CheckoutRefused(f"{member.name!r} stands where the top folder should; make the archive anew")
    if member.isdir():
        checkout.add_directory(path)
    elif member.issym():
        checkout.add_link(path, member.linkname)
    elif member.islnk():
        checkout.add_twin(path, _within(member, limits))
    elif member.isreg() and not member.issparse():
        checkout.add_file(path, _content(archive, member, limits), is_executable=bool(member.mode & 0o100))
    else:
        raise CheckoutRefused(f"{path!r} is no file, directory or link (type {member.type!r}); remove it")


def _within(member: tarfile.TarInfo, limits: Limits) -> str:
    """What a hard link leads to, below the top folder."""
    top, *names = _names(member.linkname, limits) or [""]
    if top != _names(member.name, limits)[0]:
        raise CheckoutRefused(f"{member.name!r} is a hard link to {member.linkname!r}, outside; make the archive anew")
    return "/".join(names)


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo, limits: Limits) -> Iterator[bytes]:
    if not 0 <= member.size <= limits.file:
        raise CheckoutRefused(f"{member.name!r} has {member.size:,} bytes, more than {limits.file:,}; take it out")
    content = archive.extractfile(member)
    if content is None:
        raise CheckoutRefused(f"{member.name!r} has no content; make the archive anew")
    taken = 0
    while chunk := content.read(AT_ONCE):
        taken += len(chunk)
        yield chunk
    if taken < member.size:
        raise CheckoutRefused(f"{member.name!r} ends early; fetch the commit again")
