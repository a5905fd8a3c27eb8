"""A commit as the gzip tarball that GitHub sends.

Everything stands in one folder `owner-repository-<first seven digits>/`; a pax header of the archive carries the full
commit name, as `git archive` writes it. Executable bits and symbolic links survive.
"""

import gzip
import io
import tarfile

from app.sandbox.github.git import Commit, File, folders


def pack(commit: Commit, owner: str, name: str) -> bytes:
    """The tarball; the same commit always gives the same bytes."""
    top = f"{owner}-{name}-{commit.sha[:7]}"
    at = int(commit.author.at.timestamp())
    buffer = io.BytesIO()
    with tarfile.open(
        fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT, pax_headers={"comment": commit.sha}
    ) as archive:
        for folder in sorted(folders(commit.files)):
            archive.addfile(_folder(f"{top}/{folder}".rstrip("/"), at))
        for path, file in sorted(commit.files.items()):
            archive.addfile(_member(f"{top}/{path}", file, at), io.BytesIO(file.content))
    return gzip.compress(buffer.getvalue(), mtime=0)


def _folder(name: str, at: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.mode, member.mtime = tarfile.DIRTYPE, 0o775, at
    return member


def _member(name: str, file: File, at: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.mtime = at
    if file.mode == "120000":
        member.type, member.linkname, member.mode = tarfile.SYMTYPE, file.content.decode(), 0o777
    else:
        member.size, member.mode = len(file.content), 0o775 if file.mode == "100755" else 0o664
    return member
