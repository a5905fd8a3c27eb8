"""The GitHub stand-in speaks as GitHub does: everything that it says is held against GitHub's own schemas.

Every webhook body and every answer of the API is parsed with the models that githubkit generates from GitHub's
descriptions. The models refuse what is missing or of the wrong type but pass over what they do not know, so strange
fields are looked for here.
"""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from github import Auth
from githubkit_schemas.latest import models
from pydantic import BaseModel, TypeAdapter, ValidationError

from app.sandbox.github import Content, Delivery, File, GitHubSandbox

REPO = "acme/shop"
BRANCH = "feature/SHOP-42-basket"
FILES: dict[str, Content] = {
    "template.yaml": "Resources: {}\n",
    "src/app.py": "print('shop')\n",
    "deploy.sh": File.executable("#!/bin/sh\n"),
    "latest": File.symlink("src/app.py"),
}
TOLERATED = {
    # GitHub's API of 2022-11-28, which PyGithub speaks, has these beyond the version of the models.
    "assignee",
    "has_downloads",
    "merge_commit_sha",
    "rate",
    # The schemas disagree among themselves: each kind of label wants its own choice of these two.
    "archived_at",
    "archived_by",
}
"""Fields that are told though the schema at hand does not list them."""


@pytest.fixture(scope="module")
def story() -> Iterator[GitHubSandbox]:
    """A GitHub on which everything happened once."""
    with GitHubSandbox.start() as sandbox:
        hook = sandbox.deliver_to(sandbox.api_url + "/nowhere", "secret")
        sandbox.create_repository(REPO, FILES)
        sandbox.set_permission(REPO, "octocat", "write")
        sandbox.push(REPO, BRANCH, {"template.yaml": "Resources: {Basket: {}}\n"}, "SHOP-42 Add basket")
        live_through(sandbox, sandbox.open_pull_request(REPO, BRANCH, title="SHOP-42 Basket", body="The basket."))
        live_through_others(sandbox)
        sandbox.ping(hook)
        sandbox.announce_repositories("added", [REPO])
        sandbox.announce_repositories("removed", [REPO])
        for action in ("suspend", "unsuspend", "deleted", "created"):
            sandbox.change_installation(action)
        report(sandbox, sandbox.conversation(REPO, 1).head_sha)
        sandbox.wait_delivered()
        yield sandbox


def live_through(sandbox: GitHubSandbox, number: int) -> None:
    sandbox.push(REPO, BRANCH, {"src/app.py": None, "src/main.py": "print('basket')\n"}, "SHOP-42 Rename")
    sandbox.push(REPO, BRANCH, {"src/main.py": "print('amended')\n"}, "SHOP-42 Rename", force=True)
    sandbox.edit_pull_request(REPO, number, title="SHOP-42 Shopping basket")
    sandbox.mark_ready(REPO, number)
    sandbox.convert_to_draft(REPO, number)
    sandbox.add_label(REPO, number, "preview")
    sandbox.add_label(REPO, number, "later")
    sandbox.remove_label(REPO, number, "later")
    comment = sandbox.comment(REPO, number, "/mayfly status")
    sandbox.edit_comment(REPO, comment, "/mayfly why")
    sandbox.delete_comment(REPO, sandbox.comment(REPO, number, "never mind"))
    sandbox.close_pull_request(REPO, number)
    sandbox.reopen_pull_request(REPO, number)


def live_through_others(sandbox: GitHubSandbox) -> None:
    sandbox.fork(REPO, "stranger")
    sandbox.push("stranger/shop", "patch", {"README.md": "Hello\n"}, author="stranger")
    sandbox.open_pull_request(REPO, "patch", title="Patch", author="stranger", head_repository="stranger/shop")
    sandbox.create_branch(REPO, "merged")
    sandbox.push(REPO, "merged", {"NEWS.md": "New\n"})
    merged = sandbox.open_pull_request(REPO, "merged", title="News", draft=False)
    sandbox.close_pull_request(REPO, merged, merged=True)
    sandbox.delete_branch(REPO, "merged")


