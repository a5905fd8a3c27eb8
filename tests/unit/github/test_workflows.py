"""Who gives workflows their tokens, by where the API is."""

import pytest

from app.github.workflows import is_identity, issuer_of


@pytest.mark.parametrize(
    ("api_url", "issuer"),
    [
        ("https://api.github.com", "https://token.actions.githubusercontent.com"),
        ("https://api.github.com/", "https://token.actions.githubusercontent.com"),
        ("https://api.octo.ghe.com", "https://token.actions.octo.ghe.com"),
        ("https://github.example.com/api/v3", "https://github.example.com/_services/token"),
        ("https://github.example.com/api/v3/", "https://github.example.com/_services/token"),
        ("http://127.0.0.1:4000", "http://127.0.0.1:4000"),
        ("https://api.github.com.example.com", "https://api.github.com.example.com"),
        ("https://api.octo.ghe.com.example.com", "https://api.octo.ghe.com.example.com"),
    ],
)
def test_the_issuer_follows_from_the_api(api_url: str, issuer: str) -> None:
    assert issuer_of(api_url) == issuer


@pytest.mark.parametrize(
    ("token", "is_one"), [("a.b.c", True), ("mfy_abc", False), ("a.b", False), ("a.b.c.d", False), ("a..c", False)]
)
def test_its_form(token: str, is_one: bool) -> None:
    assert is_identity(token) is is_one
