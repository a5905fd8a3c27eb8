"""Slack's signature: right, fresh and of one form; nothing that a stranger sends raises."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.signature import SignatureVerifier

from app.slack.signature import WINDOW, is_genuine

NOW = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
SECRET = b"8f742231b10e8888abcd99yyyzzz85a5"
BODY = b"token=x&text=%C3%BC"


def _sign(moment: datetime, body: bytes = BODY, secret: bytes = SECRET) -> tuple[bytes, bytes]:
    timestamp = str(int(moment.timestamp())).encode()
    digest = hmac.new(secret, b"v0:" + timestamp + b":" + body, hashlib.sha256).hexdigest()
    return b"v0=" + digest.encode(), timestamp


def test_the_vector_of_slacks_own_documentation() -> None:
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name="
        b"foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2F"
        b"hooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015."
        b"47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    signature = b"v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    then = datetime.fromtimestamp(1531420618, UTC)
    assert is_genuine(signature, b"1531420618", body, SECRET, then)


def test_the_sdk_agrees() -> None:
    signature, timestamp = _sign(NOW)
    known = SignatureVerifier(SECRET.decode()).generate_signature(timestamp=timestamp.decode(), body=BODY)
    assert (known or "").encode() == signature
    assert is_genuine(signature, timestamp, BODY, SECRET, NOW)


@pytest.mark.parametrize("offset", [WINDOW, -WINDOW, timedelta(0)], ids=str)
def test_five_minutes_are_taken(offset: timedelta) -> None:
    assert is_genuine(*_sign(NOW + offset), BODY, SECRET, NOW)


@pytest.mark.parametrize("offset", [WINDOW, -WINDOW], ids=str)
def test_a_second_more_is_not(offset: timedelta) -> None:
    beyond = offset + timedelta(seconds=1) if offset > timedelta(0) else offset - timedelta(seconds=1)
    assert not is_genuine(*_sign(NOW + beyond), BODY, SECRET, NOW)


def test_another_body_secret_or_timestamp_is_not_taken() -> None:
    signature, timestamp = _sign(NOW)
    assert not is_genuine(signature, timestamp, BODY + b"x", SECRET, NOW)
    assert not is_genuine(signature, timestamp, BODY, SECRET + b"x", NOW)
    assert not is_genuine(signature, str(int(timestamp) + 1).encode(), BODY, SECRET, NOW)


@given(signature=st.binary(max_size=80), timestamp=st.binary(max_size=30), body=st.binary(max_size=50))
def test_whatever_is_sent_is_refused_and_nothing_raises(signature: bytes, timestamp: bytes, body: bytes) -> None:
    assert not is_genuine(signature, timestamp, body, SECRET, NOW)
    right, _ = _sign(NOW)
    assert not is_genuine(right, timestamp, BODY, SECRET, NOW)


@pytest.mark.parametrize("timestamp", [b"", b"abc", b"1e9", b"-1", b" 1", b"1\n", "٣".encode(), b"9" * 13, b"9" * 5000])
def test_a_timestamp_that_is_no_number_is_refused(timestamp: bytes) -> None:
    digest = hmac.new(SECRET, b"v0:" + timestamp + b":" + BODY, hashlib.sha256).hexdigest()
    assert not is_genuine(b"v0=" + digest.encode(), timestamp, BODY, SECRET, NOW)
