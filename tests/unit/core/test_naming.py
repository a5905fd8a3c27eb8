"""Names: legal for CloudFormation, different for different texts, and as written where that is legal."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.naming import (
    LONGEST_ENVIRONMENT,
    LONGEST_NAME,
    fold,
    name_for_branch,
    name_for_pull_request,
    name_for_second,
    name_for_ticket,
    stack_name,
)

LEGAL = re.compile(r"[A-Za-z][-A-Za-z0-9]{0,127}")
TEXT = st.text(max_size=300) | st.from_regex(r"[A-Za-z0-9/_.-]{1,200}", fullmatch=True)


@given(TEXT)
def test_any_ticket_gives_a_legal_name(ticket: str) -> None:
    name = name_for_ticket(ticket)
    assert LEGAL.fullmatch(name)
    assert len(name) <= LONGEST_ENVIRONMENT + len("ticket-")


@given(TEXT, TEXT)
def test_any_branch_gives_a_legal_name(repository: str, branch: str) -> None:
    assert LEGAL.fullmatch(name_for_branch(repository, branch))


@given(TEXT, st.integers(1, 10**9))
def test_any_pull_request_gives_a_legal_name(repository: str, number: int) -> None:
    assert LEGAL.fullmatch(name_for_pull_request(repository, number))


@given(TEXT, TEXT, st.integers(1, 10**9), st.booleans())
def test_any_second_environment_has_a_legal_name(ticket: str, repository: str, number: int, same: bool) -> None:
    name = name_for_ticket(ticket)
    for _ in range(5):
        name = name_for_second(name, repository, number, same_repository=same)
        assert LEGAL.fullmatch(name)


@given(TEXT, TEXT)
def test_any_stack_has_a_legal_name(ticket: str, stack: str) -> None:
    assert LEGAL.fullmatch(stack_name(name_for_ticket(ticket), stack, alone=False))


@given(TEXT, TEXT, st.integers(20, LONGEST_NAME))
def test_different_texts_have_different_names(one: str, other: str, longest: int) -> None:
    assert (fold(one, longest) == fold(other, longest)) is (one == other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("a/b-c", "a-b/c"), ("a b", "a_b"), ("é", "e"), ("a" * 81, "a" * 82), ("-a", "a"), ("日本", "中国"), ("", "-")],
)
def test_texts_that_fold_alike_are_told_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(st.from_regex(r"[A-Za-z][-A-Za-z0-9]{0,79}", fullmatch=True))
def test_what_is_legal_stays(name: str) -> None:
    assert fold(name) == name


@pytest.mark.parametrize(
    ("ticket", "name"),
    [
        ("SHOP-42", "SHOP-42"),
        ("#57", "ticket-57"),
        ("57", "ticket-57"),
        ("aB3dE6gH", "aB3dE6gH"),
        ("3dE6gHaB", "ticket-3dE6gHaB"),
    ],
)
def test_a_ticket_is_found_by_what_people_know(ticket: str, name: str) -> None:
    assert name_for_ticket(ticket) == name


def test_other_names() -> None:
    assert name_for_pull_request("acme/shop", 57) == "shop-pr-57"
    assert name_for_pull_request("acme/2048", 57) == "repo-2048-pr-57"
    assert name_for_branch("acme/shop", "main") == "shop-main"
    assert name_for_second("SHOP-42", "acme/shop", 57, same_repository=True) == "SHOP-42-pr57"
    assert name_for_second("SHOP-42", "acme/api", 57, same_repository=False) == "SHOP-42-api"
    assert name_for_second("SHOP-42", "acme/shop", None, same_repository=True) == "SHOP-42-shop"


def test_the_only_stack_bears_the_environments_name() -> None:
    assert stack_name("SHOP-42", "api", alone=True) == "SHOP-42"
    assert stack_name("SHOP-42", "api", alone=False) == "SHOP-42-api"
