"""Where a webhook belongs: the few fields that route it, strictly typed."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.source import SourceKey
from app.github.events import LONGEST_LINE, Comment, NotAnObject, Press, Routing, Unroutable, route

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
    def test_one_that_tells_us_nothing_wakes_nobody(self) -> None:
        found = _route("issue_comment", action="created", issue={"number": 57, "pull_request": {"url": "x"}})
        assert found == Routing("created", "acme/shop", 57)

    def test_one_on_an_issue_concerns_nothing_of_ours(self) -> None:
        assert _route("issue_comment", action="created", issue={"number": 57}) == Routing("created", "acme/shop")


class TestReviews:
    @pytest.mark.parametrize(
        ("event", "action"),
        [("pull_request_review", "submitted"), ("pull_request_review_comment", "created")],
        ids=["review", "line"],
    )
    @pytest.mark.parametrize(("sender", "is_activity"), [("User", True), ("Bot", False)], ids=["person", "bot"])
    def test_a_persons_review_wakes_its_pull_request(
        self, event: str, action: str, sender: str, is_activity: bool
    ) -> None:
        found = _route(event, action=action, pull_request={"number": 57}, sender={"type": sender})
        assert (found.pull_request, found.source is not None) == (57, is_activity)

    def test_one_that_is_edited_or_dismissed_wakes_nobody(self) -> None:
        found = _route("pull_request_review", action="edited", pull_request={"number": 57}, sender={"type": "User"})
        assert found.source is None


ADA = {"login": "ada", "id": 7, "type": "User"}
ON_GITHUB = "https://github.com/acme/shop/pull/57#issuecomment-99"


def _said(body: str = "/mayfly extend 2d", **changed: Any) -> Comment | None:
    comment = {"id": 99, "body": body, "html_url": ON_GITHUB, "user": ADA}
    event = {"action": "created", "issue": {"number": 57, "pull_request": {}}, "comment": comment, "sender": ADA}
    return _route("issue_comment", **{**event, **changed}).comment


class TestWhatIsSaidToMayfly:
    def test_the_first_line_of_a_new_comment_is_read_with_its_author(self) -> None:
        found = _said("/mayfly extend 2d\r\nplease")
        assert found == Comment("acme/shop", 57, 99, "ada", 7, "/mayfly extend 2d", ON_GITHUB)

    @pytest.mark.parametrize(
        "body", ["/mayfly", "/mayfly\tstatus", "/mayfly " + "x" * 5000], ids=["alone", "tab", "long"]
    )
    def test_it_begins_with_the_name_and_is_bounded(self, body: str) -> None:
        found = _said(body)
        assert found is not None
        assert len(found.line) <= LONGEST_LINE
        assert "\t" not in found.line

    @pytest.mark.parametrize(
        "body",
        ["", "/mayflyer", "/Mayfly", "> /mayfly destroy", " /mayfly destroy", "hi\n/mayfly destroy", "`/mayfly`"],
    )
    def test_anything_else_is_not_for_mayfly(self, body: str) -> None:
        assert _said(body) is None

    @pytest.mark.parametrize(
        "changed",
        [
            {"action": "edited"},
            {"action": "deleted"},
            {"issue": {"number": 57}},
            {"sender": {**ADA, "type": "Bot"}},
            {"sender": {**ADA, "id": 8}},
            {"comment": {"id": 99, "body": "/mayfly x", "html_url": ON_GITHUB, "user": {**ADA, "type": "Bot"}}},
        ],
        ids=["edited", "deleted", "on an issue", "sent by a bot", "in another's name", "written by a bot"],
    )
    def test_nor_is_what_no_person_says_on_a_pull_request(self, changed: dict[str, Any]) -> None:
        assert _said(**changed) is None

    @pytest.mark.parametrize(
        "broken",
        [
            {"id": "99"},
            {"id": 0},
            {"id": 2**63},
            {"body": None, "x": "/mayfly"},
            {"user": None},
            {"user": {**ADA, "login": "a\n/b"}},
            {"html_url": "https://github.com/\x1b[31m"},
            {"html_url": "x" * 501},
        ],
        ids=str,
    )
    def test_one_with_fields_that_are_none_of_githubs_is_kept_aside(self, broken: dict[str, Any]) -> None:
        comment = {"id": 99, "body": "/mayfly destroy", "html_url": ON_GITHUB, "user": ADA}
        with pytest.raises(Unroutable):
            _said(comment={**comment, **broken})


class TestPresses:
    def _press(self, **changes: Any) -> Routing:
        said = {
            "action": "requested_action",
            "check_run": {"id": 4, "external_id": f"SHOP-42:{'c' * 40}"},
            "requested_action": {"identifier": "mayfly:redeploy"},
            "sender": ADA,
            **changes,
        }
        return _route("check_run", **said)

    def test_a_persons_is_an_order_and_wakes_nobody(self) -> None:
        routing = self._press()
        assert routing.source is None
        assert routing.press == Press("acme/shop", "SHOP-42", "mayfly:redeploy", "ada", 7)

    @pytest.mark.parametrize(
        "changes",
        [
            {"sender": {**ADA, "type": "Bot"}},
            {"requested_action": {"identifier": "another:button"}},
            {"check_run": {"id": 4, "external_id": "nothing of ours"}},
            {"action": "completed"},
        ],
        ids=["a bot", "another app's button", "another app's run", "news of a run"],
    )
    def test_others_are_none(self, changes: dict[str, Any]) -> None:
        assert self._press(**changes).press is None

    @pytest.mark.parametrize(
        "broken", [{"sender": None}, {"requested_action": {}}, {"check_run": {"id": "4"}}], ids=str
    )
    def test_one_that_cannot_be_read_is_kept_aside(self, broken: dict[str, Any]) -> None:
        with pytest.raises(Unroutable):
            self._press(**broken)


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