def report(sandbox: GitHubSandbox, sha: str) -> None:
    """What a deploying app says of a commit."""
    token, _ = sandbox.tokens.issue(None)
    comment = sandbox.conversation(REPO, 1).comments[0].id
    says: list[tuple[str, dict[str, Any]]] = [
        (f"statuses/{sha}", {"state": "success", "context": "mayfly"}),
        ("deployments", {"ref": sha, "environment": "preview", "payload": {"a": 1}}),
        (f"issues/comments/{comment}/reactions", {"content": "rocket"}),
        ("check-runs", {"name": "mayfly", "head_sha": sha, "conclusion": "success", "external_id": "42"}),
    ]
    for path, body in says:
        url = f"{sandbox.api_url}/repos/{REPO}/{path}"
        assert httpx.post(url, headers={"Authorization": f"token {token}"}, json=body).status_code == 201
    deployment = sandbox.conversation(REPO, 1).deployments[0].id
    url = f"{sandbox.api_url}/repos/{REPO}/deployments/{deployment}/statuses"
    assert httpx.post(url, headers={"Authorization": f"token {token}"}, json={"state": "success"}).status_code == 201


def strangers(parsed: Any, told: Any, path: str = "") -> Iterator[str]:
    """The fields that were told but are in no schema."""
    if isinstance(parsed, BaseModel) and isinstance(told, dict):
        fields = {field.alias or name: name for name, field in type(parsed).model_fields.items()}
        for key, value in told.items():
            if key in fields:
                yield from strangers(getattr(parsed, fields[key]), value, f"{path}.{key}")
            elif key not in TOLERATED and parsed.model_extra is None:
                yield f"{path}.{key}"
    elif isinstance(parsed, list):
        for each, value in zip(parsed, told, strict=True):
            yield from strangers(each, value, f"{path}[]")


def webhook_model(delivery: Delivery) -> type[BaseModel]:
    """GitHub's model of one event and action; the union of all actions takes a second and 75 MB to build."""
    words = f"webhook_{delivery.event}_{delivery.action or ''}".split("_")
    model: type[BaseModel] = getattr(models, "".join(word.capitalize() for word in words))
    return model


EVENTS = {
    *((name, None) for name in ("create", "delete", "ping", "push")),
    *(("installation", action) for action in ("created", "deleted", "suspend", "unsuspend")),
    *(("installation_repositories", action) for action in ("added", "removed")),
    *(("issue_comment", action) for action in ("created", "deleted", "edited")),
    *(
        ("pull_request", action)
        for action in (
            "closed",
            "converted_to_draft",
            "edited",
            "labeled",
            "opened",
            "ready_for_review",
            "reopened",
            "synchronize",
            "unlabeled",
        )
    ),
}


class TestWebhookSchemas:
    def test_story_sends_every_event_that_is_promised(self, story: GitHubSandbox) -> None:
        assert {(delivery.event, delivery.action) for delivery in story.deliveries} == EVENTS

    def test_every_body_parses_and_holds_no_strange_field(self, story: GitHubSandbox) -> None:
        for delivery in story.deliveries:
            parsed = webhook_model(delivery).model_validate_json(json.dumps(delivery.payload), strict=True)
            assert sorted(strangers(parsed, delivery.payload)) == [], (delivery.event, delivery.action)

    def test_models_refuse_a_body_with_a_field_missing(self, story: GitHubSandbox) -> None:
        opened = next(delivery for delivery in story.deliveries if delivery.action == "opened")
        broken = {name: value for name, value in opened.payload.items() if name != "number"}
        with pytest.raises(ValidationError, match="number"):
            webhook_model(opened).model_validate_json(json.dumps(broken), strict=True)


