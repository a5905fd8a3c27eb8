"""CloudFormation's adapter over real HTTP: every call as it goes well, is refused, and does not get through."""

import json
import time
from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

from app.aws import history, stacks
from app.aws.client import AwsDenied, AwsRefused, AwsUnreachable, speaking
from app.aws.stacks import Answer, Started
from app.core.blueprint import Payload
from app.core.stack import ObservedStack, StackStatus
from app.sandbox.aws import AwsControl, AwsSandbox
from tests.builders import a_blueprint
from tests.waiting import wait_until

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

SECONDS = 0.4
NAME = "SHOP-42"


def a_payload(*queues: str) -> Payload:
    """A stack of these queues."""
    body = json.dumps(
        {
            "Parameters": {"Stage": {"Type": "String"}},
            "Resources": {name: {"Type": "AWS::SQS::Queue"} for name in queues or ("Queue",)},
            "Outputs": {"Stage": {"Value": {"Ref": "Stage"}}},
        }
    )
    blueprint = a_blueprint(body=body, capabilities=("CAPABILITY_IAM",))
    return Payload(blueprint, {"Stage": "test"}, {"mayfly:environment": NAME})


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsSandbox]:
    with AwsSandbox.start(create_seconds=SECONDS, update_seconds=SECONDS, delete_seconds=SECONDS) as running:
        yield running


@pytest.fixture(scope="module")
def connected(aws: AwsSandbox) -> Iterator["CloudFormationClient"]:
    """A client that tries twice, with next to no pause between."""
    client = boto3.client(
        "cloudformation",
        endpoint_url=aws.endpoint_url,
        region_name="eu-west-1",
        aws_access_key_id="111122223333",
        aws_secret_access_key="sandbox",
        config=Config(retries={"mode": "standard", "total_max_attempts": 2}),
    )
    yield client
    client.close()


@pytest.fixture
def client(connected: "CloudFormationClient", aws: AwsSandbox) -> "CloudFormationClient":
    aws.control.reset()
    return connected


@pytest.fixture
def control(aws: AwsSandbox) -> AwsControl:
    return aws.control


def settled(client: "CloudFormationClient", stack_id: str) -> ObservedStack:
    """The stack once nothing is under way."""
    deadline = time.monotonic() + 30
    while (seen := stacks.describe_stack(client, stack_id)) and seen.status.is_in_progress:
        assert time.monotonic() < deadline, seen
        time.sleep(0.02)
    assert seen
    return seen


def a_standing_stack(client: "CloudFormationClient", *queues: str) -> str:
    """The id of a stack whose creation has ended."""
    stack_id = stacks.create_stack(client, NAME, a_payload(*queues), "create").id or ""
    settled(client, stack_id)
    return stack_id


