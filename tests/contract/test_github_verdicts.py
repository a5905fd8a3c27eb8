"""What is said of a commit, over real HTTP: check runs, commit statuses and deployments, in GitHub's forms, and once.

Every request body is read by the models that githubkit generates from GitHub's own description of its API.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from githubkit_schemas.latest import models
from pydantic import TypeAdapter

from app.core.announcement import Announcement
from app.core.blame import Blame
from app.core.deployment import Outcome
from app.core.environment import Phase
from app.core.remark import Level, Remark
from app.core.verdict import Verdict, judge_commit
from app.github.checks import Checks
from app.github.client import GitHub
from app.github.deployments import Deployments
from app.github.statuses import Statuses
from app.github.verdicts import report_check, report_deployment, report_status
from app.sandbox.github import GitHubSandbox
from app.sandbox.github import world as github_world
from tests.builders import a_usable, an_announcement, an_output
from tests.unit.slack.shapes import EVERY_SHAPE

SHOP = "acme/shop"
PAGE = "https://mayfly.example/#SHOP-42"
_CHECK_POST = models.ReposOwnerRepoCheckRunsPostBodyOneof0 | models.ReposOwnerRepoCheckRunsPostBodyOneof1
_CHECK_PATCH = (
    models.ReposOwnerRepoCheckRunsCheckRunIdPatchBodyAnyof0 | models.ReposOwnerRepoCheckRunsCheckRunIdPatchBodyAnyof1
)
FORMS: dict[tuple[str, str], Any] = {
    ("POST", "check-runs"): _CHECK_POST,
    ("PATCH", "check-runs"): _CHECK_PATCH,
    ("POST", "statuses"): models.ReposOwnerRepoStatusesShaPostBody,
    ("POST", "deployments"): models.ReposOwnerRepoDeploymentsPostBody,
    ("POST", "deployment-status"): models.ReposOwnerRepoDeploymentsDeploymentIdStatusesPostBody,
}


class StrictGitHub(GitHub):
    """GitHub, which holds every body against GitHub's description before it is sent."""

    def ask(self, repository: str, verb: str, path: str, **arguments: Any) -> Any:
        if "input" in arguments:
            kind = path.split("/")[1]
            if kind == "deployments" and path.endswith("/statuses"):
                kind = "deployment-status"
            TypeAdapter(FORMS[verb, kind]).validate_python(arguments["input"])
        return super().ask(repository, verb, path, **arguments)


@pytest.fixture
def sandbox() -> Iterator[GitHubSandbox]:
    with GitHubSandbox.start() as sandbox:
        sandbox.create_repository(SHOP, {"template.yaml": "Resources: {}\n"})
        yield sandbox


@pytest.fixture
def commit(sandbox: GitHubSandbox) -> str:
    sandbox.push(SHOP, "SHOP-42", {"cart": "1"})
    sandbox.open_pull_request(SHOP, "SHOP-42", title="Cart")
    return sandbox.conversation(SHOP, 1).head_sha


@pytest.fixture
def app(sandbox: GitHubSandbox) -> GitHub:
    return StrictGitHub(sandbox.api_url, app_id=str(sandbox.app_id), private_key=sandbox.private_key)


@pytest.fixture
def checks(app: GitHub, commit: str) -> Checks:
    return Checks(app, SHOP, commit)


@pytest.fixture
def deployments(app: GitHub, commit: str) -> Deployments:
    return Deployments(app, SHOP, commit, "SHOP-42")


@pytest.fixture
def statuses(sandbox: GitHubSandbox, commit: str) -> Statuses:
    return Statuses(StrictGitHub(sandbox.api_url, token=sandbox.token), SHOP, commit)


def report(verdict: Verdict, announcement: Announcement | None = None, line: int = 7) -> Any:
    phase = {Verdict.SUCCESS: Phase.READY, Verdict.FAILURE: Phase.FAILED}.get(verdict, Phase.CREATING)
    told = announcement or an_announcement(phase)
    return report_check(told, "c" * 40, verdict, lambda blame: (blame.file, line), PAGE)


def runs(sandbox: GitHubSandbox) -> list[github_world.CheckRun]:
    return list(sandbox.world.repository(SHOP).check_runs.values())


def some_remarks(count: int) -> tuple[Remark, ...]:
    return tuple(Remark(Level.WARNING, "retained", f"It stays {n}.", "template.yaml", n + 1, "T") for n in range(count))


