"""From the wish that a stack goes to the proof that nothing of it is left, whatever stands in the way."""

from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.environment import Phase
from app.core.stack import Resource, StackStatus
from app.store.decisions import list_decisions
from app.store.inventory import inventory_of
from app.store.leaks import list_leaks
from tests.unit.workers.stage import Stage

S = StackStatus
BUCKET = Resource("Bucket", "AWS::S3::Bucket", "shop-57", "CREATE_COMPLETE")
FUNCTION = Resource("Fn", "AWS::Lambda::Function", "shop-57-fn", "CREATE_COMPLETE")
LOGS = "/aws/lambda/shop-57-fn"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def holding(ready: Stage) -> Stage:
    """A ready environment whose stack holds a bucket and a function."""
    ready.stack().resources = (BUCKET, FUNCTION)
    return ready


def fail(stage: Stage, *resources: Resource, reason: str = "It is not empty") -> None:
    """The deletion that is under way fails for these resources; all others are deleted."""
    stack = stage.stack()
    failed = {each.logical_id for each in resources}
    stack.resources = tuple(
        replace(each, status="DELETE_FAILED" if each.logical_id in failed else "DELETE_COMPLETE")
        for each in stack.resources
    )
    stack.goes_wrong(reason)


def delete(stage: Stage, *skipped: str) -> None:
    """The deletion that is under way ends, and leaves what is `skipped`."""
    (stack,) = stage.cloud.moving()
    stack.resources = tuple(
        replace(each, status="DELETE_SKIPPED" if each.logical_id in skipped else "DELETE_COMPLETE")
        for each in stack.resources
    )
    stack.goes_on()


def leaks(stage: Stage) -> dict[str, str]:
    with stage.database.read() as connection:
        return {leak.arn: leak.why for leak in list_leaks(connection, stage.name)}


class TestInventory:
    def test_is_noted_before_anything_is_deleted_and_kept_after(self, holding: Stage) -> None:
        holding.set_open(False)
        holding.reconcile()
        holding.stack().resources = ()
        holding.calm()
        with holding.database.read() as connection:
            noted = inventory_of(connection, holding.name)
        assert {item.physical_id for item in noted} == {"shop-57", "shop-57-fn"}
        assert {item.stack_id for item in noted} == {holding.records()[0].id}


class TestClearing:
    def test_a_bucket_is_emptied_before_the_stack_is_deleted_however_long_that_takes(self, holding: Stage) -> None:
        holding.estate.full["shop-57"] = 3
        holding.set_open(False)
        for _ in range(2):
            again = holding.reconcile()
            assert (holding.verbs(), holding.stack().status) == ([], S.CREATE_COMPLETE)
            assert again is not None
        holding.reconcile()
        assert holding.verbs() == ["delete"]

    def test_a_stack_that_is_being_created_is_deleted_at_once(self, stage: Stage) -> None:
        stage.push()
        stage.reconcile()
        stage.stack().resources = (BUCKET,)
        stage.set_open(False)
        stage.reconcile()
        assert (stage.verbs(), stage.estate.cleared) == (["delete"], [])

    def test_what_the_template_keeps_is_never_cleared(self, holding: Stage) -> None:
        holding.estate.retained.add("Bucket")
        holding.set_open(False)
        holding.reconcile()
        assert holding.estate.cleared == ["shop-57-fn"]

    def test_what_was_deleted_already_is_not_cleared_again(self, holding: Stage) -> None:
        """Somebody else may have taken the bucket's name meanwhile."""
        holding.set_open(False)
        holding.reconcile()
        fail(holding, FUNCTION)
        holding.reconcile()
        holding.estate.cleared.clear()
        holding.clock.pass_(MINUTE)
        holding.reconcile()
        assert (holding.verbs(), holding.estate.cleared) == (["delete"], ["shop-57-fn"])

    def test_termination_protection_is_taken_off_first(self, holding: Stage) -> None:
        holding.stack().is_protected = True
        holding.set_open(False)
        holding.reconcile()
        assert (holding.stack().is_protected, holding.stack().status) == (False, S.CREATE_COMPLETE)
        holding.calm()
        assert holding.phase() is Phase.GONE


