"""What CloudFormation refuses and fails to do, what people do by hand, and processes that die in between."""

from contextlib import suppress
from datetime import timedelta

import pytest

from app.aws.allowance import QuotaFull
from app.core.environment import Phase
from app.core.errors import TransientError
from app.core.stack import StackStatus
from app.store.preparations import known_artifacts, save_artifact
from tests.builders import a_payload
from tests.twins import Crash
from tests.unit.workers.stage import ONE, Stage

S = StackStatus


class TestRefusals:
    def test_a_creation_that_is_refused_fails_and_leaves_nothing(self, stage: Stage) -> None:
        stage.cloud.refusal = "Template format error: no resources."
        stage.push()
        stage.calm()
        assert stage.phase() is Phase.FAILED
        assert "Template format error" in stage.environment().reason
        stage.set_open(False)
        stage.calm()
        assert stage.phase() is Phase.GONE

    def test_a_foreign_stack_of_our_name_is_left_alone(self, stage: Stage) -> None:
        foreign = stage.cloud.stand("SHOP-57", a_payload("foreign"))
        stage.push()
        stage.calm()
        assert (stage.phase(), stage.reconcile()) == (Phase.BLOCKED, None)
        assert "SHOP-57" in stage.environment().reason
        stage.set_open(False)
        stage.calm()
        assert (stage.phase(), foreign.status) == (Phase.GONE, S.CREATE_COMPLETE)

    def test_a_name_that_was_taken_by_nobody_is_asked_for_anew(self, stage: Stage) -> None:
        """Its token is known, yet there is no such stack (any more): the next request is a new one."""
        stage.cloud.is_next_token_known = True
        stage.push()
        stage.calm()
        assert stage.phase() is Phase.READY

    def test_once_the_foreign_stack_is_gone_each_look_takes_the_name(self, stage: Stage) -> None:
        foreign = stage.cloud.stand("SHOP-57", a_payload("foreign"))
        stage.push()
        stage.calm()
        foreign.enter(S.DELETE_COMPLETE)
        stage.calm()
        assert stage.phase() is Phase.READY

    def test_a_stack_of_another_environment_of_ours_is_named_as_such(self, stage: Stage) -> None:
        tags = {"mayfly:managed": "0123456789abcdef", "mayfly:environment": "SHOP-7"}
        stage.cloud.stand("SHOP-57", a_payload("other", tags=tags))
        stage.push()
        stage.calm()
        assert stage.phase() is Phase.BLOCKED
        assert "belongs to the environment SHOP-7" in stage.environment().reason


class TestArtifactsThatAreGone:
    GONE = "S3 error: The specified key does not exist."

    def test_they_are_sent_again_and_the_stack_gets_another_try(self, stage: Stage) -> None:
        with stage.database.begin() as connection:
            save_artifact(connection, "bucket", "acme/shop/1.zip", stage.clock())
        stage.cloud.refusal = self.GONE
        stage.push()
        stage.reconcile()
        with stage.database.read() as connection:
            assert not known_artifacts(connection, "bucket", stage.clock())
        assert stage.phase() is not Phase.FAILED
        stage.cloud.refusal = None
        stage.calm()
        assert stage.phase() is Phase.READY

    def test_what_is_still_not_there_then_is_the_templates_fault_until_the_next_push(self, stage: Stage) -> None:
        stage.cloud.refusal = self.GONE
        stage.push()
        stage.calm()
        assert (stage.phase(), stage.reconcile()) == (Phase.FAILED, None)
        stage.cloud.refusal = None
        stage.push("v2")
        stage.calm()
        assert stage.phase() is Phase.READY

    def test_a_function_that_finds_no_code_is_created_again(self, stage: Stage) -> None:
        stage.push()
        stage.reconcile()
        stage.stack().goes_wrong("S3 Error Code: NoSuchKey. S3 Error Message: The specified key does not exist.")
        stage.calm()
        assert stage.phase() is Phase.READY


class TestDeleting:
    def test_fails_twice_and_then_succeeds(self, ready: Stage) -> None:
        ready.set_open(False)
        for minutes in (1, 15):
            ready.reconcile()
            ready.stack().goes_wrong("The bucket is not empty")
            assert ready.reconcile() == timedelta(minutes=minutes)
            assert ready.phase() is Phase.DELETING
            assert "The bucket is not empty." in ready.environment().reason
            ready.clock.pass_(timedelta(minutes=minutes))
        ready.calm()
        assert ready.phase() is Phase.GONE

    def test_by_hand_of_a_ready_environment_is_seen_and_made_good(self, ready: Stage) -> None:
        ready.stack().begin("by hand", S.DELETE_IN_PROGRESS)
        ready.reconcile()
        assert ready.phase() is not Phase.READY
        ready.calm()
        assert (ready.phase(), ready.stack().status) == (Phase.READY, S.CREATE_COMPLETE)


class TestCrashes:
    @pytest.mark.parametrize("fault", ["crash before", "crash after", "no answer before", "no answer after"])
    def test_in_the_middle_of_a_creation_make_no_second_stack(self, stage: Stage, fault: str) -> None:
        stage.push()
        stage.cloud.fault = fault  # type: ignore[assignment]
        with suppress(Crash, TransientError):
            stage.reconcile()
        stage.calm()
        assert (stage.phase(), len(stage.cloud.stacks)) == (Phase.READY, 1)

    def test_in_the_middle_of_a_creation_that_nobody_wants_any_more(self, stage: Stage) -> None:
        stage.push()
        stage.cloud.fault = "crash after"
        with suppress(Crash):
            stage.reconcile()
        stage.set_open(False)
        stage.calm()
        assert (stage.phase(), [stack.status for stack in stage.cloud.stacks]) == (Phase.GONE, [S.DELETE_COMPLETE])

    @pytest.mark.parametrize("fault", ["crash before", "crash after", "no answer before", "no answer after"])
    @pytest.mark.parametrize("then", ["v1", "v2", "v3"])
    def test_in_the_middle_of_an_update_bring_what_is_wanted_then(self, ready: Stage, fault: str, then: str) -> None:
        ready.push("v2", ONE)
        ready.cloud.fault = fault  # type: ignore[assignment]
        with suppress(Crash, TransientError):
            ready.reconcile()
        ready.push(then, ONE)
        ready.calm()
        assert (ready.phase(), ready.stack().stands.blueprint.digest) == (Phase.READY, then)
        assert ready.records()[0].outputs == ready.stack().outputs

    def test_before_a_stack_gets_another_key_leave_it_one_record(self, ready: Stage) -> None:
        ready.push("v1", "stacks: {api: {template: t, regions: [us-east-1]}}")
        ready.reconcile()
        ready.stack().goes_on()
        ready.cloud.fault = "no answer before"
        with suppress(TransientError):
            ready.reconcile()
        ready.push("v1", "stacks: {api: {template: t, regions: [eu-west-1, us-east-1]}}")
        ready.calm()
        assert ready.phase() is Phase.READY
        assert [stack.status for stack in ready.cloud.stacks] == [
            S.DELETE_COMPLETE,
            S.CREATE_COMPLETE,
            S.CREATE_COMPLETE,
        ]


class TestQuotas:
    def test_an_environment_waits_in_the_queue_and_says_what_for(self, stage: Stage) -> None:
        stage.cloud.full = "default has 1,000 of 1,000 IAM roles"
        stage.push()
        with pytest.raises(QuotaFull):
            stage.reconcile()
        assert stage.phase() is Phase.QUEUED
        assert "1,000 of 1,000 IAM roles" in stage.environment().reason
        stage.cloud.full = None
        stage.calm()
        assert stage.phase() is Phase.READY
