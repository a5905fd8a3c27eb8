"""What is asked for a cause, and what becomes of answers that do not come."""

from typing import Any

from app.core.cause import STACK_TYPE, OperationEvent
from app.core.environment import Phase
from app.core.stack import StackStatus
from tests.twin_stack import TwinStack
from tests.unit.workers.stage import ONE, Stage

S = StackStatus


def refusal(**changes: Any) -> OperationEvent:
    values = {"operation": "o1", "kind": "VALIDATION_ERROR", "logical_id": "Bucket", "type": "AWS::S3::Bucket"}
    path = "/Resources/Bucket/Properties/BucketName"
    return OperationEvent(**{**values, "reason": "The name is taken.", "path": path, "mode": "FAIL", **changes})


def test_what_was_refused_before_anything_was_made_is_the_cause(stage: Stage) -> None:
    stage.push()
    stage.reconcile()
    stage.stack().refusals = [refusal()]
    stage.stack().goes_wrong("Validation failed with 1 error(s). Call DescribeEvents to retrieve the full list.")
    stage.reconcile()
    assert stage.environment().reason == (
        "SHOP-57 could not be created. Bucket (AWS::S3::Bucket): The name is taken (at BucketName)."
    )


def test_where_operation_events_are_not_known_the_stacks_events_tell(stage: Stage) -> None:
    stage.cloud.is_old = True
    stage.push()
    stage.reconcile()
    stage.stack().goes_wrong()
    stage.reconcile()
    assert stage.environment().reason == "SHOP-57 could not be created. Queue (AWS::SQS::Queue): Access denied."


class TestNestedStacks:
    def nest(self, stage: Stage, name: str, outer: TwinStack, reason: str = "") -> TwinStack:
        """A stack within another, which failed."""
        nested = stage.cloud.stand(f"SHOP-57-{name}", outer.stands, is_ours=True)
        nested.enter(S.CREATE_IN_PROGRESS)
        if reason:
            nested.note("CREATE_FAILED", reason)
        nested.enter(S.DELETE_COMPLETE)
        outer.note("CREATE_FAILED", f"Embedded stack {nested.id} was not created", name, STACK_TYPE, nested.id)
        return nested

    def test_the_cause_is_told_with_the_way_to_it(self, stage: Stage) -> None:
        stage.push()
        stage.reconcile()
        outer = stage.stack()
        middle = self.nest(stage, "Child", outer)
        self.nest(stage, "Grandchild", middle, "No room")
        outer.enter(S.DELETE_IN_PROGRESS, "The following resource(s) failed to create: [Child].")
        stage.reconcile()
        assert stage.environment().reason == (
            "SHOP-57 could not be created. Child/Grandchild/Queue (AWS::SQS::Queue): No room."
        )


class TestTheSameFailureAgain:
    def test_is_told_as_the_same(self, ready: Stage) -> None:
        ready.push("v2", ONE)
        first = fail_now(ready)
        commit = ready.environment().desired.commit
        ready.push("v3", ONE)
        second = fail_now(ready)
        ready.push("v4", ONE)
        third = fail_now(ready, "No room")
        told = f"This is the same failure as at commit {commit[:7]}."
        assert [told in text for text in (first, second, third)] == [False, True, False]

    def test_of_a_creation_is_told_though_the_stack_was_deleted(self, stage: Stage) -> None:
        stage.push("v1", ONE)
        first = fail_now(stage)
        stage.push("v2", ONE)
        assert "same failure" not in first
        assert "This is the same failure" in fail_now(stage)


def fail_now(stage: Stage, reason: str = "Access denied") -> str:
    """The operation for the last push begins and fails; what people are told."""
    stage.reconcile()
    (stack,) = stage.cloud.moving()
    stack.goes_wrong(reason)
    stage.calm()
    assert stage.phase() is Phase.FAILED
    return stage.environment().reason


class TestWhatServesMeanwhile:
    def test_is_told_at_the_rollbacks_end(self, ready: Stage) -> None:
        ready.push("v2", ONE)
        ready.reconcile()
        ready.stack().goes_wrong()
        ready.reconcile()
        assert ready.environment().reason.endswith("Access denied. The version before is being restored.")
        ready.calm()
        assert ready.environment().reason.endswith("Access denied. The version before still serves.")

    def test_is_told_where_the_rollback_failed_too(self, ready: Stage) -> None:
        ready.push("v2", ONE)
        ready.reconcile()
        for _ in range(2):
            ready.stack().goes_wrong()
            ready.reconcile()
        ready.stack().goes_wrong()
        ready.reconcile()
        ready.stack().goes_wrong()
        ready.reconcile()
        assert ready.stack().status is S.UPDATE_ROLLBACK_FAILED
        assert "parts of both versions may stand" in ready.environment().reason


def test_the_line_of_the_template_is_told(stage: Stage) -> None:
    stage.preparer.places = {"Queue": "template.yaml:7"}
    stage.push()
    stage.reconcile()
    stage.stack().goes_wrong()
    stage.reconcile()
    assert "Queue (AWS::SQS::Queue, template.yaml:7): Access denied." in stage.environment().reason
