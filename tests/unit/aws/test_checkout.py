"""A checkout: paths and links stay inside, whatever they say."""

import threading
from pathlib import Path

import pytest

from app.aws.checkout import Checkout, CheckoutRefused


def commit(files: dict[str, str], links: dict[str, str] | None = None) -> Checkout:
    checkout = Checkout()
    for path, text in files.items():
        checkout.add_file(path, [text.encode()])
    for path, target in (links or {}).items():
        checkout.add_link(path, target)
    return checkout


def test_files_come_sorted_and_named_from_where_was_asked() -> None:
    with commit({"b/z": "1", "b/a/x": "22", "c": "3"}) as checkout:
        assert [file.path for file in checkout.files()] == ["b/a/x", "b/z", "c"]
        assert [(file.path, file.size) for file in checkout.files("b")] == [("a/x", 2), ("z", 1)]
        assert [file.path for file in checkout.files("b/z")] == ["z"]


def test_what_is_there_is_known_by_any_spelling() -> None:
    with commit({"a/b/c": "1"}, {"near": "a/./b", "far": "near/../b/c"}) as checkout:
        for path in ("a/b/c", "./a//b/c", "a/b/../b/c", "near/c", "far"):
            assert checkout.real_path(path) == "a/b/c"
            assert checkout.read(path) == b"1"
        assert checkout.is_dir("near")
        assert checkout.is_dir("")
        assert not checkout.is_dir("far")
        assert not checkout.exists("a/b/c/d")
        assert checkout.names("near") == {"c"}
        assert checkout.names("") == {"a", "near", "far"}
        assert checkout.names("nothing") == frozenset()


def test_a_linked_directory_gives_its_files() -> None:
    with commit({"shared/one.py": "1", "shared/sub/two.py": "2"}, {"src/lib": "../shared"}) as checkout:
        assert [file.path for file in checkout.files("src")] == ["lib/one.py", "lib/sub/two.py"]


@pytest.mark.parametrize("path", ["/etc/passwd", "..", "a/../../b", "out", "sideways", "chain", "out/x"])
def test_a_path_that_leaves_is_refused(path: str) -> None:
    with commit({"a/b": "1"}, {"out": "/etc", "sideways": "a/../../x", "chain": "a/../out"}) as checkout:
        for ask in (checkout.read, checkout.exists, checkout.is_dir, checkout.real_path, checkout.names):
            with pytest.raises(CheckoutRefused, match=r"leaves the repository|outside the repository"):
                ask(path)


@pytest.mark.parametrize(
    ("links", "says"),
    [
        ({"src/x": "/etc"}, "'x' leaves the repository by a link to '/etc'"),
        ({"src/x": "../../y"}, "'x' leaves the repository"),
        ({"src/x": "nothing"}, "'x' is a link to nothing"),
        ({"src/x": "."}, "'x' is a link into a directory above itself"),
        ({"src/x": "../src"}, "'x' is a link into a directory above itself"),
        ({"src/x": "y", "src/y": "x"}, "'x' is a link that leads round in a circle"),
    ],
)
def test_a_bad_link_is_refused_where_its_directory_is_used(links: dict[str, str], says: str) -> None:
    with commit({"src/a": "1", "other/b": "1"}, links) as checkout:
        assert len(list(checkout.files("other"))) == 1
        with pytest.raises(CheckoutRefused) as caught:
            list(checkout.files("src"))
        assert str(caught.value).startswith(says)


def test_links_cannot_multiply_the_commit() -> None:
    levels = 30
    links = {f"d{level}/{side}": f"../d{level + 1}" for level in range(levels) for side in "lr"}
    with commit({f"d{levels}/f": "1"}, links) as checkout, pytest.raises(CheckoutRefused, match="links make more than"):
        list(checkout.files("d0"))


def test_links_cannot_make_it_deeper_than_the_stack() -> None:
    links = {f"d{level}/down": f"../d{level + 1}" for level in range(2000)}
    with commit({"d2000/f": "1"}, links) as checkout, pytest.raises(CheckoutRefused, match="directories deep"):
        list(checkout.files("d0"))


def test_only_small_files_are_read_at_once() -> None:
    with commit({"a": "12345"}) as checkout:
        assert checkout.read("a", most=5) == b"12345"
        with pytest.raises(CheckoutRefused, match="'a' has 5 bytes where at most 4 are read"):
            checkout.read("a", most=4)


@pytest.mark.parametrize("path", ["", "dir", "nothing"])
def test_only_files_are_read(path: str) -> None:
    with commit({"dir/a": "1"}) as checkout, pytest.raises(CheckoutRefused, match="is no file of the commit"):
        checkout.read(path)


def test_what_is_not_there_is_said() -> None:
    with commit({"src/a": "1"}) as checkout, pytest.raises(CheckoutRefused, match="'Src' is not in the commit"):
        list(checkout.files("Src"))


def test_threads_may_read_side_by_side() -> None:
    texts = {f"f{number}": str(number) * 200_000 for number in range(4)}
    seen: dict[str, bytes] = {}
    with commit(texts) as checkout:
        readers = [threading.Thread(target=lambda p=path: seen.update({p: checkout.read(p)})) for path in texts]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
    assert seen == {path: text.encode() for path, text in texts.items()}


def test_the_bytes_are_gone_when_it_is_closed(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path)
    checkout.add_file("a", [b"1"])
    checkout.close()
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ValueError, match="closed"):
        checkout.read("a")
