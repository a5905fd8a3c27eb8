"""The GitHub stand-in's own workings: git's names, HTTP's manners, tokens, outages, GraphQL."""

import os
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from github import Auth

from app.sandbox.github import File, GitHubSandbox

REPO = "acme/shop"
FILES = {
    "template.yaml": "Resources: {}\n",
    "src.d/app.py": "print('sorted before src/')\n",
    "src/deep/app.py": "print('shop')\n",
    "src/app.py": "",
}


@pytest.fixture
def sandbox() -> Iterator[GitHubSandbox]:
    with GitHubSandbox.start() as sandbox:
        sandbox.create_repository(REPO, FILES)
        yield sandbox


def ask(sandbox: GitHubSandbox, path: str, token: str | None = None, **headers: str) -> httpx.Response:
    return httpx.get(sandbox.api_url + path, headers={"Authorization": f"token {token or sandbox.token}", **headers})


def query(sandbox: GitHubSandbox, text: str, **variables: Any) -> Any:
    url, headers = sandbox.api_url + "/graphql", {"Authorization": f"bearer {sandbox.token}"}
    return httpx.post(url, headers=headers, json={"query": text, "variables": variables}).json()


def git(folder: Path, *arguments: str, stdin: bytes = b"") -> str:
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    command = ["git", "-C", str(folder), *arguments]
    return (
        subprocess.run(command, input=stdin, env=environment, check=True, capture_output=True).stdout.decode().strip()
    )


class TestGit:
    def test_names_are_those_that_git_gives(self, sandbox: GitHubSandbox, tmp_path: Path) -> None:
        sandbox.push(REPO, "main", {"run.sh": File.executable("#!/bin/sh\n"), "link": File.symlink("src")})
        commit = sandbox.world.repository(REPO).find_commit("main")
        assert commit
        for path, file in commit.files.items():
            place = tmp_path / path
            place.parent.mkdir(parents=True, exist_ok=True)
            if file.mode == "120000":
                place.symlink_to(file.content.decode())
            else:
                place.write_bytes(file.content)
                place.chmod(0o755 if file.mode == "100755" else 0o644)
        git(tmp_path, "init", "--quiet")
        git(tmp_path, "add", "--all")
        assert git(tmp_path, "write-tree") == commit.tree
        text = (
            f"tree {commit.tree}\nparent {commit.parents[0]}\nauthor {commit.author}\n"
            f"committer {commit.author}\n\n{commit.message}"
        )
        named = git(tmp_path, "hash-object", "-t", "commit", "--literally", "--stdin", stdin=text.encode())
        assert named == commit.sha

    def test_path_outside_the_repository_is_refused(self, sandbox: GitHubSandbox) -> None:
        with pytest.raises(ValueError, match=r"'\.\./x' is no path inside a repository"):
            sandbox.push(REPO, "main", {"../x": "1"})

    def test_unknown_names_say_what_there_is(self, sandbox: GitHubSandbox) -> None:
        with pytest.raises(KeyError, match="no repository 'acme/shp' in the sandbox; there are: acme/shop"):
            sandbox.push("acme/shp", "main", {})
        with pytest.raises(KeyError, match="no pull request 7 in acme/shop; there are: none yet"):
            sandbox.mark_ready(REPO, 7)
        with pytest.raises(KeyError, match="no branch 'mian' in acme/shop; there are: main"):
            sandbox.create_branch(REPO, "new", base="mian")