class TestChecks:
    def test_a_run_is_started_and_completed_in_place(self, sandbox: GitHubSandbox, checks: Checks) -> None:
        run = checks.post(report(Verdict.RUNNING))
        assert checks.edit(run, report(Verdict.SUCCESS))
        (only,) = runs(sandbox)
        told = only.fields
        assert (only.name, told["status"], told["conclusion"]) == ("mayfly", "completed", "success")
        assert (told["output"]["title"], told["details_url"]) == ("SHOP-42 is ready", PAGE)
        assert [action["identifier"] for action in told["actions"]] == [
            "mayfly:extend",
            "mayfly:redeploy",
            "mayfly:destroy",
        ]

    def test_a_further_attempt_gets_a_run_of_its_own(self, sandbox: GitHubSandbox, checks: Checks) -> None:
        run = checks.post(report(Verdict.FAILURE))
        assert not checks.edit(run, report(Verdict.RUNNING))
        checks.post(report(Verdict.RUNNING))
        assert [each.fields["status"] for each in runs(sandbox)] == ["completed", "in_progress"]

    def test_a_conclusion_may_become_another(self, sandbox: GitHubSandbox, checks: Checks) -> None:
        run = checks.post(report(Verdict.SUCCESS))
        assert checks.edit(run, report(Verdict.TAKEN_AWAY))
        assert [each.fields["conclusion"] for each in runs(sandbox)] == ["neutral"]

    def test_a_run_is_found_by_its_key_and_the_latest_of_several(self, checks: Checks) -> None:
        checks.post(report(Verdict.FAILURE))
        latest = checks.post(report(Verdict.RUNNING))
        assert checks.find(report(Verdict.SUCCESS).key) == latest
        assert checks.find("SHOP-43:" + "c" * 40) is None

    def test_a_failure_and_the_remarks_stand_at_their_lines_once(self, sandbox: GitHubSandbox, checks: Checks) -> None:
        failed = an_announcement(
            Phase.FAILED, blames=(Blame("template.yaml", "Queue: no.", "Queue"),), remarks=some_remarks(2)
        )
        run = checks.post(report(Verdict.RUNNING, failed))
        for _ in range(3):
            assert checks.edit(run, report(Verdict.FAILURE, failed))
        assert [(a["start_line"], a["annotation_level"], a["title"]) for a in runs(sandbox)[0].annotations] == [
            (7, "failure", "Queue failed"),
            (1, "warning", "retained"),
            (2, "warning", "retained"),
        ]

    def test_more_annotations_than_a_request_takes_are_sent_in_several(
        self, sandbox: GitHubSandbox, checks: Checks
    ) -> None:
        many = an_announcement(remarks=some_remarks(120))
        checks.post(report(Verdict.SUCCESS, many))
        assert [a["start_line"] for a in runs(sandbox)[0].annotations] == list(range(1, 121))

    def test_what_a_crash_left_unsent_is_sent(self, sandbox: GitHubSandbox, checks: Checks) -> None:
        run = checks.post(report(Verdict.SUCCESS, an_announcement(remarks=some_remarks(50))))
        checks.edit(run, report(Verdict.SUCCESS, an_announcement(remarks=some_remarks(120))))
        assert [a["start_line"] for a in runs(sandbox)[0].annotations] == list(range(1, 121))

    @pytest.mark.parametrize("shape", EVERY_SHAPE)
    def test_github_takes_the_run_however_much_there_is(self, checks: Checks, shape: str) -> None:
        announcement = replace(EVERY_SHAPE[shape], remarks=some_remarks(100), wanted=(SHOP, "d" * 40))
        for verdict in Verdict:
            assert checks.post(report(verdict, announcement))


class TestStatuses:
    def test_the_latest_counts_and_the_same_is_not_set_twice(self, sandbox: GitHubSandbox, statuses: Statuses) -> None:
        pending = report_status(an_announcement(Phase.CREATING), Verdict.RUNNING, PAGE)
        ready = report_status(an_announcement(), Verdict.SUCCESS, PAGE)
        assert pending
        assert ready
        statuses.post(pending)
        statuses.post(ready)
        assert (statuses.says(pending), statuses.says(ready)) == (False, True)
        (told,) = sandbox.conversation(SHOP, 1).statuses
        assert (told.context, told.state) == ("mayfly", "success")
        assert told.description == "SHOP-42 is ready. Commit ccccccc is deployed."

    def test_github_takes_it_however_long_the_reason(self, statuses: Statuses) -> None:
        told = [report_status(shape, verdict, PAGE) for shape in EVERY_SHAPE.values() for verdict in Verdict]
        assert all(statuses.post(each) for each in told if each is not None)


