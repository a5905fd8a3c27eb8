"""What a repository's file asks for at one commit, and what of it the server allows."""

from typing import Any

import pytest

from app.core.graph import StackWish
from app.core.source import Source
from tests.builders import REGION, a_source
from tests.twins import PullsTwin
from workers.wish import ONLY_STACK, Wish, WishReader

BASE, HEAD = "b" * 40, "c" * 40
PLACES = {"default": (REGION, "us-east-1"), "dev": (REGION, "us-east-1"), "eu": ("eu-north-1", "eu-west-3")}


def read(file: str | None, source: Source | None = None, paths: tuple[str, ...] = (), at: str = HEAD) -> Wish:
    pulls = PullsTwin(paths=paths)
    if file is not None:
        pulls.files[at, ".mayfly.yml"] = file.encode()
    return WishReader(pulls, PLACES).read(source or a_source())


def test_without_a_file_there_is_one_stack_in_the_first_region() -> None:
    wish = read(None)
    assert (wish.name, wish.ticket, wish.refusal, wish.fault) == ("SHOP-42", "SHOP-42", None, None)
    assert wish.stacks == {ONLY_STACK: StackWish(template="", regions=(REGION,))}


def test_what_the_file_says_of_a_stack() -> None:
    wish = read(
        "stacks: {api: {template: t, account: dev, regions: [us-east-1, eu-west-1, us-east-1], outputs: [Url], "
        "parameters: {A: 1}, tags: {b: c}}}\nslack: {channel: previews}"
    )
    api = StackWish("t", ("us-east-1", REGION), "dev", (), {"A": "1"}, {"b": "c"}, ("Url",))
    assert (wish.stacks, wish.channel) == ({"api": api}, "previews")


@pytest.mark.parametrize(
    ("stack", "fault"),
    [
        (
            "regions: [ap-east-1]",
            "stacks.api.regions: ap-east-1 is not allowed here; choose among eu-west-1, us-east-1",
        ),
        ("account: prod", "stacks.api.account: prod is not allowed here; choose among default, dev, eu"),
        (
            "account: eu, regions: [eu-west-1]",
            "stacks.api.regions: eu-west-1 is not allowed here; choose among eu-north-1, eu-west-3",
        ),
        ("needs: [bus]", "stacks.api.needs: there is no stack 'bus'"),
        ("needs: [api]", "stacks: api need each other in a circle"),
        ("tempalte: t", ".mayfly.yml line 1: stacks.api.tempalte is no known key"),
    ],
)
def test_what_is_not_allowed_or_wrong_is_a_fault_of_the_commit(stack: str, fault: str) -> None:
    wish = read(f"stacks: {{api: {{template: t, {stack}}}}}")
    assert fault in str(wish.fault)
    assert (wish.name, wish.ticket, wish.stacks, wish.refusal) == ("SHOP-42", "SHOP-42", {}, None)


def test_an_account_with_regions_of_its_own_begins_with_the_first_of_them() -> None:
    assert read("stacks: {api: {template: t, account: eu}}").stacks["api"].regions == ("eu-north-1",)


def test_a_broken_file_brings_no_branch_to_life() -> None:
    assert read("[", a_source(None, branch="main")).refusal is not None


class TestForks:
    fork = a_source(fork=True, base_commit=BASE)

    def test_the_file_at_the_base_counts(self) -> None:
        assert read("slack: {channel: previews}", self.fork, at=BASE).channel == "previews"

    def test_the_file_at_the_forks_commit_does_not(self) -> None:
        assert read("slack: {channel: previews}", self.fork, at=HEAD).channel is None

    @pytest.mark.parametrize("file", ["triggers: {drafts: true}", "[", None])
    def test_they_never_deploy_on_their_own(self, file: str | None) -> None:
        assert "comes from a fork" in str(read(file, self.fork, at=BASE).refusal)


class TestTickets:
    nameless = a_source(branch="cart")

    def test_without_one_the_pull_request_gives_the_name(self) -> None:
        wish = read(None, self.nameless)
        assert (wish.name, wish.ticket, wish.refusal) == ("shop-pr-57", None, None)

    @pytest.mark.parametrize("missing", ["comment", "ignore"])
    def test_where_the_file_wants_one_there_is_no_environment_without(self, missing: str) -> None:
        assert "names no ticket in its branch, title or body" in str(
            read(f"ticket: {{missing: {missing}}}", self.nameless).refusal
        )

    def test_a_branch_needs_none(self) -> None:
        wish = read("ticket: {missing: comment}\ntriggers: {branches: [main]}", a_source(None, branch="main"))
        assert (wish.name, wish.ticket, wish.refusal) == ("shop-main", None, None)

    @pytest.mark.parametrize(
        ("source", "name"),
        [
            ({"branch": "57-cart"}, "ticket-57"),
            ({"branch": "cart", "title": "Cart (#58)"}, "ticket-58"),
            ({"branch": "cart", "body": "Fixes #59"}, "ticket-59"),
        ],
    )
    def test_the_files_own_pattern_counts(self, source: dict[str, Any], name: str) -> None:
        assert read("ticket: {pattern: github}", a_source(**source)).name == name


@pytest.mark.parametrize(("paths", "is_refused"), [(("api/x.py",), False), (("README.md",), True)])
def test_what_a_pull_request_changes_is_looked_up(paths: tuple[str, ...], is_refused: bool) -> None:
    assert (read("triggers: {paths: [api/**]}", paths=paths).refusal is not None) is is_refused