class TestHttp:
    def test_token_is_asked_for(self, sandbox: GitHubSandbox) -> None:
        missing = httpx.get(f"{sandbox.api_url}/repos/{REPO}")
        assert (missing.status_code, missing.json()["message"]) == (401, "Requires authentication")
        wrong = ask(sandbox, f"/repos/{REPO}", token="ghp_wrong")
        assert (wrong.status_code, wrong.json()["message"]) == (401, "Bad credentials")

    @pytest.mark.parametrize("path", ["/repos/acme/other", "/repos/acme/shop/pulls/1", "/nowhere"])
    def test_nothing_there(self, sandbox: GitHubSandbox, path: str) -> None:
        answer = ask(sandbox, path)
        assert (answer.status_code, answer.json()["message"]) == (404, "Not Found")
        assert answer.json()["documentation_url"]

    def test_known_etag_is_answered_304(self, sandbox: GitHubSandbox) -> None:
        etag = ask(sandbox, f"/repos/{REPO}/branches").headers["ETag"]
        again = ask(sandbox, f"/repos/{REPO}/branches", **{"If-None-Match": etag})
        assert (again.status_code, again.content) == (304, b"")
        sandbox.create_branch(REPO, "new")
        assert ask(sandbox, f"/repos/{REPO}/branches", **{"If-None-Match": etag}).status_code == 200

    def test_links_name_the_host_that_was_asked(self, sandbox: GitHubSandbox) -> None:
        port = sandbox.api_url.rpartition(":")[2]
        answer = ask(sandbox, f"/repos/{REPO}", Host=f"localhost:{port}")
        assert answer.json()["url"] == f"http://localhost:{port}/repos/{REPO}"

    def test_pages_are_linked(self, sandbox: GitHubSandbox) -> None:
        for number in range(4):
            sandbox.create_branch(REPO, f"branch-{number}")
        first = ask(sandbox, f"/repos/{REPO}/branches?per_page=2")
        assert set(first.links) == {"next", "last"}
        last = httpx.get(first.links["last"]["url"], headers=first.request.headers)
        assert [branch["name"] for branch in last.json()] == ["main"]
        assert set(last.links) == {"first", "prev"}

    def test_raw_content(self, sandbox: GitHubSandbox) -> None:
        path = f"/repos/{REPO}/contents/src/deep/app.py?ref=main"
        assert ask(sandbox, path, Accept="application/vnd.github.raw").text == "print('shop')\n"

    def test_requests_are_written_down(self, sandbox: GitHubSandbox) -> None:
        ask(sandbox, f"/repos/{REPO}?a=b")
        ask(sandbox, "/nowhere")
        assert [(asked.method, asked.path, asked.query, asked.status) for asked in sandbox.requests] == [
            ("GET", f"/repos/{REPO}", "a=b", 200),
            ("GET", "/nowhere", "", 404),
        ]


class TestBadInput:
    @pytest.mark.parametrize(
        ("path", "body", "status", "message"),
        [
            ("statuses/main", b"{", 400, "Problems parsing JSON"),
            ("statuses/main", b'"success"', 400, "Body should be a JSON object"),
            ("statuses/main", b"{}", 422, "missing_field"),
            ("statuses/main", b'{"state": "fine"}', 422, "must be one of: error, failure, pending, success"),
            ("statuses/main", b'{"state": "success", "description": 5}', 422, "5 is not of type str"),
            ("statuses/nowhere", b'{"state": "success"}', 422, "No commit found for SHA: nowhere"),
            ("deployments", b'{"ref": "main", "task": []}', 422, "[] is not of type str"),
        ],
    )
    def test_refusal_says_what_and_where(
        self, sandbox: GitHubSandbox, path: str, body: bytes, status: int, message: str
    ) -> None:
        headers = {"Authorization": f"token {sandbox.token}"}
        answer = httpx.post(f"{sandbox.api_url}/repos/{REPO}/{path}", headers=headers, content=body)
        assert (answer.status_code, message in answer.text) == (status, True)

    def test_environment_url_must_be_of_the_web(self, sandbox: GitHubSandbox) -> None:
        headers, url = {"Authorization": f"token {sandbox.token}"}, f"{sandbox.api_url}/repos/{REPO}/deployments"
        deployment = httpx.post(url, headers=headers, json={"ref": "main"}).json()
        step = {"state": "success", "environment_url": "javascript:alert(1)"}
        refused = httpx.post(deployment["statuses_url"], headers=headers, json=step)
        assert (refused.status_code, "must use http(s) scheme" in refused.text) == (422, True)


class TestTokens:
    def test_installation_token_ends(self, sandbox: GitHubSandbox) -> None:
        token, _ = sandbox.tokens.issue(None)
        assert ask(sandbox, f"/repos/{REPO}", token).status_code == 200
        sandbox.tokens.expire()
        assert ask(sandbox, f"/repos/{REPO}", token).status_code == 401

    def test_narrowed_token_reaches_its_repositories_alone(self, sandbox: GitHubSandbox) -> None:
        token, _ = sandbox.tokens.issue([sandbox.create_repository("acme/other", {"a": "1"})])
        assert ask(sandbox, "/repos/acme/other", token).status_code == 200
        assert ask(sandbox, f"/repos/{REPO}", token).status_code == 404

    def test_suspended_installation_gets_nothing(self, sandbox: GitHubSandbox) -> None:
        token, _ = sandbox.tokens.issue(None)
        sandbox.change_installation("suspend")
        assert ask(sandbox, f"/repos/{REPO}", token).status_code == 403
        sandbox.change_installation("unsuspend")
        assert ask(sandbox, f"/repos/{REPO}", token).status_code == 200

    @pytest.mark.parametrize("change", [{"exp": 3600}, {"exp": -1}, {"iss": "1"}], ids=["too long", "over", "foreign"])
    def test_bad_jwt_is_refused(self, sandbox: GitHubSandbox, change: dict[str, Any]) -> None:
        now = int(sandbox.world.now().timestamp())
        life = change.get("exp", 300)
        claims = {"iat": now - 60, "exp": now + life, "iss": change.get("iss", str(sandbox.app_id))}
        token = jwt.encode(claims, sandbox.private_key, "RS256")
        assert ask(sandbox, "/app", token).status_code == 401
        good = Auth.AppAuth(sandbox.app_id, sandbox.private_key).token
        assert ask(sandbox, "/app", good).status_code == 200


