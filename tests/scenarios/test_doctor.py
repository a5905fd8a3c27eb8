"""`mayfly doctor` on an installation as `infra/mayfly.yaml` makes it: all well, then one thing broken at a time."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest

from app.sandbox.aws import AwsSandbox
from tests.infra.templates import MAIN, deployed, resources_of
from tests.scenarios.world import World

ROLE = "mayfly-service"
SIGNING_SECRET = "a-signing-secret-of-the-story"


def client(aws: AwsSandbox, service: str, **credentials: str) -> Any:
    known = {"aws_access_key_id": "111122223333", "aws_secret_access_key": "sandbox", **credentials}
    return boto3.client(service, endpoint_url=aws.endpoint_url, region_name="eu-west-1", **known)  # type: ignore[call-overload]


@dataclass
class Installation:
    """Mayfly in an account, with the settings that its own template hands to the tasks."""

    world: World
    outputs: dict[str, str]

    def examine(self, **settings: str) -> tuple[int, dict[str, dict[str, Any]]]:
        """What the doctor says: its exit status, and each diagnosis by its subject."""
        done = self.world.run("doctor", "--json", **settings)
        assert done.stdout, done.stderr
        return done.returncode, {each["subject"]: each for each in json.loads(done.stdout)["diagnoses"]}

    def policy(self) -> list[dict[str, Any]]:
        """What the service's role may do."""
        iam = client(self.world.aws, "iam")
        document = iam.get_role_policy(RoleName=ROLE, PolicyName="service")["PolicyDocument"]
        statements: list[dict[str, Any]] = document["Statement"]
        return statements

    def grant(self, statements: list[dict[str, Any]]) -> None:
        """Let it do this."""
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        client(self.world.aws, "iam").put_role_policy(RoleName=ROLE, PolicyName="service", PolicyDocument=document)


