"""What GitHub shows of each commit: one check run or commit status, and one deployment, from the push to the end."""

from collections.abc import Iterator
from typing import Any

import pytest

from app.sandbox.aws import AwsSandbox
from app.sandbox.github import GitHubSandbox
from tests.scenarios.repositories import template
from tests.scenarios.world import REPOSITORY, World, until

TWO_QUEUES = """\
Resources:
  Orders:
    Type: AWS::SQS::Queue
  Receipts:
    Type: AWS::SQS::Queue
Outputs:
  Url: {Value: "https://shop.example/"}
  Docs: {Value: "https://docs.example/"}
"""
ONE_SHOWN = "stacks: {api: {template: template.yaml, outputs: [Docs, Url]}}"


@pytest.fixture(scope="module")
def app_world(aws: AwsSandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world in which Mayfly speaks to GitHub as an App."""
    with World(aws, tmp_path_factory.mktemp("world")) as world:
        world.settings |= {
            "MAYFLY_GITHUB__APP_ID": str(world.github.app_id),
            "MAYFLY_GITHUB__PRIVATE_KEY": world.github.private_key,
            "MAYFLY_PUBLIC_URL": "https://mayfly.example/",
        }
        yield world.start()


def checks_of(github: GitHubSandbox, commit: str) -> list[dict[str, Any]]:
    """What the check runs on a commit say, the oldest first."""
    return [run.fields for run in github.world.repository(REPOSITORY).check_runs.values() if run.sha == commit]


def annotations_of(github: GitHubSandbox, commit: str) -> list[tuple[str, int, str]]:
    runs = [run for run in github.world.repository(REPOSITORY).check_runs.values() if run.sha == commit]
    return [(a["path"], a["start_line"], a["annotation_level"]) for run in runs for a in run.annotations]


def deployments_of(github: GitHubSandbox, name: str) -> dict[str, list[str]]:
    """The states that each deployment of an environment went through, by commit."""
    found = github.world.repository(REPOSITORY).deployments.values()
    return {d.sha: [status.state for status in d.statuses] for d in found if d.fields["task"] == f"mayfly:{name}"}


def concluded(world: World, commit: str, conclusion: str) -> dict[str, Any]:
    """The check run of a commit, once it is concluded so."""
    return until(
        lambda: next((run for run in checks_of(world.github, commit) if run.get("conclusion") == conclusion), None),
        f"the check of {commit[:7]} is {conclusion}",
    )


def test_a_commit_is_checked_and_deployed_and_in_the_end_nothing_is_left_active(app_world: World) -> None:
    github = app_world.github
    app_world.open("SHOP-801", {"template.yaml": TWO_QUEUES, ".mayfly.yml": ONE_SHOWN})
    head = github.conversation(REPOSITORY, 1).head_sha
    check = concluded(app_world, head, "success")
    assert check["output"]["title"] == "SHOP-801 is ready"
    assert check["external_id"] == f"SHOP-801:{head}"
    until(lambda: deployments_of(github, "SHOP-801").get(head, [])[-1:] == ["success"], "it is deployed")
    (deployment,) = github.world.repository(REPOSITORY).deployments.values()
    told = deployment.statuses[-1].fields
    assert (told["environment_url"], told["log_url"]) == ("https://docs.example/", "https://mayfly.example/#SHOP-801")
    github.close_pull_request(REPOSITORY, 1)
    app_world.wait_for("SHOP-801", "gone")
    until(lambda: not deployments_of(github, "SHOP-801"), "the deployment is taken away")
    assert [run["conclusion"] for run in checks_of(github, head)] == ["success"]


def test_a_failure_stands_at_its_line_and_the_older_commit_stays_deployed(app_world: World) -> None:
    github = app_world.github
    number = app_world.open("SHOP-802", {"template.yaml": TWO_QUEUES})
    first = github.conversation(REPOSITORY, number).head_sha
    concluded(app_world, first, "success")
    app_world.aws.control.fail_resource("Later", reason="No queue today", stack="SHOP-802")
    later = TWO_QUEUES.replace("Outputs:", "  Later:\n    Type: AWS::SQS::Queue\nOutputs:")
    second = app_world.push("SHOP-802", {"template.yaml": later})
    app_world.wait_for("SHOP-802", "failed")
    check = concluded(app_world, second, "failure")
    assert "Later" in check["output"]["summary"]
    assert ("template.yaml", 6, "failure") in annotations_of(github, second)
    until(lambda: deployments_of(github, "SHOP-802").get(second, [])[-1:] == ["failure"], "the failure is told")
    assert deployments_of(github, "SHOP-802")[first][-1] == "success"


def test_a_commit_that_was_overtaken_is_cancelled_and_its_deployment_goes(app_world: World) -> None:
    github = app_world.github
    with app_world.aws.control.holding("create"):
        number = app_world.open("SHOP-803", {"template.yaml": template("Queue")})
        first = github.conversation(REPOSITORY, number).head_sha
        until(lambda: checks_of(github, first), "the first commit is being checked")
        second = app_world.push("SHOP-803", {"template.yaml": template("Queue", "More")})
        concluded(app_world, first, "cancelled")
    concluded(app_world, second, "success")
    until(lambda: list(deployments_of(github, "SHOP-803")) == [second], "one deployment is left")


def test_with_a_token_there_is_a_commit_status(world: World) -> None:
    number = world.open("SHOP-804", {"template.yaml": template()})
    world.wait_for("SHOP-804", "ready")
    until(lambda: [s.state for s in world.github.conversation(REPOSITORY, number).statuses] == ["success"], "it is set")
    (status,) = world.github.conversation(REPOSITORY, number).statuses
    assert (status.context, status.description) == (
        "mayfly",
        f"SHOP-804 is ready. Commit {status.sha[:7]} is deployed.",
    )
    assert not world.github.conversation(REPOSITORY, number).check_runs