class TestOutages:
    def test_refusal_wears_out(self, sandbox: GitHubSandbox) -> None:
        sandbox.faults.refuse("GET /repos/*", 503, times=2)
        assert [ask(sandbox, f"/repos/{REPO}").status_code for _ in range(3)] == [503, 503, 200]

    def test_other_requests_are_spared(self, sandbox: GitHubSandbox) -> None:
        sandbox.faults.refuse("POST *")
        assert ask(sandbox, f"/repos/{REPO}").status_code == 200

    def test_web_page_instead_of_json(self, sandbox: GitHubSandbox) -> None:
        sandbox.faults.answer_html("GET *")
        answer = ask(sandbox, f"/repos/{REPO}")
        assert (answer.status_code, answer.headers["Content-Type"]) == (502, "text/html; charset=utf-8")

    def test_empty_list(self, sandbox: GitHubSandbox) -> None:
        sandbox.faults.answer_empty("GET /repos/acme/shop/branches*")
        assert ask(sandbox, f"/repos/{REPO}/branches").json() == []
        assert len(ask(sandbox, f"/repos/{REPO}/branches").json()) == 1

    def test_cut_connection(self, sandbox: GitHubSandbox) -> None:
        sandbox.faults.disconnect("GET *")
        with pytest.raises(httpx.TransportError):
            ask(sandbox, f"/repos/{REPO}")
        assert sandbox.requests[-1].status == 0

    def test_rate_limit(self, sandbox: GitHubSandbox) -> None:
        sandbox.faults.limit_rate("GET *", retry_after=timedelta(seconds=7))
        answer = ask(sandbox, f"/repos/{REPO}")
        assert (answer.status_code, answer.headers["Retry-After"]) == (403, "7")
        assert answer.headers["X-RateLimit-Remaining"] == "0"

    def test_clear_forgets_what_is_left(self, sandbox: GitHubSandbox) -> None:
        sandbox.faults.refuse("*", times=100)
        sandbox.faults.clear()
        assert ask(sandbox, f"/repos/{REPO}").status_code == 200


PULL_REQUESTS = """
query Open($owner: String!, $name: String!, $after: String, $size: Int = 2) {
  repository(owner: $owner, name: $name) {
    pullRequests(states: OPEN, first: $size, after: $after) {
      nodes { number title isDraft headRefName headRefOid author { login } headRepository { databaseId } }
      pageInfo { hasNextPage endCursor }
    }
    trunk: ref(qualifiedName: "refs/heads/main") { target { oid } }
    gone: ref(qualifiedName: "refs/heads/gone") { target { oid } }
  }
}
"""


class TestGraphql:
    def test_open_pull_requests_page_by_page(self, sandbox: GitHubSandbox) -> None:
        for number in range(1, 5):
            sandbox.push(REPO, f"branch-{number}", {"n": str(number)})
            sandbox.open_pull_request(REPO, f"branch-{number}", title=str(number))
        sandbox.close_pull_request(REPO, 1)
        first = query(sandbox, PULL_REQUESTS, owner="acme", name="shop")["data"]["repository"]
        info = first["pullRequests"]["pageInfo"]
        assert [node["number"] for node in first["pullRequests"]["nodes"]] == [2, 3]
        assert info["hasNextPage"]
        second = query(sandbox, PULL_REQUESTS, owner="acme", name="shop", after=info["endCursor"])
        assert second["data"]["repository"]["pullRequests"]["nodes"] == [
            {
                "number": 4,
                "title": "4",
                "isDraft": True,
                "headRefName": "branch-4",
                "headRefOid": sandbox.conversation(REPO, 4).head_sha,
                "author": {"login": "octocat"},
                "headRepository": {"databaseId": sandbox.world.repository(REPO).id},
            }
        ]

    def test_refs_by_alias(self, sandbox: GitHubSandbox) -> None:
        told = query(sandbox, PULL_REQUESTS, owner="acme", name="shop")["data"]["repository"]
        assert told["trunk"] == {"target": {"oid": sandbox.world.repository(REPO).branches["main"]}}
        assert told["gone"] is None

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("{ repositories { id } }", "field 'repositories' is not known here"),
            ("{ viewer { ...who } }", "'...' is not known here"),
            ("{ viewer { login ", "the query ends too early"),
        ],
    )
    def test_what_is_not_known_is_said(self, sandbox: GitHubSandbox, text: str, message: str) -> None:
        answer = query(sandbox, text)
        assert answer["data"] is None
        assert message in answer["errors"][0]["message"]
