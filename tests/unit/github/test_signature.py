"""Only what was signed with one of our secrets, byte by byte, is ours."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.github.signature import matching_secret

GITHUBS = b"sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
"""GitHub's own example (https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries)."""
SECRET, BODY = b"It's a Secret to Everybody", b"Hello, World!"


def test_githubs_own_example() -> None:
    assert matching_secret(GITHUBS, BODY, [SECRET]) == 0


def test_the_secret_that_matched_is_told() -> None:
    assert matching_secret(GITHUBS, BODY, [b"new", SECRET, b"old"]) == 1
    assert matching_secret(GITHUBS, BODY, [SECRET, SECRET]) == 0


@pytest.mark.parametrize(
    "signature",
    [
        b"",
        b"sha256=",
        GITHUBS[:-1],
        GITHUBS + b"0",
        GITHUBS + b"\n",
        b" " + GITHUBS,
        GITHUBS.upper(),
        GITHUBS.replace(b"sha256", b"sha1"),
        GITHUBS.removeprefix(b"sha256="),
        b"sha256=" + "ü".encode() * 32,
        b"sha256=" + b"\xff" * 64,
    ],
)
def test_another_form_never_matches(signature: bytes) -> None:
    assert matching_secret(signature, BODY, [SECRET]) is None


def test_no_secret_matches_nothing() -> None:
    assert matching_secret(GITHUBS, BODY, []) is None


@given(body=st.binary(), other=st.binary(), secret=st.binary(min_size=1), signature=st.binary(max_size=80))
def test_only_the_signed_bytes_match(body: bytes, other: bytes, secret: bytes, signature: bytes) -> None:
    signed = b"sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest().encode()
    assert matching_secret(signed, body, [secret]) == 0
    assert (matching_secret(signed, other, [secret]) == 0) == (other == body)
    assert matching_secret(signature, body, [secret]) in ({0} if signature == signed else {None})
