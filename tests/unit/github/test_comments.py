"""The one comment of a pull request: found again by its mark, and only where it is our own."""

from collections.abc import Iterator

import pytest

from app.core.errors import TransientError
from app.github.client import GitHub, GitHubRefused
from app.github.comments import Comments, mark_of
from app.sandbox.github import GitHubSandbox

MARKED = f"{mark_of('SHOP-42')}\nIt is ready."


@pytest.fixture
def github() -> Iterator[GitHubSandbox]:
    with GitHubSandbox.start() as github:
        github.create_repository("acme/shop", {"README.md": "Shop"})
        github.push("acme/shop", "cart", {"cart": "1"})
        github.open_pull_request("acme/shop", "cart", title="Cart")
        yield github


@pytest.fixture
def comments(github: GitHubSandbox) -> Comments:
    return Comments(GitHub(github.api_url, token=github.token), "acme/shop", 1)


@pytest.fixture
def comments_of_app(github: GitHubSandbox) -> Comments:
    app = GitHub(github.api_url, app_id=str(github.app_id), private_key=github.private_key)
    return Comments(app, "acme/shop", 1)


def bodies(github: GitHubSandbox) -> list[str]:
    return [comment.body for comment in github.conversation("acme/shop", 1).comments]


def test_a_comment_is_posted_and_edited(github: GitHubSandbox, comments: Comments) -> None:
    reference = comments.post("one")
    assert comments.edit(reference, "two")
    assert bodies(github) == ["two"]


def test_a_comment_that_somebody_deleted_cannot_be_edited(github: GitHubSandbox, comments: Comments) -> None:
    reference = comments.post("one")
    github.delete_comment("acme/shop", int(reference))
    assert not comments.edit(reference, "two")


def test_our_comment_is_found_by_its_mark(comments: Comments) -> None:
    reference = comments.post(MARKED)
    assert comments.find("SHOP-42") == reference
    assert comments.find("SHOP-4") is None


def test_an_app_finds_its_own_comment(comments_of_app: Comments) -> None:
    assert comments_of_app.find("SHOP-42") is None
    reference = comments_of_app.post(MARKED)
    assert comments_of_app.find("SHOP-42") == reference


def test_a_strangers_comment_with_our_mark_is_not_taken_for_ours(github: GitHubSandbox, comments: Comments) -> None:
    github.comment("acme/shop", 1, MARKED, author="mallory")
    assert comments.find("SHOP-42") is None
    reference = comments.post(MARKED)
    assert comments.find("SHOP-42") == reference


def test_our_comment_is_found_behind_many_others(github: GitHubSandbox, comments: Comments) -> None:
    for number in range(120):
        github.comment("acme/shop", 1, f"Comment {number}")
    reference = comments.post(MARKED)
    assert comments.find("SHOP-42") == reference


def test_a_pull_request_that_is_gone_is_refused_for_good(github: GitHubSandbox, comments: Comments) -> None:
    github.delete_repository("acme/shop")
    with pytest.raises(GitHubRefused):
        comments.find("SHOP-42")
    with pytest.raises(GitHubRefused):
        comments.post(MARKED)


def test_an_answer_without_an_id_may_come_right_later(github: GitHubSandbox, comments: Comments) -> None:
    github.faults.answer_empty("POST *")
    with pytest.raises(TransientError):
        comments.post("one")