ANSWERS: dict[str, Any] = {
    "/repos/acme/shop": models.FullRepository,
    "/repositories/{repository}": models.FullRepository,
    "/repos/stranger/shop": models.FullRepository,
    "/user/repos": list[models.Repository],
    "/user": models.PrivateUser,
    "/users/octocat": models.PublicUser,
    "/rate_limit": models.RateLimitOverview,
    "/repos/acme/shop/collaborators/octocat/permission": models.RepositoryCollaboratorPermission,
    "/repos/acme/shop/pulls?state=all": list[models.PullRequestSimple],
    "/repos/acme/shop/pulls/1": models.PullRequest,
    "/repos/acme/shop/pulls/2": models.PullRequest,
    "/repos/acme/shop/pulls/3": models.PullRequest,
    "/repos/acme/shop/pulls/1/files": list[models.DiffEntry],
    "/repos/acme/shop/pulls/1/commits": list[models.Commit],
    "/repos/acme/shop/branches": list[models.ShortBranch],
    f"/repos/acme/shop/branches/{BRANCH}": models.BranchWithProtection,
    f"/repos/acme/shop/git/ref/heads/{BRANCH}": models.GitRef,
    "/repos/acme/shop/git/matching-refs/heads/feature": list[models.GitRef],
    "/repos/acme/shop/git/trees/main?recursive=1": models.GitTree,
    "/repos/acme/shop/git/blobs/{blob}": models.Blob,
    "/repos/acme/shop/commits/{sha}": models.Commit,
    f"/repos/acme/shop/compare/main...{BRANCH}": models.CommitComparison,
    "/repos/acme/shop/contents/template.yaml": models.ContentFile,
    "/repos/acme/shop/contents/latest": models.ContentSymlink,
    "/repos/acme/shop/contents/": list[models.ContentDirectoryItems],
    "/repos/acme/shop/issues/1": models.Issue,
    "/repos/acme/shop/issues/1/comments": list[models.IssueComment],
    "/repos/acme/shop/issues/comments/{comment}": models.IssueComment,
    "/repos/acme/shop/issues/1/labels": list[models.Label],
    "/repos/acme/shop/commits/{sha}/status": models.CombinedCommitStatus,
    "/repos/acme/shop/commits/{sha}/statuses": list[models.Status],
    "/repos/acme/shop/commits/{sha}/check-runs": models.ReposOwnerRepoCommitsRefCheckRunsGetResponse200,
    "/repos/acme/shop/check-runs/{run}": models.CheckRun,
    "/repos/acme/shop/deployments": list[models.Deployment],
    "/repos/acme/shop/deployments/{deployment}": models.Deployment,
    "/repos/acme/shop/deployments/{deployment}/statuses": list[models.DeploymentStatus],
    "/repos/acme/shop/environments": models.ReposOwnerRepoEnvironmentsGetResponse200,
    "/repos/acme/shop/environments/preview": models.Environment,
}
APP_ANSWERS: dict[str, Any] = {
    "/app": models.Integration,
    "/app/installations": list[models.Installation],
    "/app/installations/{installation}": models.Installation,
    "/app/hook/deliveries": list[models.HookDeliveryItem],
    "/app/hook/deliveries/1": models.HookDelivery,
}


def fill(sandbox: GitHubSandbox, path: str) -> str:
    repository = sandbox.world.repository(REPO)
    conversation = sandbox.conversation(REPO, 1)
    return sandbox.api_url + path.format(
        repository=repository.id,
        sha=conversation.head_sha,
        blob=File.of("Resources: {}\n").sha,
        comment=conversation.comments[0].id,
        run=conversation.check_runs[0].id,
        deployment=conversation.deployments[0].id,
        installation=sandbox.world.app.installation_id,
    )


def check(answer: httpx.Response, model: Any) -> None:
    assert answer.is_success, answer.text
    parsed = TypeAdapter(model).validate_json(answer.content, strict=True)
    assert parsed != []
    assert sorted(strangers(parsed, answer.json())) == []


class TestApiSchemas:
    @pytest.mark.parametrize("path", ANSWERS)
    def test_answer_parses_and_holds_no_strange_field(self, story: GitHubSandbox, path: str) -> None:
        headers = {"Authorization": f"Bearer {story.token}"}
        check(httpx.get(fill(story, path), headers=headers), ANSWERS[path])

    @pytest.mark.parametrize("path", APP_ANSWERS)
    def test_answer_to_the_app_parses_and_holds_no_strange_field(self, story: GitHubSandbox, path: str) -> None:
        token = Auth.AppAuth(story.app_id, story.private_key).token
        check(httpx.get(fill(story, path), headers={"Authorization": f"Bearer {token}"}), APP_ANSWERS[path])

    def test_installation_token_and_its_repositories_parse(self, story: GitHubSandbox) -> None:
        bearer = {"Authorization": f"Bearer {Auth.AppAuth(story.app_id, story.private_key).token}"}
        url = fill(story, "/app/installations/{installation}/access_tokens")
        made = httpx.post(url, headers=bearer, json={"repositories": ["shop"], "permissions": {"contents": "read"}})
        check(made, models.InstallationToken)
        token = {"Authorization": f"token {made.json()['token']}"}
        listed = httpx.get(story.api_url + "/installation/repositories", headers=token)
        check(listed, models.InstallationRepositoriesGetResponse200)
        assert [each["full_name"] for each in listed.json()["repositories"]] == [REPO]

    def test_reaction_parses(self, story: GitHubSandbox) -> None:
        url = fill(story, "/repos/acme/shop/issues/comments/{comment}/reactions")
        made = httpx.post(url, headers={"Authorization": f"token {story.token}"}, json={"content": "eyes"})
        check(made, models.Reaction)
