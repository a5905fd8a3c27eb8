"""Where a webhook belongs: the few fields that route it, strictly typed."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.source import SourceKey
from app.github.events import NotAnObject, Routing, Unroutable, route

SHOP = {"full_name": "acme/shop", "id": 1, "private": True}


def _route(event: str, **content: Any) -> Routing:
    return route(event, json.dumps({"repository": SHOP, "sender": {"login": "ada"}, **content}).encode())


class TestPullRequests:
    @pytest.mark.parametrize("action", ["opened", "synchronize", "closed", "action_of_tomorrow"])
    def test_every_action_wakes_the_pull_request(self, action: str) -> None:
        expected = Routing(action, "acme/shop", 57, SourceKey("acme/shop", pull_request=57))
        assert _route("pull_request", action=action, number=57) == expected


class TestBranches:
    @pytest.mark.parametrize("branch", ["main", "SHOP-42-basket", "feature/SHOP-42", "a@b#c?d|e", "ünïcode-🦋"])
    def test_a_push_wakes_its_branch(self, branch: str) -> None:
        expected = Routing(repository="acme/shop", source=SourceKey("acme/shop", branch=branch))
        assert _route("push", ref=f"refs/heads/{branch}") == expected
        assert _route("create", ref=branch, ref_type="branch") == expected
        assert _route("delete", ref=branch, ref_type="branch") == expected

    def test_tags_and_other_refs_concern_nothing_of_ours(self) -> None:
        for found in (
            _route("push", ref="refs/tags/v1"),
            _route("push", ref="refs/notes/x"),
            _route("create", ref="v1", ref_type="tag"),
        ):
            assert found == Routing(repository="acme/shop")

    @given(branch=st.text(min_size=1))
    def test_the_key_of_any_branch_is_read_back_as_it_was(self, branch: str) -> None:
        try:
            source = _route("push", ref=f"refs/heads/{branch}").source
        except (Unroutable, NotAnObject):
            return
        if source is not None:
            assert SourceKey.parse(str(source)) == source == SourceKey("acme/shop", branch=branch)


class TestComments:
    def test_one_on_a_pull_request_wakes_it(self) -> None:
        found = _route("issue_comment", action="created", issue={"number": 57, "pull_request": {"url": "x"}})
        assert found == Routing("created", "acme/shop", 57, SourceKey("acme/shop", pull_request=57))

    def test_one_on_an_issue_concerns_nothing_of_ours(self) -> None:
        assert _route("issue_comment", action="created", issue={"number": 57}) == Routing("created", "acme/shop")


class TestOthers:
    def test_only_their_action_is_noted(self) -> None:
        assert route("installation", b'{"action": "created"}') == Routing("created")
        assert route("ping", b'{"zen": "x"}') == Routing()

    def test_fields_that_do_not_route_may_be_anything(self) -> None:
        assert (
            _route("pull_request", action="opened", number=57, pull_request=[None, {"head": 1e300}]).pull_request == 57
        )


class TestRefusals:
    @pytest.mark.parametrize("name", ["", "shop", "/shop", "acme/", "a/b/c", "a/..", "a/.", "a b/c", "ü/b", "a/b\n", 5])
    def test_a_repository_that_is_none(self, name: object) -> None:
        with pytest.raises(Unroutable):
            _route("push", ref="refs/heads/main", repository={"full_name": name})

    @pytest.mark.parametrize("number", [0, -1, 2**31, 10**30, "57", None, 57.5, True])
    def test_a_number_that_is_none(self, number: object) -> None:
        with pytest.raises(Unroutable):
            _route("pull_request", action="opened", number=number)

    @pytest.mark.parametrize("body", [b"", b"[]", b"1", b"null", b"{", b'{"a": NaN}', b"{} {}", b"\xff\xfe{\x00}\x00"])
    def test_what_is_no_object(self, body: bytes) -> None:
        for event in ("push", "pull_request", "issue_comment", "ping"):
            with pytest.raises(NotAnObject):
                route(event, body)
