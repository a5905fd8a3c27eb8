"""What is uploaded: keys made of the content, and zips that come out the same every time."""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.aws.checkout import Checkout
from app.aws.packaging import Target, package

TARGET = Target("bkt", "shop/", "https://s3.eu-west-1.amazonaws.com")
LAYER = json.dumps({"Resources": {"X": {"Type": "AWS::Lambda::LayerVersion", "Properties": {"Content": "d"}}}})


def zipped(files: list[tuple[str, str]], executable: Iterable[str] = ()) -> tuple[str, bytes]:
    """Key and bytes of a zip of the files, which come in this order."""
    with Checkout() as checkout:
        for path, text in files:
            checkout.add_file(f"d/{path}", [text.encode()], is_executable=path in executable)
        checkout.add_file("t", [LAYER.encode()])
        (artifact,) = package(checkout, "t", TARGET).artifacts
        with artifact.open() as stream:
            return artifact.key, stream.read()


def key_of(files: dict[str, str], executable: Iterable[str] = ()) -> str:
    return zipped(list(files.items()), executable)[0]


def test_a_zip_has_fixed_dates_modes_and_order() -> None:
    _, content = zipped([("z", "1"), ("a/ü", "2"), ("a-b", "3")], ["z"])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = [(e.filename, e.date_time, oct(e.external_attr >> 16), e.create_system) for e in archive.infolist()]
    date = (1980, 1, 1, 0, 0, 0)
    assert entries == [("a-b", date, "0o100644", 3), ("a/ü", date, "0o100644", 3), ("z", date, "0o100755", 3)]


@pytest.mark.parametrize(
    "changed",
    [{"a": "2"}, {"a": "1", "b": ""}, {"b": "1"}, {"a/a": "1"}, {}],
    ids=["content", "file", "name", "place", "nothing left"],
)
def test_every_change_changes_the_key(changed: dict[str, str]) -> None:
    assert key_of({**changed, "keep": "k"}) != key_of({"a": "1", "keep": "k"})


def test_a_chmod_changes_the_key() -> None:
    assert key_of({"a": "1"}) != key_of({"a": "1"}, ["a"])


def test_bytes_cannot_move_between_names_unnoticed() -> None:
    assert key_of({"a": "bc", "d": ""}) != key_of({"a": "b", "cd": ""})
    assert key_of({"a": "", "b": "1"}) != key_of({"a": "1", "b": ""})


NAME = st.text(
    st.characters(codec="utf-8", exclude_characters="/\0\n", exclude_categories=("Cc", "Cs")), min_size=1, max_size=8
)
TREES = st.dictionaries(NAME.filter(lambda name: name not in (".", "..")), st.text(max_size=50), min_size=1, max_size=6)


@settings(max_examples=40, deadline=None)
@given(TREES, st.randoms())
def test_the_same_files_give_the_same_zip_in_any_order(files: dict[str, str], random: Any) -> None:
    ordered = list(files.items())
    first = zipped(ordered)
    random.shuffle(ordered)
    assert zipped(ordered) == first


def test_links_within_are_followed_and_git_is_left_out() -> None:
    with Checkout() as checkout:
        for path, text in {"d/a": "1", "d/.git/config": "x", "shared/b": "2", "t": LAYER}.items():
            checkout.add_file(path, [text.encode()])
        checkout.add_link("d/b", "../shared/b")
        (artifact,) = package(checkout, "t", TARGET).artifacts
        with artifact.open() as stream, zipfile.ZipFile(stream) as archive:
            assert {name: archive.read(name) for name in archive.namelist()} == {"a": b"1", "b": b"2"}
    assert artifact.key == key_of({"a": "1", "b": "2"})


def test_a_zip_is_uploaded_as_it_is() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("app.py", "pass")
    with Checkout() as checkout:
        checkout.add_file("d", [buffer.getvalue()])
        checkout.add_file("t", [LAYER.encode()])
        (artifact,) = package(checkout, "t", TARGET).artifacts
        with artifact.open() as stream:
            assert stream.read() == buffer.getvalue()
    assert artifact.digest == hashlib.sha256(buffer.getvalue()).hexdigest()


def test_templates_and_single_files_are_read_back() -> None:
    nested = {"Type": "AWS::CloudFormation::Stack", "Properties": {"TemplateURL": "c.yaml"}}
    include = {"Name": "AWS::Include", "Parameters": {"Location": "snippet"}}
    with Checkout() as checkout:
        checkout.add_file("t", [json.dumps({"Resources": {"S": nested}, "Transform": include}).encode()])
        checkout.add_file("c.yaml", [b"Resources: {}"])
        checkout.add_file("snippet", [b"A: 1"])
        result = package(checkout, "t", TARGET)
        read = {}
        for artifact in (*result.artifacts, result.template):
            with artifact.open() as stream:
                read[artifact.key] = stream.read()
    assert set(read.values()) == {b'{"Resources":{}}', b"A: 1", result.body.encode()}
    assert {key.rpartition("/")[2] for key in read} == {
        hashlib.sha256(content).hexdigest() + (".template" if content.startswith(b"{") else "")
        for content in read.values()
    }


def test_nothing_can_be_read_once_the_checkout_is_closed() -> None:
    with Checkout() as checkout:
        checkout.add_file("d/a", [b"1"])
        checkout.add_file("t", [LAYER.encode()])
        (artifact,) = package(checkout, "t", TARGET).artifacts
    with pytest.raises(ValueError, match="closed"):
        artifact.open()
