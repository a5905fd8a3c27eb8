"""The tarball of a commit: what GitHub sends is read whole, what nobody should send is refused in one line."""

import gzip
import io
import os
import tarfile
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.aws.checkout import CheckoutRefused
from app.aws.tarball import CheckoutIncomplete, Limits, read_tarball

TOP = "acme-shop-1a2b3c4"


def member(path: str, kind: bytes = tarfile.REGTYPE, *, link: str = "", mode: int = 0o664) -> tarfile.TarInfo:
    info = tarfile.TarInfo(f"{TOP}/{path}" if path else TOP)
    info.type, info.linkname, info.mode = kind, link, mode
    return info


def tarball(
    *members: tarfile.TarInfo | tuple[str, bytes] | tuple[str, bytes, int],
    form: int = tarfile.PAX_FORMAT,
    headers: dict[str, str] | None = None,
) -> BinaryIO:
    """Files as (path, content[, mode]); anything else as a member of its own."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=form, pax_headers=headers or {"comment": "1a2b3c4"}) as archive:
        archive.addfile(member("", tarfile.DIRTYPE, mode=0o775))
        for each in members:
            if isinstance(each, tarfile.TarInfo):
                archive.addfile(each)
                continue
            info = member(each[0], mode=each[2] if len(each) == 3 else 0o664)
            info.size = len(each[1])
            archive.addfile(info, io.BytesIO(each[1]))
    return io.BytesIO(gzip.compress(plain.getvalue(), mtime=0))


def refused(stream: BinaryIO, limits: Limits | None = None) -> str:
    with pytest.raises(CheckoutRefused) as caught:
        read_tarball(stream, limits or Limits())
    message = str(caught.value)
    assert "\n" not in message
    assert ";" in message, "says what to try"
    return message


def test_files_links_and_executable_bits_survive() -> None:
    stream = tarball(
        ("template.yaml", b"Resources: {}"),
        member("src", tarfile.DIRTYPE),
        ("src/run.sh", b"#!/bin/sh", 0o775),
        ("src/" + "long-" * 40 + ".py", b"pass"),
        ("src/größe.txt", b"x" * 100_000),
        member("now", tarfile.SYMTYPE, link="src/run.sh"),
    )
    with read_tarball(stream) as checkout:
        assert checkout.read("template.yaml") == b"Resources: {}"
        assert checkout.read("now") == b"#!/bin/sh"
        assert checkout.read("src/größe.txt") == b"x" * 100_000
        found = {file.path: (file.size, file.is_executable) for file in checkout.files("src")}
    assert found == {"run.sh": (9, True), "long-" * 40 + ".py": (4, False), "größe.txt": (100_000, False)}


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
def test_every_dialect_of_tar_is_read(form: int) -> None:
    with read_tarball(tarball(("a/b", b"1"), form=form)) as checkout:
        assert checkout.read("a/b") == b"1"


def test_nothing_is_written_under_a_name(tmp_path: Path) -> None:
    with read_tarball(tarball(("secret-name", b"1")), directory=tmp_path):
        assert list(tmp_path.iterdir()) == []


def test_a_hard_link_within_is_the_same_file() -> None:
    with read_tarball(tarball(("a", b"1"), member("b", tarfile.LNKTYPE, link=f"{TOP}/a"))) as checkout:
        assert checkout.read("b") == b"1"


def test_a_link_out_is_harmless_until_used() -> None:
    stream = tarball(("a", b"1"), member("out", tarfile.SYMTYPE, link="../../etc/passwd"))
    with read_tarball(stream) as checkout:
        assert checkout.read("a") == b"1"
        with pytest.raises(CheckoutRefused, match=r"'out' leaves the repository"):
            checkout.read("out")


def test_a_name_that_is_not_utf8_is_harmless_until_used() -> None:
    bad = os.fsdecode(b"caf\xe9")
    with read_tarball(tarball(("docs/" + bad, b"1"), ("src/a", b"1"))) as checkout:
        assert [file.path for file in checkout.files("src")] == ["a"]
        with pytest.raises(CheckoutRefused, match="not UTF-8"):
            list(checkout.files("docs"))


@pytest.mark.parametrize(
    ("kind", "type_name"),
    [(tarfile.FIFOTYPE, "6"), (tarfile.CHRTYPE, "3"), (tarfile.BLKTYPE, "4")],
)
def test_devices_and_pipes_are_refused(kind: bytes, type_name: str) -> None:
    assert refused(tarball(member("strange", kind))).startswith(
        f"'strange' is no file, directory or link (type b'{type_name}'"
    )


@pytest.mark.parametrize(
    "name", ["/etc/passwd", f"{TOP}/../x", f"{TOP}/a/../../x", "../x", "elsewhere/x", "top-level-file"]
)
def test_names_outside_the_top_folder_are_refused(name: str) -> None:
    refused(tarball(tarfile.TarInfo(name)))


@pytest.mark.parametrize("target", ["/etc/passwd", "../../etc/passwd", f"{TOP}/later", "other/a", TOP])
def test_hard_links_to_elsewhere_are_refused(target: str) -> None:
    refused(tarball(("a", b"1"), member("b", tarfile.LNKTYPE, link=target)))


def test_a_name_twice_is_refused() -> None:
    assert "twice" in refused(tarball(("a", b"1"), member("a", tarfile.SYMTYPE, link="/etc")))


@pytest.mark.parametrize("first", [("a", b"1"), member("a", tarfile.SYMTYPE, link="b")])
def test_a_name_below_a_file_or_link_is_refused(first: tuple[str, bytes] | tarfile.TarInfo) -> None:
    assert "no directory" in refused(tarball(first, ("a/b", b"1")))


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        (Limits(compressed=100), "more than 100 bytes"),
        (Limits(unpacked=4096), "unpacks to more than 4,096"),
        (Limits(file=999), "more than 999"),
        (Limits(members=2), "more than 2 files"),
        (Limits(path=20), "over 20 bytes long"),
        (Limits(depth=3), "3 directories deep"),
    ],
)
def test_every_limit_is_held(limits: Limits, says: str) -> None:
    assert says in refused(tarball(("a/b/c/d", os.urandom(1000)), ("e", b"")), limits)


def test_a_bomb_is_refused_long_before_it_is_unpacked() -> None:
    bomb = io.BytesIO(gzip.compress(tarball_of_zeros(64 << 20)))
    assert "100 times its size" in refused(bomb)
    assert bomb.tell() < 64 << 10


def tarball_of_zeros(size: int) -> bytes:
    info = member("zeros")
    info.size = size
    return member("", tarfile.DIRTYPE).tobuf() + info.tobuf() + bytes(size)


def pax(records: bytes, size: int | None = None, kind: bytes = tarfile.XHDTYPE) -> bytes:
    info = tarfile.TarInfo("pax")
    info.type, info.size = kind, len(records) if size is None else size
    return info.tobuf(tarfile.USTAR_FORMAT) + records + bytes(-len(records) % 512)


def record(key: str, value: str) -> bytes:
    body = f" {key}={value}\n".encode()
    length = len(body) + 1
    while len(str(length)) + len(body) != length:
        length += 1
    return str(length).encode() + body


def packed(*blocks: bytes) -> BinaryIO:
    return io.BytesIO(gzip.compress(member("", tarfile.DIRTYPE).tobuf() + b"".join(blocks) + bytes(1024), mtime=0))


def one_file(name: str = "a", content: bytes = b"1") -> bytes:
    info = member(name)
    info.size = len(content)
    return info.tobuf() + content + bytes(-len(content) % 512)


@pytest.mark.parametrize(
    ("blocks", "says"),
    [
        ((pax(b"", 1 << 32),), "claims"),  # would be read into memory whole
        ((pax(b"", 1 << 32, tarfile.GNUTYPE_LONGNAME),), "claims"),
        ((pax(record("size", "-1024")), one_file()), "bytes"),  # makes tarfile loop for ever
        ((pax(record("size", str(1 << 50))), one_file()), "1,125,899,906,842,624 bytes"),
        ((pax(record("path", "/etc/cron.d/x")), one_file()), "absolute"),
        ((pax(record("path", f"{TOP}/../x")), one_file()), "leaves the archive"),
        ((pax(record("path", f"{TOP}/a\0b")), one_file()), "NUL"),
        ((pax(record("path", f"{TOP}/same"), kind=tarfile.XGLTYPE), one_file("a"), one_file("b")), "twice"),
        ((pax(record("GNU.sparse.realsize", str(1 << 40)) + record("GNU.sparse.map", "0,1")), one_file()), "no file"),
        (tuple(pax(record("comment", "x")) for _ in range(2000)), "broken"),  # each calls the next
        ((one_file(), b"\1" * 512, one_file("b")), "after its end"),  # a broken header ends tarfile's reading silently
    ],
)
def test_tricks_with_headers_are_refused(blocks: tuple[bytes, ...], says: str) -> None:
    assert says in refused(packed(*blocks))


def test_a_sparse_file_is_refused() -> None:
    info = member("sparse", tarfile.GNUTYPE_SPARSE)
    header = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    header[386:398], header[398:410], header[483:495] = b"00000000000\0", b"00000000000\0", b"77777777777\0"
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    assert "no file" in refused(packed(bytes(header)))


GARBAGE = {"plain": b"not a tarball", "nothing": gzip.compress(b""), "packed": gzip.compress(b"not a tarball" * 100)}


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE)
def test_what_is_no_tarball_is_refused(garbage: bytes) -> None:
    assert "broken" in refused(io.BytesIO(garbage))


@pytest.mark.parametrize("cut", [0, 5, 2000, -9, -1])
def test_a_download_that_was_cut_short_is_tried_again(cut: int) -> None:
    whole = tarball(("a", os.urandom(5000)), ("b", b"2")).read()
    with pytest.raises(CheckoutIncomplete):
        read_tarball(io.BytesIO(whole[:cut]))


def test_a_flipped_bit_is_noticed() -> None:
    whole = bytearray(tarball(("a", os.urandom(5000))).read())
    whole[-6] ^= 1  # in the sum
    assert "broken" in refused(io.BytesIO(bytes(whole)))


def test_an_error_of_the_connection_passes() -> None:
    class Broken(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            raise ConnectionResetError(size)

    with pytest.raises(ConnectionResetError):
        read_tarball(Broken())  # type: ignore[arg-type]


WHOLE = gzip.decompress(tarball(("a" * 120, b"1" * 600), ("b", b"2"), member("l", tarfile.SYMTYPE, link="b")).read())


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), max_size=6), st.integers(0, len(WHOLE)))
def test_whatever_is_wrong_with_it_the_answer_is_one_of_ours(changes: list[tuple[int, int]], cut: int) -> None:
    broken = bytearray(WHOLE)
    for position, value in changes:
        broken[position] = value
    says = ""
    try:
        with read_tarball(io.BytesIO(gzip.compress(bytes(broken[:cut]), 1))) as checkout:
            for file in checkout.files():
                assert sum(map(len, checkout.chunks(file))) == file.size
    except CheckoutRefused as refusal:
        says = str(refusal)
    assert "\n" not in says