class TestTheLadder:
    def climb(self, stage: Stage, *failed: Resource) -> list[tuple[tuple[str, ...], bool]]:
        """How each deletion was asked for, until nothing is asked for any more."""
        manners = []
        stage.set_open(False)
        for _ in range(12):
            stage.reconcile()
            if "delete" in stage.verbs():
                manners.append(stage.cloud.manners[-1])
                fail(stage, *failed)
            stage.clock.pass_(timedelta(hours=7))
        return manners

    def test_plain_five_times_then_without_what_failed_then_by_force(self, holding: Stage) -> None:
        plain, without, force = ((), False), (("Bucket",), False), ((), True)
        assert self.climb(holding, BUCKET) == [plain] * 5 + [without, force]
        assert holding.phase() is Phase.LEAKED
        assert "after 7 tries: SHOP-57 could not be deleted." in holding.environment().reason

    def test_where_no_resource_failed_force_is_all_that_is_left(self, holding: Stage) -> None:
        assert self.climb(holding) == [((), False)] * 5 + [((), True)] * 2

    def test_custom_resources_are_left_out_after_two_failures(self, holding: Stage) -> None:
        custom = Resource("Seed", "Custom::Seed", "seed-1", "CREATE_COMPLETE")
        holding.stack().resources = (custom,)
        assert self.climb(holding, custom)[:3] == [((), False), ((), False), (("Seed",), False)]

    def test_what_blocks_is_removed_before_each_further_try(self, holding: Stage) -> None:
        bus = Resource("Bus", "AWS::Events::EventBus", "shop-57-bus", "CREATE_COMPLETE")
        holding.stack().resources = (bus, BUCKET)
        holding.set_open(False)
        holding.reconcile()
        assert holding.estate.unblocked == []
        fail(holding, bus)
        holding.reconcile()
        holding.clock.pass_(MINUTE)
        holding.reconcile()
        assert holding.estate.unblocked == ["shop-57-bus"]
        delete(holding)
        holding.calm()
        assert holding.phase() is Phase.GONE

    def test_a_nested_stack_that_failed_is_asked_to_go_without_what_failed_in_it(self, holding: Stage) -> None:
        """The nested stack is asked by its own id, its parent without more: it holds nothing else that failed."""
        outer = holding.stack()
        nested = holding.cloud.stand("SHOP-57-Child", outer.stands, is_ours=True)
        child = Resource("Child", "AWS::CloudFormation::Stack", nested.id, "DELETE_FAILED")
        holding.estate.nested[nested.id] = outer.id
        outer.resources, nested.resources = (child,), (Resource(*BUCKET_FAILED),)
        holding.set_open(False)
        holding.reconcile()
        for _ in range(5):
            holding.clock.pass_(timedelta(hours=7))
            holding.reconcile()
            for stack in (nested, outer):
                stack.enter(S.DELETE_FAILED)
            holding.reconcile()
        deleted = [subject for verb, subject in holding.cloud.mutations if verb == "delete"]
        assert deleted == [nested.id, outer.id]
        assert holding.cloud.manners[-2:] == [(("Bucket",), False), ((), False)]

    def test_by_hand_of_what_leaked_is_seen(self, holding: Stage) -> None:
        self.climb(holding, BUCKET)
        holding.stack().begin("by hand", S.DELETE_IN_PROGRESS)
        holding.calm()
        assert holding.phase() is Phase.GONE


BUCKET_FAILED = ("Bucket", "AWS::S3::Bucket", "shop-57-child", "DELETE_FAILED")


