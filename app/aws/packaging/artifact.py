"""What is uploaded for a template: zips, single files and nested templates, each under a key made of its content.

The key of a directory is the SHA-256 of every file's path, executable bit, length and bytes, in the order of the
paths. The date of a file, where the checkout lies and in which order the files came leave no trace, neither in the key
nor in the zip; a `chmod +x` changes both.
"""

from __future__ import annotations

import hashlib
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import IO

from app.aws.checkout import Checkout, CheckoutRefused, File

PACKER = b"mayfly-zip-1"  # a change in how zips are written changes this, and with it every key
IN_MEMORY = 8 << 20  # bytes of an artifact that are held in memory, beyond them it goes to disk
ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
FIRST_DATE = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Artifact:
    """One object to upload. `key` is its key in the bucket, `digest` the hexadecimal SHA-256 of its content (of a zip:
    of what is in it), `origin` the template, line and property that asked for it first."""

    key: str
    digest: str
    origin: str
    _write: Callable[[IO[bytes]], None] = field(repr=False, compare=False)

    def open(self) -> IO[bytes]:
        """The bytes, made now, in a temporary file at its start; the caller closes it. The checkout must be open."""
        content: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115 -- the caller's to close
        try:
            self._write(content)
        except BaseException:
            content.close()
            raise
        content.seek(0)
        return content


def zip_of(checkout: Checkout, files: list[File], prefix: str, origin: str) -> Artifact:
    """A zip of the files, by their names."""
    ordered = sorted(files, key=lambda file: file.path)
    digest = hashlib.sha256(PACKER)
    for file in ordered:
        path = file.path.encode()
        digest.update(b"%d %d %d %b%b" % (len(path), file.is_executable, file.size, path, file.digest))
    return Artifact(
        f"{prefix}{digest.hexdigest()}.zip", digest.hexdigest(), origin, partial(_write_zip, checkout, ordered)
    )


def copy_of(checkout: Checkout, file: File, prefix: str, origin: str) -> Artifact:
    """One file as it is."""
    suffix = file.path.rpartition(".")[2] if "." in file.path else ""
    ending = f".{suffix}" if suffix.isascii() and suffix.isalnum() else ""
    return Artifact(f"{prefix}{file.digest.hex()}{ending}", file.digest.hex(), origin, partial(_copy, checkout, file))


def template_of(body: str, prefix: str, origin: str) -> Artifact:
    """A packaged template."""
    content = body.encode()
    digest = hashlib.sha256(content).hexdigest()
    return Artifact(f"{prefix}{digest}.template", digest, origin, partial(_write_bytes, content))


class Shelf:
    """The artifacts of one checkout: whatever is asked for twice is looked at once."""

    def __init__(self, checkout: Checkout, prefix: str) -> None:
        self._checkout, self._prefix = checkout, prefix
        self._made: dict[tuple[str, bool], tuple[Artifact, int]] = {}

    def take(self, path: str, origin: str, *, as_zip: bool) -> tuple[Artifact, int]:
        """The artifact of a file or directory, and the bytes of its files before any zip.

        `as_zip` zips what is not a zip yet; else it has to be one file, and stays as it is. Raises CheckoutRefused for
        what is not there, empty, or not to be followed.
        """
        real = self._checkout.real_path(path)
        if (real, as_zip) not in self._made:
            files = [file for file in self._checkout.files(real) if ".git" not in file.path.split("/")]
            if not files:
                raise CheckoutRefused(f"{path!r} is empty; add its files (GitHub's archive leaves submodules out)")
            made = self._make(real, files, origin, as_zip)
            self._made[real, as_zip] = made, sum(file.size for file in files)
        return self._made[real, as_zip]

    def _make(self, path: str, files: list[File], origin: str, as_zip: bool) -> Artifact:
        is_directory = self._checkout.is_dir(path)
        if as_zip and (is_directory or not self._is_zip(files[0])):
            return zip_of(self._checkout, files, self._prefix, origin)
        if is_directory:
            raise CheckoutRefused(f"{path!r} is a directory where a file is wanted; name the file")
        return copy_of(self._checkout, files[0], self._prefix, origin)

    def _is_zip(self, file: File) -> bool:
        return next(self._checkout.chunks(file), b"").startswith(ZIP_MAGIC)


def _write_zip(checkout: Checkout, files: list[File], out: IO[bytes]) -> None:
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for file in files:
            entry = zipfile.ZipInfo(file.path, FIRST_DATE)
            entry.create_system = 3  # Unix: without it Lambda sees no executable bit
            entry.external_attr = (0o100755 if file.is_executable else 0o100644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(entry, "w", force_zip64=file.size >= zipfile.ZIP64_LIMIT) as member:
                for chunk in checkout.chunks(file):
                    member.write(chunk)


def _copy(checkout: Checkout, file: File, out: IO[bytes]) -> None:
    for chunk in checkout.chunks(file):
        out.write(chunk)


def _write_bytes(content: bytes, out: IO[bytes]) -> None:
    out.write(content)