CALLS: dict[str, Callable[["CloudFormationClient", str], Any]] = {
    "CreateStack": lambda client, _: stacks.create_stack(client, "SHOP-43", a_payload(), "t"),
    "UpdateStack": lambda client, stack_id: stacks.update_stack(client, stack_id, a_payload("Other"), "t"),
    "DeleteStack": lambda client, stack_id: stacks.delete_stack(client, stack_id, "t"),
    "CancelUpdateStack": lambda client, stack_id: stacks.cancel_update(client, stack_id, "t"),
    "ContinueUpdateRollback": lambda client, stack_id: stacks.continue_rollback(client, stack_id, "t"),
    "RollbackStack": lambda client, stack_id: stacks.roll_back(client, stack_id, "t"),
    "DescribeStacks": stacks.describe_stack,
    "ListStackResources": stacks.list_resources,
    "DescribeStackEvents": lambda client, stack_id: list(history.stack_events(client, stack_id)),
    "DescribeEvents": history.failed_events,
    "UpdateTerminationProtection": stacks.unprotect_stack,
    "ListStacks": lambda client, _: stacks.list_in_progress(client),
}
FAULTS: dict[str, Callable[[AwsControl, str], None]] = {
    "throttled": lambda control, action: control.throttle("cloudformation", action, times=None),
    "unavailable": lambda control, action: control.unavailable("cloudformation", action, times=None),
    "dropped": lambda control, action: control.drop("cloudformation", action, times=None),
    "token expired": lambda control, action: control.expire_token("cloudformation", action, times=None),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("action", CALLS)
def test_a_call_that_does_not_get_through_may_work_later(
    client: "CloudFormationClient", control: AwsControl, action: str, fault: str
) -> None:
    FAULTS[fault](control, action)
    with pytest.raises(AwsUnreachable, match="CloudFormation"):
        CALLS[action](client, "arn:aws:cloudformation:eu-west-1:111122223333:stack/SHOP-42/1")


@pytest.mark.parametrize("action", CALLS)
def test_a_call_without_permission_names_what_is_missing(
    client: "CloudFormationClient", control: AwsControl, action: str
) -> None:
    message = f"User: mayfly is not authorized to perform: cloudformation:{action}"
    control.error("cloudformation", action, code="AccessDenied", message=message, status=403)
    with pytest.raises(AwsDenied, match=f"cloudformation:{action} .give Mayfly's role this permission"):
        CALLS[action](client, "SHOP-42")


@pytest.mark.parametrize("code", ["InvalidClientTokenId", "SignatureDoesNotMatch", "UnrecognizedClientException"])
def test_credentials_that_are_no_good_are_no_fault_of_the_template(
    client: "CloudFormationClient", control: AwsControl, code: str
) -> None:
    control.error("cloudformation", "CreateStack", code=code, message="The token is invalid", status=403)
    with pytest.raises(AwsUnreachable, match="check the AWS credentials"):
        CALLS["CreateStack"](client, "")


def test_a_quota_of_stacks_that_is_used_up_is_waited_for(client: "CloudFormationClient", control: AwsControl) -> None:
    control.error("cloudformation", "CreateStack", code="LimitExceededException", message="Limit exceeded", times=None)
    with pytest.raises(AwsUnreachable, match="Limit exceeded"):
        CALLS["CreateStack"](client, "")


@pytest.mark.parametrize("action", ["CreateStack", "UpdateStack", "DeleteStack"])
def test_a_change_whose_answer_is_lost_once_is_made_once(
    client: "CloudFormationClient", control: AwsControl, action: str
) -> None:
    stack_id = a_standing_stack(client)
    control.drop("cloudformation", action, when="after")
    assert CALLS[action](client, stack_id).answer is Answer.STARTED
    assert len(client.list_stacks()["StackSummaries"]) == (2 if action == "CreateStack" else 1)


def test_a_stack_is_created_with_everything_that_the_payload_says(client: "CloudFormationClient") -> None:
    seen = settled(client, a_standing_stack(client))
    assert (seen.name, seen.status) == (NAME, StackStatus.CREATE_COMPLETE)
    assert (seen.tags, seen.outputs) == ({"mayfly:environment": NAME}, {"Stage": "test"})
    assert seen.created_at is not None


def test_a_repeat_with_the_same_token_is_recognised(client: "CloudFormationClient") -> None:
    first = stacks.create_stack(client, NAME, a_payload(), "same")
    assert stacks.create_stack(client, NAME, a_payload(), "same") == first


def test_a_name_that_is_taken_is_an_answer(client: "CloudFormationClient") -> None:
    a_standing_stack(client)
    assert stacks.create_stack(client, NAME, a_payload(), "other") == Started(Answer.NAME_TAKEN)


@pytest.mark.parametrize(
    ("action", "answer"),
    [("CreateStack", Answer.NAME_TAKEN), ("UpdateStack", Answer.STARTED), ("DeleteStack", Answer.STARTED)],
)
def test_a_token_that_was_used_already_is_an_answer(
    client: "CloudFormationClient", control: AwsControl, action: str, answer: Answer
) -> None:
    stack_id = a_standing_stack(client)
    control.error("cloudformation", action, code="TokenAlreadyExistsException", message="A client request token exists")
    assert CALLS[action](client, stack_id).answer is answer


@pytest.mark.parametrize("action", ["CancelUpdateStack", "ContinueUpdateRollback", "RollbackStack"])
def test_a_token_of_an_act_that_was_asked_for_already_does_no_harm(
    client: "CloudFormationClient", control: AwsControl, action: str
) -> None:
    stack_id = a_standing_stack(client)
    control.error("cloudformation", action, code="TokenAlreadyExistsException", message="A client request token exists")
    assert CALLS[action](client, stack_id) is None


def test_a_creation_that_fails_removes_itself(client: "CloudFormationClient", control: AwsControl) -> None:
    control.fail_resource("Queue", reason="No room")
    stack_id = stacks.create_stack(client, NAME, a_payload(), "t").id or ""
    wait_until(lambda: settled(client, stack_id).status is StackStatus.DELETE_COMPLETE, 30)
    assert stacks.describe_stack(client, NAME) is None


def test_a_template_that_is_refused_is_refused_in_cloudformations_words(client: "CloudFormationClient") -> None:
    broken = Payload(a_blueprint(body='{"Resources": {"X": {"Type": "AWS::No::Such"}}}'))
    with pytest.raises(AwsRefused, match="AWS::No::Such"):
        settled(client, stacks.create_stack(client, NAME, broken, "t").id or "")


def test_an_update_with_nothing_to_do_is_an_answer(client: "CloudFormationClient") -> None:
    stack_id = a_standing_stack(client)
    assert stacks.update_stack(client, stack_id, a_payload(), "t").answer is Answer.UNCHANGED


def test_an_update_of_nothing_is_an_answer(client: "CloudFormationClient") -> None:
    assert stacks.update_stack(client, "SHOP-99", a_payload(), "t").answer is Answer.MISSING


def test_a_refusal_about_something_else_that_does_not_exist_is_a_refusal(
    client: "CloudFormationClient", control: AwsControl
) -> None:
    stack_id, message = a_standing_stack(client), "The role arn:aws:iam::1:role/x does not exist"
    control.error("cloudformation", "UpdateStack", code="ValidationError", message=message)
    with pytest.raises(AwsRefused, match="role/x"):
        stacks.update_stack(client, stack_id, a_payload("Other"), "t")


def test_an_update_in_the_middle_of_another_is_an_answer(client: "CloudFormationClient", control: AwsControl) -> None:
    stack_id = a_standing_stack(client)
    with control.holding("update"):
        stacks.update_stack(client, stack_id, a_payload("Other"), "one")
        assert stacks.update_stack(client, stack_id, a_payload("Third"), "two").answer is Answer.BUSY
        assert stacks.delete_stack(client, stack_id, "three").answer is Answer.BUSY


def test_a_deleted_stack_is_known_by_its_id_alone(client: "CloudFormationClient") -> None:
    stack_id = a_standing_stack(client)
    assert stacks.delete_stack(client, stack_id, "t").answer is Answer.STARTED
    assert settled(client, stack_id).status is StackStatus.DELETE_COMPLETE
    assert stacks.describe_stack(client, NAME) is None


def test_cancelling_an_update_that_is_over_does_nothing(client: "CloudFormationClient") -> None:
    stack_id = a_standing_stack(client)
    stacks.cancel_update(client, stack_id, "t")
    assert settled(client, stack_id).status is StackStatus.CREATE_COMPLETE


def test_what_was_refused_before_anything_was_made_is_told_with_its_place(
    client: "CloudFormationClient",
) -> None:
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "shop-42-taken"}}
    body = json.dumps({"Resources": {"Bucket": bucket}})
    for name in ("SHOP-41", NAME):
        stack_id = stacks.create_stack(client, name, Payload(a_blueprint(body=body)), name).id or ""
        settled(client, stack_id)
    refusal = next(event for event in history.failed_events(client, stack_id) if event.kind == "VALIDATION_ERROR")
    assert (refusal.logical_id, refusal.type, refusal.mode) == ("Bucket", "AWS::S3::Bucket", "FAIL")
    assert refusal.path == "/Resources/Bucket"
    assert "shop-42-taken" in refusal.reason


