"""Where a ticket is found, and what only looks like one."""

import pytest

from app.core.ticket import GITHUB, JIRA, TRELLO, TicketPattern, find_ticket


@pytest.mark.parametrize(
    ("text", "ticket"),
    [
        ("SHOP-42", "SHOP-42"),
        ("feature/SHOP-42-better-cart", "SHOP-42"),
        ("feature_SHOP-42_cart", "SHOP-42"),
        ("[SHOP-42] and [SHOP-43]", "SHOP-42"),
        ("A1-7: two letters will do", "A1-7"),
        ("shop-42", None),
        ("Shop-42", None),
        ("X-42", None),
        ("SHOP-042", None),
        ("SHOP-42x", None),
        ("xSHOP-42", None),
        ("SHOP-12345678901", None),
        ("UTF-8", None),
        ("SHA-256", None),
        ("CVE-2024-1234", None),
        ("AES-256 for SHOP-7", "SHOP-7"),
        ("", None),
    ],
)
def test_jira(text: str, ticket: str | None) -> None:
    assert JIRA.in_branch(text) == JIRA.in_prose(text) == ticket


@pytest.mark.parametrize(
    ("branch", "ticket"),
    [
        ("aB3dE6gH-cart", "aB3dE6gH"),
        ("feature/aB3dE6gH", "aB3dE6gH"),
        ("feature/Refactor-cart", None),
        ("abcdefgh", None),
        ("aB3dE6gHi", None),
    ],
)
def test_trello_in_a_branch(branch: str, ticket: str | None) -> None:
    assert TRELLO.in_branch(branch) == ticket


@pytest.mark.parametrize(
    ("text", "ticket"),
    [
        ("see https://trello.com/c/aB3dE6gH/12-cart", "aB3dE6gH"),
        ("the card aB3dE6gH", None),
        ("trello.com/c/short", None),
    ],
)
def test_trello_in_prose_is_a_link(text: str, ticket: str | None) -> None:
    assert TRELLO.in_prose(text) == ticket


@pytest.mark.parametrize(
    ("branch", "ticket"),
    [
        ("57-fix-the-cart", "#57"),
        ("ann/57-fix", "#57"),
        ("issue-57", "#57"),
        ("gh_57_fix", "#57"),
        ("57", "#57"),
        ("release/1.2", None),
        ("v57", None),
        ("fix-57", None),
        ("057-fix", None),
    ],
)
def test_github_in_a_branch(branch: str, ticket: str | None) -> None:
    assert GITHUB.in_branch(branch) == ticket


@pytest.mark.parametrize(
    ("text", "ticket"),
    [("Fixes #57.", "#57"), ("(#57)", "#57"), ("acme/api#57", None), ("&#39;", None), ("#57abc", None), ("#0", None)],
)
def test_github_in_prose(text: str, ticket: str | None) -> None:
    assert GITHUB.in_prose(text) == ticket


def test_the_branch_comes_before_the_title_and_the_title_before_the_body() -> None:
    assert find_ticket(JIRA, "SHOP-1", "SHOP-2", "SHOP-3") == "SHOP-1"
    assert find_ticket(JIRA, "cart", "SHOP-2", "SHOP-3") == "SHOP-2"
    assert find_ticket(JIRA, "cart", "A better cart", "For SHOP-3") == "SHOP-3"
    assert find_ticket(JIRA, "cart", "A better cart", "") is None


def test_a_pattern_of_ones_own() -> None:
    own = TicketPattern(lambda text: text or None, lambda _: "prose")
    assert find_ticket(own, "branch") == "branch"
    assert find_ticket(own, "") == "prose"
