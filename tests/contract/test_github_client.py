"""GitHub's adapter over real HTTP: what it reads, and what each fault means."""

import tarfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial

import pytest
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from app.core.errors import ConfigurationError
from app.github.client import GitHub, GitHubMissing, GitHubRefused, GitHubUnreachable, connect_github
from app.github.pulls import Pulls
from app.sandbox.github import GitHubSandbox
from app.sandbox.github.faults import Faults
from app.sandbox.server import Server

SHOP = "acme/shop"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[GitHubSandbox]:
    with GitHubSandbox.start() as sandbox:
        sandbox.create_repository(SHOP, {"README.md": "Shop", ".mayfly.yml": "version: 1\n"})
        sandbox.push(SHOP, "feature/SHOP-42 & more", {"cart": "1"})
        sandbox.open_pull_request(SHOP, "feature/SHOP-42 & more", title="Cart", body=None, author="ann")
        yield sandbox


@pytest.fixture
def faults(sandbox: GitHubSandbox) -> Iterator[Faults]:
    yield sandbox.faults
    sandbox.faults.clear()


@pytest.fixture(params=["token", "app"])
def github(request: pytest.FixtureRequest, sandbox: GitHubSandbox) -> GitHub:
    """GitHub, with a token and as an App."""
    if request.param == "token":
        return connect_github(sandbox.api_url, sandbox.token, None, None)
    return connect_github(sandbox.api_url, None, str(sandbox.app_id), sandbox.private_key)


@pytest.fixture
def pulls(github: GitHub) -> Pulls:
    return Pulls(github)


def test_a_pull_request_is_read_as_it_is_now(pulls: Pulls, sandbox: GitHubSandbox) -> None:
    source = pulls.pull_request(SHOP, 1)
    assert source
    assert (source.branch, source.title, source.body) == ("feature/SHOP-42 & more", "Cart", "")
    assert (source.author, source.draft, source.fork, source.is_open) == ("ann", True, False, True)
    assert source.commit == sandbox.conversation(SHOP, 1).head_sha


def test_a_branch_with_odd_signs_is_found(pulls: Pulls) -> None:
    found = pulls.branch(SHOP, "feature/SHOP-42 & more")
    assert found
    assert found.pull_request is None
    assert pulls.branch(SHOP, "feature/SHOP-42") is None


def test_what_does_not_exist_is_none(pulls: Pulls) -> None:
    assert pulls.pull_request(SHOP, 99) is None
    assert pulls.branch(SHOP, "nowhere") is None
    assert pulls.file(SHOP, "nowhere.yml", "main") is None
    assert not pulls.is_readable("acme/secret")


def test_a_file_is_read_at_its_commit(pulls: Pulls) -> None:
    assert pulls.file(SHOP, ".mayfly.yml", "main") == b"version: 1\n"


def test_a_directory_is_no_file(pulls: Pulls, sandbox: GitHubSandbox) -> None:
    commit = sandbox.push(SHOP, "odd", {".mayfly.yml": None, ".mayfly.yml/x": "1"})
    assert pulls.file(SHOP, ".mayfly.yml", commit) is None


def test_the_paths_that_a_pull_request_changes(pulls: Pulls) -> None:
    assert pulls.changed_paths(SHOP, 1) == ["cart"]


def test_a_tarball_is_the_commit(github: GitHub) -> None:
    with github.tarball(SHOP, "main") as stream, tarfile.open(fileobj=stream, mode="r|gz") as archive:
        assert [member.name.partition("/")[2] for member in archive if member.isfile()] == [".mayfly.yml", "README.md"]


BREAKAGES: dict[str, Callable[[Faults], None]] = {
    "answered 500": lambda faults: faults.refuse("*", 500, 9),
    "answered 502 with a page": lambda faults: faults.answer_html("*", 502, 9),
    "cut off": lambda faults: faults.disconnect("*", 9),
    "answered with an empty list": lambda faults: faults.answer_empty("GET /repos/*/pulls/1", 9),
    "answered with a page and 200": lambda faults: faults.answer_html("GET /repos/*/pulls/1", 200, 9),
    "limited": lambda faults: faults.limit_rate("*", 9),
}