class TestDeployments:
    def told(self, verdict: Verdict | None, **changes: Any) -> Any:
        return report_deployment(an_announcement(address="https://api.example/", **changes), verdict, PAGE)

    def shown(self, sandbox: GitHubSandbox) -> list[github_world.Deployment]:
        return list(sandbox.world.repository(SHOP).deployments.values())

    def test_a_deployment_is_transient_and_goes_through_its_states(
        self, sandbox: GitHubSandbox, deployments: Deployments, commit: str
    ) -> None:
        deployment = deployments.post(self.told(Verdict.QUEUED))
        for verdict in (Verdict.RUNNING, Verdict.SUCCESS):
            assert deployments.edit(deployment, self.told(verdict))
        (only,) = self.shown(sandbox)
        assert (only.sha, only.fields["task"], only.environment) == (commit, "mayfly:SHOP-42", "preview")
        assert (only.fields["transient_environment"], only.fields["production_environment"]) == (True, False)
        assert only.fields["payload"] == {"environment": "SHOP-42"}
        assert [status.state for status in only.statuses] == ["queued", "in_progress", "success"]
        assert only.statuses[-1].fields["environment_url"] == "https://api.example/"
        assert only.statuses[-1].fields["log_url"] == PAGE

    def test_a_state_is_told_once(self, sandbox: GitHubSandbox, deployments: Deployments) -> None:
        deployment = deployments.post(self.told(Verdict.SUCCESS))
        deployments.edit(deployment, self.told(Verdict.SUCCESS))
        assert [status.state for status in self.shown(sandbox)[0].statuses] == ["success"]

    def test_it_is_found_by_commit_and_task(self, deployments: Deployments) -> None:
        assert deployments.find() is None
        deployment = deployments.post(self.told(Verdict.RUNNING))
        assert deployments.find() == deployment
        assert replace(deployments, environment="SHOP-43").find() is None

    def test_at_the_end_nothing_is_left_of_it(self, sandbox: GitHubSandbox, deployments: Deployments) -> None:
        deployment = deployments.post(self.told(Verdict.SUCCESS))
        replace(deployments, environment="SHOP-43").post(self.told(Verdict.SUCCESS))
        assert deployments.edit(deployment, self.told(None))
        assert deployments.edit(deployment, self.told(None))
        assert [each.fields["task"] for each in self.shown(sandbox)] == ["mayfly:SHOP-43"]
        assert not deployments.edit(deployment, self.told(Verdict.RUNNING))

    @pytest.mark.parametrize("verdict", Verdict)
    def test_github_takes_it_whatever_there_is(self, deployments: Deployments, verdict: Verdict) -> None:
        for shape in EVERY_SHAPE.values():
            announcement = replace(shape, address="https://api.example/?a=1&b=2")
            assert deployments.post(report_deployment(announcement, verdict, PAGE))

    def test_of_one_that_was_over_before_it_began_nothing_is_said(
        self, sandbox: GitHubSandbox, deployments: Deployments
    ) -> None:
        reference = deployments.post(self.told(None))
        assert self.shown(sandbox) == []
        assert not deployments.edit(reference, self.told(Verdict.RUNNING))


def test_each_verdict_has_a_word_in_every_form() -> None:
    announcement = an_announcement(outcomes={"c" * 40: Outcome.SUCCEEDED}, wanted=(SHOP, "c" * 40))
    assert judge_commit(announcement, SHOP, "c" * 40) is Verdict.SUCCESS
    assert {report(verdict).conclusion for verdict in Verdict if not verdict.is_open} == {
        "success",
        "failure",
        "action_required",
        "neutral",
        "cancelled",
    }


def test_a_check_shows_what_can_be_used() -> None:
    told = an_announcement(outputs=(an_output("Url", "https://a"),), resources=(a_usable("orders"),))
    assert "| Url | <https://a> |" in report(Verdict.SUCCESS, told).summary
