"""The GitHub stand-in delivers webhooks as GitHub does, and breaks as it is told."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from github import Auth
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.sandbox.github import GitHubSandbox
from app.sandbox.github.delivery import sign
from app.sandbox.server import Server

REPO = "acme/shop"
BRANCH = "SHOP-42"
SECRET = "correct horse"


class Receiver:
    """Takes webhooks and keeps them; answers with `status`."""

    def __init__(self) -> None:
        self.status = 202
        self.taken: list[tuple[dict[str, str], bytes]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        self.taken.append((dict(request.headers), await request.body()))
        await Response("taken", self.status)(scope, receive, send)

    @property
    def events(self) -> list[str]:
        """What came, in the order in which it came: `event.action`."""
        told = ((headers["x-github-event"], json.loads(body).get("action")) for headers, body in self.taken)
        return [f"{event}.{action}" if action else event for event, action in told]

    @property
    def titles(self) -> list[str]:
        return [json.loads(body)["pull_request"]["title"] for _, body in self.taken]

    @property
    def guids(self) -> list[str]:
        return [headers["x-github-delivery"] for headers, _ in self.taken]


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


@pytest.fixture
def sandbox(receiver: Receiver) -> Iterator[GitHubSandbox]:
    """A GitHub with one draft pull request, which delivers what happens from here on."""
    with Server.start(receiver, name="receiver") as server, GitHubSandbox.start() as sandbox:
        sandbox.create_repository(REPO, {"template.yaml": "Resources: {}\n"})
        sandbox.push(REPO, BRANCH, {"README.md": "Hello\n"})
        sandbox.open_pull_request(REPO, BRANCH, title="0")
        sandbox.deliver_to(server.url, SECRET)
        yield sandbox


def retitle(sandbox: GitHubSandbox, *titles: str) -> None:
    for title in titles:
        sandbox.edit_pull_request(REPO, 1, title=title)


def ask_as_app(sandbox: GitHubSandbox, method: str, path: str) -> httpx.Response:
    token = Auth.AppAuth(sandbox.app_id, sandbox.private_key).token
    return httpx.request(method, sandbox.api_url + path, headers={"Authorization": f"Bearer {token}"})


class TestEvents:
    def test_signature_follows_githubs_own_example(self) -> None:
        assert sign("It's a Secret to Everybody", b"Hello, World!") == (
            "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
        )

    def test_delivery_is_signed_and_says_what_it_is(self, sandbox: GitHubSandbox, receiver: Receiver) -> None:
        retitle(sandbox, "1")
        sandbox.wait_delivered()
        headers, body = receiver.taken[0]
        delivery = sandbox.deliveries[0]
        assert headers["x-hub-signature-256"] == sign(SECRET, body)
        assert headers["x-github-event"] == "pull_request"
        assert headers["x-github-delivery"] == delivery.guid
        assert headers["x-github-hook-installation-target-type"] == "integration"
        assert headers["x-github-hook-installation-target-id"] == str(sandbox.app_id)
        assert headers["user-agent"].startswith("GitHub-Hookshot/")
        assert headers["content-type"] == "application/json"
        assert (delivery.status_code, delivery.reason, json.loads(body)) == (202, "OK", delivery.payload)

    def test_push_moves_the_pull_request(self, sandbox: GitHubSandbox, receiver: Receiver) -> None:
        before = sandbox.conversation(REPO, 1).head_sha
        after = sandbox.push(REPO, BRANCH, {"README.md": None, "NEWS.md": "New\n"}, "Rewrite")
        sandbox.wait_delivered()
        assert receiver.events == ["push", "pull_request.synchronize"]
        push, moved = (json.loads(body) for _, body in receiver.taken)
        assert (push["before"], push["after"], push["forced"]) == (before, after, False)
        assert [(c["id"], c["added"], c["removed"]) for c in push["commits"]] == [(after, ["NEWS.md"], ["README.md"])]
        assert (moved["before"], moved["after"], moved["pull_request"]["head"]["sha"]) == (before, after, after)

    def test_forced_push_replaces_the_last_commit(self, sandbox: GitHubSandbox, receiver: Receiver) -> None:
        after = sandbox.push(REPO, BRANCH, {"README.md": "Amended\n"}, force=True)
        sandbox.wait_delivered()
        assert json.loads(receiver.taken[0][1])["forced"]
        assert [commit.sha for commit in sandbox.conversation(REPO, 1).commits] == [after]

    def test_new_branch_is_told_twice(self, sandbox: GitHubSandbox, receiver: Receiver) -> None:
        sandbox.create_branch(REPO, "other")
        sandbox.wait_delivered()
        assert receiver.events == ["create", "push"]
        push = json.loads(receiver.taken[1][1])
        assert (push["created"], push["before"], push["commits"]) == (True, "0" * 40, [])

    def test_deleted_branch_closes_its_pull_request(self, sandbox: GitHubSandbox, receiver: Receiver) -> None:
        sandbox.delete_branch(REPO, BRANCH)
        sandbox.wait_delivered()
        assert receiver.events == ["delete", "push", "pull_request.closed"]
        push = json.loads(receiver.taken[1][1])
        assert (push["deleted"], push["after"], push["head_commit"]) == (True, "0" * 40, None)
        with pytest.raises(ValueError, match="cannot be reopened"):
            sandbox.reopen_pull_request(REPO, 1)

    def test_merge_pushes_the_base_first(self, sandbox: GitHubSandbox, receiver: Receiver) -> None:
        sandbox.close_pull_request(REPO, 1, merged=True)
        sandbox.wait_delivered()
        assert receiver.events == ["push", "pull_request.closed"]
        assert json.loads(receiver.taken[1][1])["pull_request"]["merged"]
        head = sandbox.world.repository(REPO).find_commit("main")
        assert head
        assert sorted(head.files) == ["README.md", "template.yaml"]

    def test_fork_is_another_repository_and_has_no_hooks(self, sandbox: GitHubSandbox, receiver: Receiver) -> None:
        sandbox.fork(REPO, "stranger")
        sandbox.push("stranger/shop", "patch", {"a": "1"}, author="stranger")
        number = sandbox.open_pull_request(REPO, "patch", title="Patch", head_repository="stranger/shop")
        sandbox.push("stranger/shop", "patch", {"a": "2"}, author="stranger")
        sandbox.delete_repository("stranger/shop")
        sandbox.edit_pull_request(REPO, number, title="Orphan")
        sandbox.wait_delivered()
        assert receiver.events == ["pull_request.opened", "pull_request.synchronize", "pull_request.edited"]
        opened, _, orphaned = (json.loads(body)["pull_request"] for _, body in receiver.taken)
        assert opened["head"]["repo"]["id"] != opened["base"]["repo"]["id"]
        assert orphaned["head"]["repo"] is None

    def test_comment_of_the_app_is_delivered_too(self, sandbox: GitHubSandbox, receiver: Receiver) -> None:
        url = f"{sandbox.api_url}/repos/{REPO}/issues/1/comments"
        token, _ = sandbox.tokens.issue(None)
        httpx.post(url, headers={"Authorization": f"token {token}"}, json={"body": "Ready"})
        sandbox.wait_delivered()
        told = json.loads(receiver.taken[0][1])
        assert receiver.events == ["issue_comment.created"]
        assert (told["sender"]["login"], told["sender"]["type"]) == ("mayfly[bot]", "Bot")
        assert told["issue"]["pull_request"]["url"].endswith("/repos/acme/shop/pulls/1")

    def test_two_hooks_get_one_event_under_two_guids(self, sandbox: GitHubSandbox, receiver: Receiver) -> None:
        sandbox.deliver_to(sandbox.hooks[0].url, SECRET, target="repository")
        retitle(sandbox, "1")
        sandbox.wait_delivered()
        assert len(set(receiver.guids)) == 2
        assert ["installation" in json.loads(body) for _, body in receiver.taken] == [True, False]


class TestLog:
    def test_failed_delivery_is_not_tried_again(self, sandbox: GitHubSandbox, receiver: Receiver) -> None:
        receiver.status = 500
        retitle(sandbox, "1", "2")
        sandbox.wait_delivered()
        assert receiver.titles == ["1", "2"]
        assert [delivery.status_code for delivery in sandbox.deliveries] == [500, 500]

    def test_nobody_there_is_logged(self, sandbox: GitHubSandbox) -> None:
        with Server.start(Receiver(), name="gone") as gone:
            pass
        sandbox.deliver_to(gone.url, SECRET)
        retitle(sandbox, "1")
        sandbox.wait_delivered()
        assert [(d.status_code, d.reason) for d in sandbox.deliveries if d.hook.url == gone.url] == [
            (0, "failed to connect to host")
        ]

    def test_redelivery_keeps_the_guid(self, sandbox: GitHubSandbox, receiver: Receiver) -> None:
        retitle(sandbox, "1")
        sandbox.wait_delivered()
        newest = ask_as_app(sandbox, "GET", "/app/hook/deliveries").json()[0]
        assert ask_as_app(sandbox, "POST", f"/app/hook/deliveries/{newest['id']}/attempts").status_code == 202
        sandbox.wait_delivered()
        sandbox.redeliver(newest["guid"])
        sandbox.wait_delivered()
        assert receiver.guids == [newest["guid"]] * 3
        assert [delivery.is_redelivery for delivery in sandbox.deliveries] == [False, True, True]

    def test_log_is_read_by_cursor_newest_first(self, sandbox: GitHubSandbox) -> None:
        retitle(sandbox, "1", "2", "3")
        sandbox.wait_delivered()
        first = ask_as_app(sandbox, "GET", "/app/hook/deliveries?per_page=2")
        following = httpx.URL(first.links["next"]["url"])
        second = ask_as_app(sandbox, "GET", following.raw_path.decode())
        told = [each["guid"] for each in first.json() + second.json()]
        assert told == [delivery.guid for delivery in sandbox.deliveries[::-1]]
        assert "next" not in second.links


class TestDeliveryFaults:
    def test_dropped_delivery_shows_in_the_log_as_failed(self, sandbox: GitHubSandbox, receiver: Receiver) -> None:
        sandbox.faults.drop()
        retitle(sandbox, "lost", "kept")
        sandbox.wait_delivered()
        assert receiver.titles == ["kept"]
        failed = ask_as_app(sandbox, "GET", "/app/hook/deliveries?status=failure").json()
        assert [each["status_code"] for each in failed] == [0]

    def test_delivery_that_never_was_leaves_no_trace(self, sandbox: GitHubSandbox, receiver: Receiver) -> None:
        sandbox.faults.drop(2, logged=False)
        retitle(sandbox, "lost", "lost too", "kept")
        sandbox.wait_delivered()
        assert receiver.titles == ["kept"]
        assert len(sandbox.deliveries) == 1

    def test_duplicate_has_the_same_guid(self, sandbox: GitHubSandbox, receiver: Receiver) -> None:
        sandbox.faults.duplicate(copies=3)
        retitle(sandbox, "1", "2")
        sandbox.wait_delivered()
        assert receiver.titles == ["1", "1", "1", "2"]
        assert len(set(receiver.guids)) == 2

    def test_delayed_delivery_is_overtaken(self, sandbox: GitHubSandbox, receiver: Receiver) -> None:
        sandbox.faults.delay(timedelta(seconds=2))
        retitle(sandbox, "late", "early")
        sandbox.wait_delivered()
        assert receiver.titles == ["early", "late"]

    def test_held_deliveries_come_in_reverse(self, sandbox: GitHubSandbox, receiver: Receiver) -> None:
        sandbox.hold_deliveries()
        retitle(sandbox, "1", "2", "3")
        sandbox.wait_delivered()
        assert receiver.titles == []
        sandbox.release_deliveries()
        sandbox.wait_delivered()
        assert receiver.titles == ["3", "2", "1"]

    def test_spared_delivery_comes_before_the_fault(self, sandbox: GitHubSandbox, receiver: Receiver) -> None:
        sandbox.faults.spare()
        sandbox.faults.drop()
        retitle(sandbox, "kept", "lost")
        sandbox.wait_delivered()
        assert receiver.titles == ["kept"]

    def test_stop_ends_every_thread(self) -> None:
        sandbox = GitHubSandbox.start()
        sandbox.deliver_to(sandbox.api_url, SECRET)
        sandbox.create_repository(REPO, {"a": "1"})
        sandbox.faults.delay(timedelta(hours=1))
        sandbox.push(REPO, "main", {"a": "2"})
        sandbox.stop()
        assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("sandbox-github")]
        assert [delivery.status_code for delivery in sandbox.deliveries] == [None]
