"""The templates of `infra/`: clean, deployable, and granting what the code declares and no more."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
import pytest

from app.aws.artifacts import LIFE
from app.aws.permissions import list_actions
from app.sandbox.aws import AwsSandbox
from app.settings import setting_names
from tests.infra.templates import ACCOUNT, INFRA, MAIN, deployed, document, resources_of

TASK = "AWS::ECS::TaskDefinition"
NOT_OF_THE_CODE = {
    "iam:PassRole",  # asked for by CloudFormation's calls, never called itself
    "cloudformation:TagResource",  # asked for by CreateStack with tags
}


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsSandbox]:
    with AwsSandbox.start(create_seconds=0.1, update_seconds=0.1, delete_seconds=0.1) as sandbox:
        yield sandbox


def client(aws: AwsSandbox, service: str) -> Any:
    return boto3.client(
        service,  # type: ignore[call-overload]
        endpoint_url=aws.endpoint_url,
        region_name="eu-west-1",
        aws_access_key_id="111122223333",
        aws_secret_access_key="sandbox",
    )


@pytest.fixture(scope="module")
def outputs(aws: AwsSandbox) -> dict[str, str]:
    secret = client(aws, "secretsmanager").create_secret(Name="mayfly", SecretString=json.dumps({"KEY": "value"}))
    return deployed(
        client(aws, "cloudformation"),
        "mayfly",
        MAIN,
        Image="registry.example/mayfly:1",
        HostName="mayfly.example.com",
        CertificateArn="arn:aws:acm:eu-west-1:111122223333:certificate/one",
        SecretArn=secret["ARN"],
        GitHubAppId="42",
        Regions="eu-west-1,us-east-1",
        SlackChannel="#previews",
        AlarmEmail="ops@example.com",
    )


def test_cfn_lint_finds_nothing() -> None:
    command = [Path(sys.executable).with_name("cfn-lint"), INFRA / MAIN, INFRA / ACCOUNT]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_service_deploys_and_says_where_it_is_reached(outputs: dict[str, str]) -> None:
    assert outputs["WebhookUrl"] == "https://mayfly.example.com/webhooks/github"
    assert outputs["ArtifactBucket"] == "mayfly-artifacts-111122223333-eu-west-1"
    assert outputs["ServiceRoleArn"].endswith(":role/mayfly-service")


@pytest.mark.parametrize(("make_roles", "made"), [("yes", True), ("no", False)])
def test_a_further_account_deploys_with_and_without_roles(
    aws: AwsSandbox, outputs: dict[str, str], make_roles: str, *, made: bool
) -> None:
    told = deployed(
        client(aws, "cloudformation"),
        f"mayfly-account-{make_roles}",
        ACCOUNT,
        ServiceRoleArn=outputs["ServiceRoleArn"],
        HomeEventBusArn=outputs["EventBusArn"],
        ExternalId="0123456789abcdef",
        MakeRoles=make_roles,
    )
    assert ("DeployRoleArn" in told) is made


def test_both_tasks_are_told_the_same() -> None:
    tasks = [each["ContainerDefinitions"][0] for each in resources_of(MAIN, TASK).values()]
    assert [task["Command"] for task in tasks] == [["web"], ["worker"]]
    assert tasks[0]["Environment"] == tasks[1]["Environment"]
    assert tasks[0]["Secrets"] == tasks[1]["Secrets"]
    assert tasks[0]["Image"] == tasks[1]["Image"]


def test_every_setting_that_the_tasks_are_told_exists() -> None:
    text = json.dumps(resources_of(MAIN, TASK))
    told = {word for word in text.replace('"', " ").replace(":", " ").split() if word.startswith("MAYFLY_")}
    assert told <= set(setting_names())
    assert {"MAYFLY_DATABASE_URL", "MAYFLY_GITHUB__PRIVATE_KEY", "MAYFLY_AWS__EVENT_QUEUE_URL"} <= told


def test_the_bucket_is_the_one_that_the_code_would_make() -> None:
    (bucket,) = resources_of(MAIN, "AWS::S3::Bucket").values()
    (rule,) = bucket["LifecycleConfiguration"]["Rules"]
    assert rule["ExpirationInDays"] == LIFE.days
    assert bucket["BucketName"] == {"Fn::Sub": "mayfly-artifacts-${AWS::AccountId}-${AWS::Region}"}


def test_no_secret_stands_in_a_task_or_a_parameter() -> None:
    for task in resources_of(MAIN, TASK).values():
        names = json.dumps(task["ContainerDefinitions"][0]["Environment"])
        assert not [word for word in ("SECRET", "TOKEN", "PRIVATE_KEY", "resolve:") if word in names]
    given = document(MAIN)["Parameters"]
    assert not [name for name in given if name.lower().endswith(("password", "token", "privatekey", "secret"))]


def _statements(properties: dict[str, Any]) -> list[dict[str, Any]]:
    documents = [policy["PolicyDocument"] for policy in _policies(properties.get("Policies", []))]
    return [statement for each in documents for statement in each["Statement"]]


def _policies(listed: list[Any]) -> list[dict[str, Any]]:
    """The policies, also those that stand under a condition."""
    conditional = [policy["Fn::If"][1] for policy in listed if "Fn::If" in policy]
    return [policy for policy in listed if "PolicyName" in policy] + conditional


def _actions(role: str, template: str) -> set[str]:
    statements = _statements(document(template)["Resources"][role]["Properties"])
    listed = [each["Action"] for each in statements if each["Effect"] == "Allow"]
    return {action for each in listed for action in ([each] if isinstance(each, str) else each)}


def test_the_service_role_may_do_what_the_code_declares_and_no_more() -> None:
    granted = _actions("ServiceRole", MAIN)
    assert granted - NOT_OF_THE_CODE == set(list_actions())
    assert not [action for action in granted if "*" in action]


def test_the_role_of_a_further_account_may_do_the_same_but_enter_others() -> None:
    at_home = {"sts:AssumeRole", "sqs:ReceiveMessage", "sqs:DeleteMessage"}
    assert _actions("DeployRole", ACCOUNT) - NOT_OF_THE_CODE == set(list_actions()) - at_home


@pytest.mark.parametrize(("role", "template"), [("ServiceRole", MAIN), ("DeployRole", ACCOUNT)])
def test_only_the_execution_role_can_be_passed_and_only_to_cloudformation(role: str, template: str) -> None:
    statements = _statements(document(template)["Resources"][role]["Properties"])
    passes = [each for each in statements if "iam:PassRole" in each["Action"]]
    assert [each["Resource"] for each in passes] == [{"Fn::GetAtt": ["ExecutionRole", "Arn"]}]
    assert passes[0]["Condition"] == {"StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}}


@pytest.mark.parametrize(("role", "template"), [("ServiceRole", MAIN), ("DeployRole", ACCOUNT)])
def test_a_stack_is_changed_only_under_our_tag(role: str, template: str) -> None:
    changing = ("Create", "Update", "Delete", "Cancel", "Continue", "Rollback", "Tag")
    for statement in _statements(document(template)["Resources"][role]["Properties"]):
        actions = [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
        if any(action.startswith(f"cloudformation:{verb}") for action in actions for verb in changing):
            (condition,) = statement["Condition"]["Null"]
            assert condition.endswith("Tag/mayfly:managed")


@pytest.mark.parametrize("template", [MAIN, ACCOUNT])
def test_the_execution_role_is_bounded_and_cannot_lift_its_bounds(template: str) -> None:
    found = document(template)["Resources"]
    assert found["ExecutionRole"]["Properties"]["PermissionsBoundary"] == {"Ref": "Boundary"}
    statements = found["Boundary"]["Properties"]["PolicyDocument"]["Statement"]
    denied = [each for each in statements if each["Effect"] == "Deny"]
    assert any("iam:*" in each["Action"] for each in denied)
    allowed = [action for each in statements if each["Effect"] == "Allow" for action in each["Action"]]
    assert "*" not in allowed
    assert "iam:*" not in allowed


def test_a_further_account_is_entered_with_the_external_id_alone() -> None:
    (statement,) = document(ACCOUNT)["Resources"]["DeployRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Condition"] == {"StringEquals": {"sts:ExternalId": {"Ref": "ExternalId"}}}


def test_the_readme_names_every_alarm_and_every_key_of_the_secret() -> None:
    told = (INFRA / "README.md").read_text()
    alarms = resources_of(MAIN, "AWS::CloudWatch::Alarm")
    assert [name for name in alarms if f"| `{name}` |" not in told] == []
    secrets = json.dumps([task["ContainerDefinitions"][0]["Secrets"] for task in resources_of(MAIN, TASK).values()])
    keys = set(re.findall(r":(MAYFLY_[A-Z_]+)::", secrets))
    assert len(keys) == 5
    assert [key for key in keys if f"`{key}`" not in told] == []


def test_the_readme_sums_its_costs_up() -> None:
    rows = re.findall(r"^\| (.+?) \| (.*?) \| (.*?) \| (.*?) \|$", (INFRA / "README.md").read_text(), re.MULTILINE)
    figures = [[cell.strip("* ") for cell in row[1:]] for row in rows if re.fullmatch(r"[*\d.]+", row[1])]
    for column in zip(*figures, strict=True):
        *parts, together = [Decimal(cell or 0) for cell in column]
        assert sum(parts) == together
