"""The tags of every stack of ours."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.tagging import FOREVER, LONGEST_VALUE, keep_of, keep_tags, tag_value, tags_of
from tests.builders import an_environment

ALLOWED = re.compile(r"[\w .:/=+\-@]*")
"""What AWS takes: letters, numbers, the space and these signs."""


def test_the_tags_of_a_pull_requests_environment() -> None:
    assert tags_of(an_environment(), "me") == {
        "mayfly:managed": "me",
        "mayfly:environment": "SHOP-42",
        "mayfly:repository": "acme/shop",
        "mayfly:pull-request": "57",
        "mayfly:ticket": "SHOP-42",
        "mayfly:owner": "ann",
    }


def test_what_there_is_not_has_no_tag() -> None:
    tags = tags_of(an_environment(ticket=None, pull_request=None), "me")
    assert not {"mayfly:ticket", "mayfly:pull-request"} & set(tags)


def test_the_commit_is_no_tag() -> None:
    assert "c" * 40 not in tags_of(an_environment(), "me").values()


def test_signs_that_aws_refuses_become_hyphens() -> None:
    assert tag_value("#57") == "-57"
    assert tag_value("dependabot[bot]") == "dependabot-bot-"
    assert tag_value("tab\tand\nline") == "tab-and-line"
    assert tag_value("Größe 1") == "Größe 1"


@given(st.text())
def test_any_text_becomes_a_value_that_aws_takes(text: str) -> None:
    value = tag_value(text)
    assert ALLOWED.fullmatch(value)
    assert len(value) <= LONGEST_VALUE


@pytest.mark.parametrize(
    ("tags", "until"),
    [
        ({}, None),
        ({"mayfly:keep": "true"}, FOREVER),
        ({"mayfly:keep": "TRUE "}, FOREVER),
        ({"mayfly:keep": "false"}, None),
        ({"mayfly:keep-until": "2026-03-09T08:00:00Z"}, datetime(2026, 3, 9, 8, tzinfo=UTC)),
        ({"mayfly:keep-until": "2026-03-09"}, datetime(2026, 3, 9, tzinfo=UTC)),
        ({"mayfly:keep-until": "friday"}, FOREVER),
    ],
    ids=["none", "keep", "capitals", "no keep", "until", "a day", "unreadable: kept"],
)
def test_the_tags_that_keep_a_stack_are_read_and_handed_on(tags: dict[str, str], until: datetime | None) -> None:
    assert keep_of(tags) == until
    assert keep_of(keep_tags(until)) == until
