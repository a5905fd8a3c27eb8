"""Spans of time as people write them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.span import format_span, parse_span


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("30s", timedelta(seconds=30)),
        ("5m", timedelta(minutes=5)),
        (" 2 h ", timedelta(hours=2)),
        ("3d", timedelta(days=3)),
    ],
)
def test_what_is_read(text: str, span: timedelta) -> None:
    assert parse_span(text) == span


@pytest.mark.parametrize("text", ["", "3", "d", "0s", "-3d", "3w", "1.5h", "1h30m", "9999999s", "٣d", "3D"])
def test_what_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write it like 30s, 5m, 2h or 3d"):
        parse_span(text)


@pytest.mark.parametrize(
    ("span", "text"),
    [(timedelta(days=1), "1d"), (timedelta(minutes=90), "90m"), (timedelta(seconds=61), "61s"), (timedelta(0), "0s")],
)
def test_what_is_written(span: timedelta, text: str) -> None:
    assert format_span(span) == text


@given(st.integers(1, 999_999))
def test_what_is_written_can_be_read(seconds: int) -> None:
    assert parse_span(format_span(timedelta(seconds=seconds))) == timedelta(seconds=seconds)