def test_termination_protection_is_an_answer_and_can_be_taken_off(client: "CloudFormationClient") -> None:
    stack_id = a_standing_stack(client)
    client.update_termination_protection(StackName=stack_id, EnableTerminationProtection=True)
    assert stacks.delete_stack(client, stack_id, "t").answer is Answer.PROTECTED
    stacks.unprotect_stack(client, stack_id)
    assert stacks.delete_stack(client, stack_id, "t").answer is Answer.STARTED


class TestTheEndOfTheLadder:
    """What a stack in DELETE_FAILED alone can be told."""

    def failed(self, client: "CloudFormationClient", control: AwsControl) -> str:
        stack_id = a_standing_stack(client, "Queue", "Other")
        control.fail_resource("Queue", reason="It is held", on="delete")
        stacks.delete_stack(client, stack_id, "t1")
        assert settled(client, stack_id).status is StackStatus.DELETE_FAILED
        return stack_id

    @pytest.mark.parametrize(("retain", "forced"), [(("Queue",), False), ((), True)], ids=["retain", "force"])
    def test_it_goes_and_leaves_what_failed(
        self, client: "CloudFormationClient", control: AwsControl, retain: tuple[str, ...], forced: bool
    ) -> None:
        stack_id = self.failed(client, control)
        stacks.delete_stack(client, stack_id, "t2", retain=retain, is_forced=forced)
        assert settled(client, stack_id).status is StackStatus.DELETE_COMPLETE
        left = {each.logical_id for each in stacks.list_resources(client, stack_id) if each.status == "DELETE_SKIPPED"}
        assert left == {"Queue"}

    @pytest.mark.parametrize(("retain", "forced"), [(("Queue",), False), ((), True)], ids=["retain", "force"])
    def test_a_stack_that_stands_cannot_be_told(
        self, client: "CloudFormationClient", retain: tuple[str, ...], forced: bool
    ) -> None:
        with pytest.raises(AwsRefused, match="DELETE_FAILED"):
            stacks.delete_stack(client, a_standing_stack(client), "t", retain=retain, is_forced=forced)