class TestTheProof:
    def gone(self, stage: Stage, *skipped: str) -> None:
        """The environment goes, and leaves what is `skipped`."""
        stage.set_open(False)
        stage.reconcile()
        delete(stage, *skipped)
        stage.reconcile()

    def test_what_still_answers_is_waited_for(self, holding: Stage) -> None:
        holding.estate.alive.add("shop-57")
        self.gone(holding)
        assert holding.phase() is Phase.VERIFYING
        assert "Waiting until AWS::S3::Bucket shop-57 is really gone." in holding.environment().reason
        holding.estate.alive.clear()
        holding.clock.pass_(timedelta(seconds=20))
        holding.reconcile()
        assert holding.phase() is Phase.GONE

    def test_what_answers_for_long_is_left_behind(self, holding: Stage) -> None:
        holding.estate.alive.add("shop-57")
        self.gone(holding)
        holding.clock.pass_(timedelta(minutes=6))
        holding.reconcile()
        assert holding.phase() is Phase.LEAKED
        assert leaks(holding) == {"arn:aws:s3:::shop-57": "it is still there though CloudFormation deleted it"}

    def test_what_the_template_retains_is_told_with_its_arn_and_recorded(self, holding: Stage) -> None:
        holding.estate.retained.add("Bucket")
        holding.estate.alive.add("shop-57")
        self.gone(holding, "Bucket")
        assert holding.phase() is Phase.LEAKED
        assert holding.environment().reason.endswith(
            "Left behind: AWS::S3::Bucket arn:aws:s3:::shop-57 (its template keeps it)."
        )
        assert leaks(holding) == {"arn:aws:s3:::shop-57": "its template keeps it"}

    def test_what_was_forced_to_stay_is_told(self, holding: Stage) -> None:
        holding.estate.alive.add("shop-57")
        self.gone(holding, "Bucket")
        assert "(CloudFormation could not delete it)" in holding.environment().reason

    def test_what_nobody_can_be_asked_about_is_judged_by_cloudformations_word(self, holding: Stage) -> None:
        odd = Resource("Odd", "AWS::Odd::Thing", "odd-1", "CREATE_COMPLETE")
        holding.stack().resources = (odd, BUCKET)
        self.gone(holding, "Odd")
        assert list(leaks(holding)) == ["odd-1"]

    def test_what_somebody_removed_by_hand_is_seen(self, holding: Stage) -> None:
        holding.estate.alive.add("shop-57")
        self.gone(holding, "Bucket")
        holding.estate.alive.clear()
        holding.clock.pass_(timedelta(hours=6))
        holding.reconcile()
        assert (holding.phase(), leaks(holding)) == (Phase.GONE, {})

    def test_the_log_group_of_a_function_goes_with_it(self, holding: Stage) -> None:
        holding.estate.alive.add(LOGS)
        self.gone(holding)
        assert (holding.phase(), holding.estate.dropped) == (Phase.GONE, [LOGS])

    def test_a_log_group_that_comes_back_is_deleted_a_quarter_of_an_hour_later(self, holding: Stage) -> None:
        self.gone(holding)
        assert holding.phase() is Phase.GONE
        assert holding.reconcile() == timedelta(minutes=15)
        holding.estate.alive |= {LOGS, "shop-57"}
        holding.clock.pass_(timedelta(minutes=15))
        assert holding.reconcile() is None
        assert (holding.phase(), holding.estate.dropped) == (Phase.GONE, [LOGS])

    def test_the_log_group_of_a_function_that_lives_is_left_alone(self, holding: Stage) -> None:
        """Another stack has a function of the name that ours had."""
        self.gone(holding)
        holding.estate.alive |= {LOGS, "shop-57-fn"}
        holding.clock.pass_(timedelta(minutes=15))
        holding.reconcile()
        assert (holding.phase(), holding.estate.dropped) == (Phase.GONE, [])

    def test_where_there_are_no_logs_one_look_is_enough(self, ready: Stage) -> None:
        ready.stack().resources = (BUCKET,)
        self.gone(ready)
        assert (ready.phase(), ready.reconcile()) == (Phase.GONE, None)

    def test_a_stack_that_was_replaced_is_proven_gone_too(self, holding: Stage) -> None:
        """Its bucket stayed behind when the stack was deleted and created anew."""
        first = holding.stack()
        first.status = S.ROLLBACK_COMPLETE
        holding.push("v2")
        holding.reconcile()
        delete(holding, "Bucket")
        holding.calm()
        assert holding.stack().id != first.id
        holding.estate.alive.add("shop-57")
        self.gone(holding)
        assert leaks(holding) == {"arn:aws:s3:::shop-57": "CloudFormation could not delete it"}

    def test_what_could_not_be_cleared_is_noted(self, holding: Stage) -> None:
        holding.estate.denied.add("shop-57")
        holding.set_open(False)
        holding.reconcile()
        with holding.database.read() as connection:
            reasons = [decision.reason for decision in list_decisions(connection, [holding.name])]
        assert any("Bucket could not be cleared for its deletion." in reason for reason in reasons)
        assert holding.verbs() == ["delete"]