@pytest.mark.parametrize("breakage", BREAKAGES)
def test_a_request_that_breaks_may_work_later(pulls: Pulls, faults: Faults, breakage: str) -> None:
    BREAKAGES[breakage](faults)
    with pytest.raises(GitHubUnreachable):
        pulls.pull_request(SHOP, 1)
    faults.clear()
    assert pulls.pull_request(SHOP, 1)


def test_a_rate_limit_says_how_long_to_wait(github: GitHub, faults: Faults) -> None:
    github.get(SHOP, "/pulls/1")
    faults.limit_rate("*", retry_after=timedelta(seconds=42))
    with pytest.raises(GitHubUnreachable) as limited:
        github.get(SHOP, "/pulls/1")
    assert limited.value.retry_after == timedelta(seconds=42)


@pytest.mark.parametrize(("status", "hint"), [(401, "wrong or expired"), (403, "lacks a permission"), (422, "Error")])
def test_a_refusal_says_what_may_be_wrong(github: GitHub, faults: Faults, status: int, hint: str) -> None:
    github.get(SHOP, "/pulls/1")
    faults.refuse("*", status, 9)
    with pytest.raises(GitHubRefused, match=hint) as refused:
        github.get(SHOP, "/pulls/1")
    assert refused.value.status == status


def test_a_list_below_what_does_not_exist_is_missing(github: GitHub) -> None:
    with pytest.raises(GitHubMissing):
        github.get_all(SHOP, "/pulls/99/files")


@pytest.mark.parametrize("status", [500, 429])
def test_an_archive_that_is_not_given_now_may_be_given_later(github: GitHub, faults: Faults, status: int) -> None:
    github.get(SHOP, "/pulls/1")
    faults.refuse("*", status)
    with pytest.raises(GitHubUnreachable), github.tarball(SHOP, "main"):
        pass


def test_an_archive_of_no_commit_is_refused(github: GitHub) -> None:
    with pytest.raises(GitHubRefused, match="archive of nowhere"), github.tarball(SHOP, "nowhere"):
        pass


async def _cut_short(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"100000")]})
    await send({"type": "http.response.body", "body": b"\x1f\x8b", "more_body": True})
    raise ConnectionAbortedError


def test_an_archive_that_breaks_off_may_come_whole_later() -> None:
    server = Server.start(_cut_short, port=0, name="cut")
    try:
        with pytest.raises(GitHubUnreachable), GitHub(server.url, token="t").tarball(SHOP, "main") as stream:
            list(iter(partial(stream.read, 1000), b""))
    finally:
        server.stop()


LARGE_FILE = {
    f"/repos/{SHOP}/contents/.mayfly.yml": {"type": "file", "size": 2_000_000, "content": "", "sha": "abc"},
    f"/repos/{SHOP}/git/blobs/abc": {"content": "bGFyZ2U=", "encoding": "base64"},
}


async def _large_file(scope: Scope, receive: Receive, send: Send) -> None:
    await JSONResponse(LARGE_FILE[scope["path"]])(scope, receive, send)


def test_a_file_over_a_megabyte_is_read_too() -> None:
    server = Server.start(_large_file, port=0, name="large")
    try:
        assert Pulls(GitHub(server.url, token="t")).file(SHOP, ".mayfly.yml", "main") == b"large"
    finally:
        server.stop()


def test_the_login_under_which_we_write(github: GitHub) -> None:
    assert github.own_login(SHOP) == ("mayfly[bot]" if github.is_app else "mayfly-bot")


@pytest.mark.parametrize("key", ["nonsense", "-----BEGIN RSA PRIVATE KEY-----\nx\n-----END RSA PRIVATE KEY-----\n"])
def test_a_key_that_is_none_is_found_at_start(key: str) -> None:
    with pytest.raises(ConfigurationError, match="MAYFLY_GITHUB__PRIVATE_KEY") as refused:
        connect_github("http://127.0.0.1:1", None, "7", key)
    assert "nonsense" not in str(refused.value)


def test_a_key_in_one_line_is_a_key(sandbox: GitHubSandbox) -> None:
    key = sandbox.private_key.replace("\n", "\\n")
    assert connect_github(sandbox.api_url, None, str(sandbox.app_id), key).get(SHOP, "/pulls/1")["number"] == 1
