"""PyGithub, as it is, gets along with the GitHub stand-in."""

import io
import tarfile
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from github import Auth, Github, GithubException, GithubIntegration
from github.Repository import Repository as GithubRepository

from app.sandbox.github import File, GitHubSandbox

REPO = "acme/shop"
BRANCH = "feature/SHOP-42-basket"


def as_person(sandbox: GitHubSandbox) -> Github:
    auth = Auth.Token(sandbox.token)
    return Github(base_url=sandbox.api_url, auth=auth, seconds_between_requests=0, seconds_between_writes=0)


def as_app(sandbox: GitHubSandbox) -> Github:
    auth = Auth.AppAuth(sandbox.app_id, sandbox.private_key)
    installation = GithubIntegration(
        auth=auth, base_url=sandbox.api_url, seconds_between_requests=0
    ).get_installations()
    access = auth.get_installation_auth(installation[0].id, {"checks": "write"})
    return Github(base_url=sandbox.api_url, auth=access, seconds_between_requests=0, seconds_between_writes=0)


def delete(sandbox: GitHubSandbox, url: str) -> int:
    """The status of a deletion; PyGithub has none for deployments."""
    return httpx.delete(url, headers={"Authorization": f"token {sandbox.token}"}).status_code


@pytest.fixture
def sandbox() -> Iterator[GitHubSandbox]:
    with GitHubSandbox.start() as sandbox:
        sandbox.create_repository(
            REPO,
            {
                "template.yaml": "Resources: {}\n",
                "src/app.py": "print('shop')\n",
                "deploy.sh": File.executable("#!/bin/sh\n"),
                "latest": File.symlink("src/app.py"),
            },
        )
        sandbox.push(REPO, BRANCH, {"template.yaml": "Resources: {Basket: {}}\n"})
        sandbox.open_pull_request(REPO, BRANCH, title="SHOP-42 Basket")
        yield sandbox


@pytest.fixture
def repository(sandbox: GitHubSandbox) -> GithubRepository:
    return as_person(sandbox).get_repo(REPO)