def _without_conditions(statements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The stand-in's simulation leaves out what it is told of tags, so here the conditions about them are left out."""
    return [{name: value for name, value in each.items() if name != "Condition"} for each in statements]


@pytest.fixture(scope="module")
def installation(aws: AwsSandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    secret = client(aws, "secretsmanager").create_secret(Name="mayfly", SecretString="{}")["ARN"]
    outputs = deployed(
        client(aws, "cloudformation"),
        "mayfly",
        MAIN,
        Image="registry.example/mayfly:1",
        HostName="mayfly.example.com",
        CertificateArn="arn:aws:acm:eu-west-1:111122223333:certificate/one",
        SecretArn=secret,
        GitHubAppId="42",
        Regions="eu-west-1",
    )
    with World(aws, tmp_path_factory.mktemp("world")) as world:
        world.settings |= as_installed(world, outputs)
        world.settings.pop("MAYFLY_GITHUB__TOKEN")
        world.start()
        world.github.ping(world.github.hooks[0])
        world.github.wait_delivered()
        installed = Installation(world, outputs)
        installed.grant(_without_conditions(installed.policy()))
        yield installed


def as_installed(world: World, outputs: dict[str, str]) -> dict[str, str]:
    """The settings of the tasks, with their values, in the rights of the tasks' role."""
    told = {each["Name"] for each in _environment() if "Name" in each}
    assert {"MAYFLY_PUBLIC_URL", "MAYFLY_AWS__EXECUTION_ROLE_ARN", "MAYFLY_AWS__EVENT_QUEUE_URL"} <= told
    role = client(world.aws, "sts").assume_role(RoleArn=outputs["ServiceRoleArn"], RoleSessionName="task")
    return {
        "MAYFLY_PUBLIC_URL": f"http://127.0.0.1:{world.port}",
        "MAYFLY_AWS__REGIONS": "eu-west-1",
        "MAYFLY_AWS__EXECUTION_ROLE_ARN": outputs["ExecutionRoleArn"],
        "MAYFLY_AWS__EVENT_QUEUE_URL": outputs["EventQueueUrl"],
        "MAYFLY_GITHUB__APP_ID": str(world.github.app_id),
        "MAYFLY_GITHUB__PRIVATE_KEY": world.github.private_key,
        "MAYFLY_SLACK__SIGNING_SECRET": SIGNING_SECRET,
        "MAYFLY_SLACK__REAPER_CHANNEL": "#general",
        "AWS_ACCESS_KEY_ID": role["Credentials"]["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": role["Credentials"]["SecretAccessKey"],
        "AWS_SESSION_TOKEN": role["Credentials"]["SessionToken"],
    }


def _environment() -> list[dict[str, Any]]:
    task = next(iter(resources_of(MAIN, "AWS::ECS::TaskDefinition").values()))
    listed: list[dict[str, Any]] = task["ContainerDefinitions"][0]["Environment"]
    return listed


def test_all_is_well(installation: Installation) -> None:
    status, told = installation.examine()
    assert {subject: each for subject, each in told.items() if each["health"] != "ok"} == {}
    assert status == 0
    assert set(told) >= {"database", "github app", "door", "webhook signature", "slack token", "aws default rights"}


@dataclass
class Fault:
    """One thing that is broken: by a setting, or in the world, and how it is mended again."""

    subject: str
    finding: str
    settings: dict[str, str] | None = None
    break_it: Callable[[Installation], object] = lambda _: None
    mend: Callable[[Installation], object] = lambda _: None


def _weaken(installation: Installation) -> None:
    kept = [each for each in installation.policy() if each.get("Sid") != "OnlyStacksThatCarryOurTag"]
    installation.outputs["policy"] = json.dumps(installation.policy())
    installation.grant(kept)


def _strengthen(installation: Installation) -> None:
    installation.grant(json.loads(installation.outputs["policy"]))


FAULTS = {
    "database": Fault("database", "cannot be reached", {"MAYFLY_DATABASE_URL": "postgresql://mayfly@127.0.0.1:1/x"}),
    "github key": Fault("github", "GitHub answered 401", {"MAYFLY_GITHUB__APP_ID": "999999"}),
    "github permission": Fault(
        "github permissions",
        "missing: checks: write",
        break_it=lambda it: it.world.github.world.app.permissions.pop("checks"),
        mend=lambda it: it.world.github.world.app.permissions.update(checks="write"),
    ),
    "github event": Fault(
        "github events",
        "missing: issue_comment",
        break_it=lambda it: it.world.github.world.app.events.remove("issue_comment"),
        mend=lambda it: it.world.github.world.app.events.append("issue_comment"),
    ),
    "webhook address": Fault("github webhook", "goes to", {"MAYFLY_PUBLIC_URL": "http://localhost:1"}),
    "public address": Fault("door", "is not reached", {"MAYFLY_PUBLIC_URL": "http://127.0.0.1:1"}),
    "webhook secret": Fault(
        "webhook secret 1", "is answered 401", {"MAYFLY_GITHUB__WEBHOOK_SECRETS": "another-secret-than-the-door's"}
    ),
    "slack token": Fault("slack", "Slack answered invalid_auth", {"MAYFLY_SLACK__BOT_TOKEN": "xoxb-wrong"}),
    "slack scope": Fault(
        "slack scopes",
        "missing: chat:write",
        break_it=lambda it: it.world.slack.workspace.scopes.remove("chat:write"),
        mend=lambda it: it.world.slack.workspace.scopes.append("chat:write"),
    ),
    "slack channel": Fault("MAYFLY_SLACK__CHANNEL", "there is no #nowhere", {"MAYFLY_SLACK__CHANNEL": "#nowhere"}),
    "iam action": Fault("aws default rights", "cloudformation:DeleteStack", break_it=_weaken, mend=_strengthen),
    "execution role": Fault(
        "aws default execution",
        "nobody",
        {"MAYFLY_AWS__EXECUTION_ROLE_ARN": "arn:aws:iam::111122223333:role/nobody"},
    ),
    "event queue": Fault("event queue", "SQS", {"MAYFLY_AWS__EVENT_QUEUE_URL": "http://127.0.0.1:1/111122223333/none"}),
}


@pytest.mark.parametrize("name", FAULTS)
def test_one_broken_thing_is_named_with_its_remedy(installation: Installation, name: str) -> None:
    fault = FAULTS[name]
    fault.break_it(installation)
    try:
        status, told = installation.examine(**(fault.settings or {}))
    finally:
        fault.mend(installation)
    assert status == 1
    found = told[fault.subject]
    assert (found["health"], fault.finding in found["finding"]) == ("wrong", True), found
    assert found["remedy"]


def test_no_worker_is_noticed_and_no_secret_is_ever_shown(installation: Installation) -> None:
    installation.world.stop()
    done = installation.world.run("doctor")
    installation.world.start()
    assert done.returncode == 1
    assert "none is at work, so nothing is deployed; start `mayfly serve`" in done.stdout
    secrets = [value for name, value in installation.world.settings.items() if "SECRET" in name or "TOKEN" in name]
    assert not [secret for secret in secrets if secret in done.stdout + done.stderr]
    assert "PRIVATE KEY" not in done.stdout + done.stderr