def test_every_page_of_resources_and_events_is_read(client: "CloudFormationClient") -> None:
    names = [f"Queue{number}" for number in range(110)]
    stack_id = a_standing_stack(client, *names)
    assert sorted(one.logical_id for one in stacks.list_resources(client, stack_id)) == sorted(names)
    assert len(list(history.stack_events(client, stack_id))) > 220


def test_events_come_newest_first_and_only_as_far_as_somebody_reads(client: "CloudFormationClient") -> None:
    stack_id = a_standing_stack(client)
    (newest,) = islice(history.stack_events(client, stack_id), 1)
    assert (newest.logical_id, newest.status, newest.token) == (NAME, "CREATE_COMPLETE", "create")


def test_the_watch_sees_what_is_under_way_and_nothing_else(client: "CloudFormationClient", control: AwsControl) -> None:
    a_standing_stack(client)
    assert stacks.list_in_progress(client) == {}
    with control.holding("create"):
        started = CALLS["CreateStack"](client, "")
        assert stacks.list_in_progress(client) == {started.id: StackStatus.CREATE_IN_PROGRESS}


def test_nothing_of_a_fault_gives_a_secret_away(client: "CloudFormationClient", control: AwsControl) -> None:
    control.error("cloudformation", "DescribeStacks", code="ValidationError", message="No\n way")
    with pytest.raises(AwsRefused) as refused, speaking("CloudFormation"):
        client.describe_stacks()
    assert str(refused.value) == "CloudFormation: No way"
    assert refused.value.__cause__ is None
