"""The keys of sources, as they are stored and woken."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.source import SourceKey
from tests.builders import a_source

REPOSITORY = st.from_regex(r"[A-Za-z0-9-]{1,10}/[A-Za-z0-9_.-]{1,10}", fullmatch=True)


@given(REPOSITORY, st.integers(1, 10**9))
def test_a_pull_requests_key_comes_back(repository: str, number: int) -> None:
    key = SourceKey(repository, pull_request=number)
    assert SourceKey.parse(str(key)) == key


@given(REPOSITORY, st.text(min_size=1))
def test_a_branchs_key_comes_back_whatever_it_is_called(repository: str, branch: str) -> None:
    key = SourceKey(repository, branch=branch)
    assert SourceKey.parse(str(key)) == key


@pytest.mark.parametrize(
    "text", ["", "acme/shop", "acme/shop@", "@main", "#5", "acme/shop#", "acme/shop#x", "acme/shop#-1"]
)
def test_what_is_no_key(text: str) -> None:
    with pytest.raises(ValueError, match="is no source"):
        SourceKey.parse(text)


def test_the_key_of_a_source() -> None:
    assert str(a_source(57).key) == "acme/shop#57"
    assert str(a_source(None, branch="main").key) == "acme/shop@main"
