"""What people click and type: read strictly, bounded, and never an address that is not Slack's."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.slack.gestures import (
    LONGEST_TEXT,
    MOST_FIELDS,
    Click,
    MalformedGesture,
    own_address,
    read_click,
    read_command,
    read_form,
)

API = "https://slack.com/api/"
ANSWER = "https://hooks.slack.com/actions/T0MAYFLY0/1/x"

PRESSED = {
    "type": "block_actions",
    "user": {"id": "U01", "username": "ada", "team_id": "T0MAYFLY0"},
    "api_app_id": "A0MAYFLY0",
    "team": {"id": "T0MAYFLY0", "domain": "mayfly"},
    "container": {"type": "message", "message_ts": "1700000000.000100", "channel_id": "C01"},
    "channel": {"id": "C01", "name": "previews"},
    "trigger_id": "1.2.abc",
    "response_url": ANSWER,
    "actions": [{"action_id": "extend", "block_id": "acts", "value": "SHOP-42", "action_ts": "1700000001.5"}],
}
TYPED = {
    "team_id": "T0MAYFLY0",
    "channel_id": "C01",
    "user_id": "U01",
    "user_name": "ada",
    "command": "/mayfly",
    "text": "extend SHOP-42 2d",
    "api_app_id": "A0MAYFLY0",
    "response_url": ANSWER,
    "trigger_id": "1.2.abc",
}


def _click(**changed: Any) -> Click | None:
    return read_click(json.dumps({**PRESSED, **changed}), API)


class TestClicks:
    def test_what_an_order_needs_is_read(self) -> None:
        found = _click()
        assert found is not None
        assert found.content() == {
            "user": "U01",
            "user_name": "ada",
            "team": "T0MAYFLY0",
            "home_team": "T0MAYFLY0",
            "app": "A0MAYFLY0",
            "channel": "C01",
            "response_url": ANSWER,
            "trigger": "1.2.abc",
            "message": "1700000000.000100",
            "action": "extend",
            "block": "acts",
            "value": "SHOP-42",
        }

    def test_the_choice_of_a_menu_is_its_value(self) -> None:
        found = _click(actions=[{"action_id": "extend", "selected_option": {"value": "2d"}}])
        assert found is not None
        assert (found.value, found.block) == ("2d", None)

    @pytest.mark.parametrize("kind", ["view_submission", "shortcut", "message_action", "a_kind_of_tomorrow"])
    def test_any_other_kind_asks_nothing_of_us(self, kind: str) -> None:
        assert _click(type=kind) is None

    @pytest.mark.parametrize(
        ("changed", "is_same"),
        [
            ({"trigger_id": "another", "response_url": ANSWER + "y"}, True),
            ({"user": {"id": "U02"}}, False),
            ({"container": {"message_ts": "1700000000.000200"}}, False),
            ({"actions": [{"action_id": "extend", "value": "SHOP-43"}]}, False),
            ({"actions": [{"action_id": "destroy", "value": "SHOP-42"}]}, False),
        ],
        ids=["another request", "another person", "another message", "another value", "another button"],
    )
    def test_clicks_that_mean_the_same_are_alike(self, changed: Mapping[str, Any], is_same: bool) -> None:
        first, second = _click(), _click(**changed)
        assert first is not None
        assert second is not None
        assert (first.gesture() == second.gesture()) is is_same

    @pytest.mark.parametrize(
        "changed",
        [
            {"user": None},
            {"user": {"id": 5}},
            {"user": {"id": "U01<script>"}},
            {"user": {"id": "U" * 50}},
            {"team": None, "user": {"id": "U01"}},
            {"api_app_id": None},
            {"actions": []},
            {"actions": [PRESSED["actions"][0]] * 2},  # type: ignore[index]
            {"actions": [{"action_id": "x" * 256}]},
            {"actions": [{"action_id": "extend", "value": "x" * 2001}]},
            {"actions": [{"action_id": "extend", "value": "a\x00b"}]},
            {"container": {"message_ts": "now"}},
            {"channel": {"id": "../C01"}},
            {"response_url": "https://evil.example.com/"},
            {"trigger_id": "x" * 101},
        ],
        ids=lambda changed: json.dumps(changed)[:40],
    )
    def test_what_slack_would_not_send_is_refused(self, changed: Mapping[str, Any]) -> None:
        with pytest.raises(MalformedGesture):
            _click(**changed)

    @pytest.mark.parametrize("payload", ["", "{", "[]", "null", '"x"', '{"a": NaN}', '{"type": "\\ud800"}', "[" * 9999])
    def test_what_is_no_object_is_refused(self, payload: str) -> None:
        with pytest.raises(MalformedGesture):
            read_click(payload, API)


class TestCommands:
    def test_what_an_order_needs_is_read(self) -> None:
        content = read_command(TYPED, API).content()
        assert (content["user"], content["team"], content["channel"]) == ("U01", "T0MAYFLY0", "C01")
        assert (content["command"], content["text"], content["response_url"]) == ("/mayfly", TYPED["text"], ANSWER)

    def test_text_is_on_one_line_and_bounded(self) -> None:
        found = read_command({**TYPED, "text": "keep\n\x1b[31mx\u2028" + "x" * 5000}, API)
        assert found.text.startswith("keep  [31mx x")
        assert len(found.text) == LONGEST_TEXT

    @pytest.mark.parametrize("missing", ["user_id", "team_id", "api_app_id", "command"])
    def test_one_without_its_fields_is_refused(self, missing: str) -> None:
        with pytest.raises(MalformedGesture, match=missing):
            read_command({name: value for name, value in TYPED.items() if name != missing}, API)


class TestForms:
    def test_a_form_is_read(self) -> None:
        assert read_form(urlencode({"text": "ü & =", "empty": ""}).encode()) == {"text": "ü & =", "empty": ""}

    @pytest.mark.parametrize(
        "body",
        [
            b"a=1&a=2",
            b"a=%FF",
            b"\xff=1",
            "ü=1".encode(),
            b"a",
            b"&".join(b"f%d=1" % number for number in range(MOST_FIELDS + 1)),
        ],
        ids=["a field twice", "no UTF-8", "raw bytes", "raw UTF-8", "no value", "too many fields"],
    )
    def test_what_is_none_is_refused(self, body: bytes) -> None:
        with pytest.raises(MalformedGesture):
            read_form(body)


class TestAddresses:
    @pytest.mark.parametrize("url", [ANSWER, "https://HOOKS.slack.com/x", "https://slack.com/api/x"])
    def test_slacks_own_are_taken(self, url: str) -> None:
        assert own_address(url, API) == url

    def test_those_of_a_stand_in_are_taken(self) -> None:
        stand_in = "http://127.0.0.1:4711/response/x"
        assert own_address(stand_in, "http://127.0.0.1:4711/api/") == stand_in
        assert own_address(None, API) is None

    @pytest.mark.parametrize(
        "url",
        [
            "http://hooks.slack.com/x",
            "https://hooks.slack.com:8443/x",
            "https://hooks.slack.com.evil.example/x",
            "https://evil.example/hooks.slack.com",
            "https://hooks.slack.com@evil.example/x",
            "https://evil.example#@hooks.slack.com/",
            "https://evil.example\\@hooks.slack.com/",
            "https://hooks.slack.com\n.evil.example/",
            "https://hooks.slack.com\t/x",
            "https://hooks.sl\u0430ck.com/x",
            "//hooks.slack.com/x",
            "file://hooks.slack.com/etc/passwd",
            "gopher://slack.com/x",
            "http://slack.com/x",
            "http://169.254.169.254/latest/meta-data/",
            "http://127.0.0.1:4712/x",
            "https://[::1/x",
            "hooks.slack.com",
            "https://hooks.slack.com/" + "x" * 500,
        ],
    )
    def test_nobody_elses_is(self, url: str) -> None:
        with pytest.raises(MalformedGesture):
            own_address(url, API)


_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "value", "name"]), inner),
    max_leaves=5,
)


@given(changed=st.dictionaries(st.sampled_from([*PRESSED]), _ANYTHING))
def test_any_interaction_is_read_or_refused(changed: dict[str, Any]) -> None:
    try:
        _click(**changed)
    except MalformedGesture:
        return


@given(body=st.binary(max_size=200))
def test_any_body_is_a_form_or_refused(body: bytes) -> None:
    try:
        read_command(read_form(body), API)
    except MalformedGesture:
        return