class TestThroughPyGithub:
    def test_pull_request(self, sandbox: GitHubSandbox, repository: GithubRepository) -> None:
        found = repository.get_pull(1)
        assert (found.title, found.draft, found.head.ref, found.base.ref) == ("SHOP-42 Basket", True, BRANCH, "main")
        assert found.head.sha == sandbox.conversation(REPO, 1).head_sha
        assert [file.filename for file in found.get_files()] == ["template.yaml"]
        assert [commit.sha for commit in found.get_commits()] == [found.head.sha]

    def test_listing_pages_through_all_and_filters_by_head(
        self, sandbox: GitHubSandbox, repository: GithubRepository
    ) -> None:
        for number in range(2, 36):
            sandbox.push(REPO, f"branch-{number}", {"n": str(number)})
            sandbox.open_pull_request(REPO, f"branch-{number}", title=str(number))
        assert [found.number for found in repository.get_pulls()] == list(range(35, 0, -1))
        assert [found.number for found in repository.get_pulls(head=f"acme:{BRANCH}")] == [1]

    def test_pull_request_is_edited_closed_and_reopened(
        self, sandbox: GitHubSandbox, repository: GithubRepository
    ) -> None:
        pull_request = repository.get_pull(1)
        pull_request.edit(title="SHOP-42 Cart", state="closed")
        closed = sandbox.conversation(REPO, 1)
        assert (closed.title, closed.state) == ("SHOP-42 Cart", "closed")
        pull_request.edit(state="open")
        assert sandbox.conversation(REPO, 1).state == "open"
        with pytest.raises(GithubException, match="Proposed base branch was not found"):
            pull_request.edit(base="nowhere")

    def test_labels_come_and_go(self, sandbox: GitHubSandbox, repository: GithubRepository) -> None:
        pull_request = repository.get_pull(1)
        pull_request.add_to_labels("preview", "later")
        pull_request.remove_from_labels("later")
        assert [label.name for label in pull_request.get_labels()] == ["preview"]
        assert sandbox.conversation(REPO, 1).labels == ("preview",)

    def test_comment_is_deleted(self, sandbox: GitHubSandbox, repository: GithubRepository) -> None:
        repository.get_pull(1).create_issue_comment("Never mind").delete()
        assert sandbox.conversation(REPO, 1).comments == ()

    def test_comment_is_written_and_edited(self, sandbox: GitHubSandbox, repository: GithubRepository) -> None:
        comment = repository.get_pull(1).create_issue_comment("Creating SHOP-42")
        comment.edit("SHOP-42 is ready")
        kept = sandbox.conversation(REPO, 1).comments[0]
        assert (kept.author.login, kept.body) == ("mayfly-bot", "SHOP-42 is ready")
        assert [edit.body for edit in kept.edits] == ["Creating SHOP-42"]

    def test_comment_over_the_limit_is_refused(self, repository: GithubRepository) -> None:
        pull_request = repository.get_pull(1)
        assert len(pull_request.create_issue_comment("x" * 65536).body) == 65536
        with pytest.raises(GithubException, match="body is too long") as refused:
            pull_request.create_issue_comment("x" * 65537)
        assert refused.value.status == 422

    def test_statuses_of_a_commit_combine(self, repository: GithubRepository) -> None:
        commit = repository.get_commit(repository.get_pull(1).head.sha)
        commit.create_status("pending", context="mayfly")
        commit.create_status("failure", context="mayfly")
        assert commit.get_combined_status().state == "failure"
        assert [status.state for status in commit.get_statuses()] == ["failure", "pending"]

    def test_success_retires_the_earlier_deployment(self, sandbox: GitHubSandbox, repository: GithubRepository) -> None:
        sha = repository.get_pull(1).head.sha
        first, second = (repository.create_deployment(sha, environment="preview") for _ in range(2))
        first.create_status("success")
        assert delete(sandbox, first.url) == 422
        second.create_status("success")
        assert [status.state for status in first.get_statuses()] == ["inactive", "success"]
        assert delete(sandbox, first.url) == 204

    def test_deployment_waits_for_statuses_unless_told_otherwise(self, repository: GithubRepository) -> None:
        sha = repository.get_pull(1).head.sha
        repository.get_commit(sha).create_status("pending", context="tests")
        with pytest.raises(GithubException, match="Commit status checks failed") as refused:
            repository.create_deployment(sha)
        assert refused.value.status == 409
        assert repository.create_deployment(sha, required_contexts=[]).sha == sha

    def test_contents_at_a_commit(self, repository: GithubRepository) -> None:
        found = repository.get_contents("template.yaml", ref=repository.get_pull(1).head.sha)
        assert not isinstance(found, list)
        assert found.decoded_content == b"Resources: {Basket: {}}\n"
        listed = repository.get_contents("")
        assert isinstance(listed, list)
        assert [(each.path, each.type) for each in listed] == [
            ("deploy.sh", "file"),
            ("latest", "symlink"),
            ("src", "dir"),
            ("template.yaml", "file"),
        ]

    def test_permission(self, sandbox: GitHubSandbox, repository: GithubRepository) -> None:
        sandbox.set_permission(REPO, "octocat", "write")
        assert repository.get_collaborator_permission("octocat") == "write"

    def test_branch_with_slashes(self, repository: GithubRepository) -> None:
        sha = repository.get_pull(1).head.sha
        assert repository.get_branch(BRANCH).commit.sha == sha
        assert repository.get_git_ref(f"heads/{BRANCH}").object.sha == sha

    def test_tarball_holds_the_tree_in_one_folder(self, sandbox: GitHubSandbox, repository: GithubRepository) -> None:
        sha = sandbox.conversation(REPO, 1).head_sha
        content = httpx.get(repository.get_archive_link("tarball", sha)).content
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            members = {member.name.removeprefix(f"acme-shop-{sha[:7]}"): member for member in archive}
        assert sorted(members) == ["", "/deploy.sh", "/latest", "/src", "/src/app.py", "/template.yaml"]
        assert members["/deploy.sh"].mode & 0o111
        assert not members["/template.yaml"].mode & 0o111
        assert members["/latest"].linkname == "src/app.py"

    def test_check_runs_are_for_apps_alone(self, sandbox: GitHubSandbox, repository: GithubRepository) -> None:
        sha = repository.get_pull(1).head.sha
        with pytest.raises(GithubException, match="You must authenticate via a GitHub App"):
            repository.create_check_run("mayfly", sha)
        as_app(sandbox).get_repo(REPO).create_check_run("mayfly", sha).edit(conclusion="neutral")
        run = sandbox.conversation(REPO, 1).check_runs[0]
        assert (run.fields["status"], run.fields["conclusion"]) == ("completed", "neutral")

    @pytest.mark.parametrize(
        "output",
        [
            {"title": "t", "summary": "x" * 65536},
            {"title": "t", "summary": "s", "text": "x" * 65536},
            {"title": "t", "summary": "s", "annotations": [{"path": "a"}] * 51},
        ],
        ids=["summary", "text", "annotations"],
    )
    def test_check_run_over_a_limit_is_refused(self, sandbox: GitHubSandbox, output: Any) -> None:
        repository = as_app(sandbox).get_repo(REPO)
        with pytest.raises(GithubException, match="Validation Failed") as refused:
            repository.create_check_run("mayfly", repository.get_branch(BRANCH).commit.sha, output=output)
        assert refused.value.status == 422
