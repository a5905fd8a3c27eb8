"""Interleavings that have hurt others in the field, each by its name: people close, reopen and push at any moment."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.environment import Phase
from app.core.mark import Mark, MarkKind
from app.core.stack import StackStatus
from app.store.deployments import list_deployments
from app.store.environments import list_environments
from app.store.marks import set_mark
from tests.builders import a_blueprint, a_payload, a_resource, a_source
from tests.twins import Crash
from tests.unit.workers.stage import ONE, Stage

TWO = "stacks: {bus: {template: t}, api: {template: t, needs: [bus], parameters: {BusUrl: '${bus.Url}'}}}"
S = StackStatus


class TestClosing:
    def test_during_a_creation_deletes_at_once(self, stage: Stage) -> None:
        stage.push()
        stage.reconcile()
        assert stage.stack().status is S.CREATE_IN_PROGRESS
        stage.set_open(False)
        stage.reconcile()
        assert stage.stack().status is S.DELETE_IN_PROGRESS
        stage.calm()
        assert stage.phase() is Phase.GONE

    def test_before_the_first_pass_creates_nothing(self, stage: Stage) -> None:
        stage.push()
        stage.set_open(False)
        stage.calm()
        assert (stage.phase(), stage.cloud.stacks) == (Phase.GONE, [])

    def test_during_an_update_cancels_it_first(self, ready: Stage) -> None:
        ready.push("v2", ONE)
        ready.reconcile()
        ready.set_open(False)
        ready.reconcile()
        assert (ready.verbs(), ready.stack().status) == (["cancel"], S.UPDATE_ROLLBACK_IN_PROGRESS)
        ready.calm()
        assert ready.phase() is Phase.GONE

    def test_whose_webhook_was_lost_is_seen_with_the_next_look(self, ready: Stage) -> None:
        source = ready.pulls.show(replace(ready.pulls.sources["acme/shop#57"], is_open=False))
        assert ready.environment().desired.is_wanted
        ready.take(source)
        ready.calm()
        assert ready.phase() is Phase.GONE

    def test_of_an_unrelated_pull_request_touches_nothing(self, ready: Stage) -> None:
        ready.show(replace(a_source(99, branch="SHOP-42-x"), is_open=False))
        ready.calm()
        assert (ready.phase(), ready.stack().status) == (Phase.READY, S.CREATE_COMPLETE)

    def test_of_ten_pull_requests_at_once_lets_ten_environments_go(self, stage: Stage) -> None:
        others = [replace(stage, number=100 + n, cloud=stage.cloud) for n in range(10)]
        for other in others:
            other.push()
            other.calm()
        for other in others:
            other.set_open(False)
        for other in others:
            other.calm()
            other.close()
        assert {other.phase() for other in others} == {Phase.GONE}
        assert not [stack for stack in stage.cloud.stacks if stack.is_alive]

    def test_by_deleting_the_branch_of_an_open_pull_request(self, ready: Stage) -> None:
        branch = a_source(None, branch="SHOP-57-cart")
        ready.pulls.deleted_branches.add("SHOP-57-cart")
        ready.take(branch)
        ready.calm()
        assert ready.phase() is Phase.GONE
        assert ready.environment().reason.startswith("Branch SHOP-57-cart of acme/shop#57 was deleted.")

    def test_by_deleting_a_branch_without_pull_request(self, stage: Stage) -> None:
        stage.pulls.files["c" * 40, ".mayfly.yml"] = b"triggers: {branches: [SHOP-57-x]}"
        branch = stage.show(a_source(None, branch="SHOP-57-x"))
        stage.calm()
        assert stage.phase() is Phase.READY
        stage.pulls.deleted_branches.add("SHOP-57-x")
        stage.take(branch)
        stage.calm()
        assert stage.phase() is Phase.GONE


class TestReopening:
    def test_during_a_deletion_creates_again_once_that_is_over(self, ready: Stage) -> None:
        first = ready.stack()
        ready.set_open(False)
        ready.reconcile()
        ready.set_open(True)
        ready.reconcile()
        assert (ready.verbs(), first.status) == ([], S.DELETE_IN_PROGRESS)
        ready.calm()
        assert ready.phase() is Phase.READY
        assert ready.stack().id != first.id

    def test_after_an_update_was_cancelled_asks_for_it_again(self, ready: Stage) -> None:
        ready.push("v2", ONE)
        ready.reconcile()
        ready.set_open(False)
        ready.reconcile()
        ready.set_open(True)
        ready.calm()
        assert (ready.phase(), ready.stack().stands.blueprint.digest) == (Phase.READY, "v2")

    def test_gives_a_payload_that_failed_a_fresh_try(self, stage: Stage) -> None:
        stage.push()
        stage.reconcile()
        stage.stack().goes_wrong()
        stage.calm()
        assert stage.phase() is Phase.FAILED
        stage.set_open(False)
        stage.calm()
        stage.set_open(True)
        stage.calm()
        assert stage.phase() is Phase.READY

    def test_after_a_deletion_whose_answer_was_lost_is_not_called_ready(self, ready: Stage) -> None:
        ready.set_open(False)
        ready.cloud.fault = "crash after"
        with suppress(Crash):
            ready.reconcile()
        ready.set_open(True)
        ready.reconcile()
        assert ready.phase() is not Phase.READY
        ready.calm()
        assert (ready.phase(), ready.stack().status) == (Phase.READY, S.CREATE_COMPLETE)


class TestPushing:
    def test_during_an_update_waits_and_then_brings_the_newest(self, ready: Stage) -> None:
        ready.push("v2", ONE)
        ready.reconcile()
        ready.push("v3", ONE)
        ready.push("v4", ONE)
        ready.reconcile()
        assert ready.verbs() == []
        ready.calm()
        assert ready.stack().stands.blueprint.digest == "v4"
        assert [event.status for event in ready.stack().events].count("UPDATE_IN_PROGRESS") == 2

    def test_the_same_content_sends_nothing(self, ready: Stage) -> None:
        ready.push("v1", ONE)
        ready.reconcile()
        assert (ready.verbs(), ready.phase()) == ([], Phase.READY)

    def test_after_a_creation_that_failed_creates_again(self, stage: Stage) -> None:
        stage.push("v1")
        stage.reconcile()
        stage.stack().goes_wrong("Access denied")
        stage.calm()
        assert stage.environment().reason == "SHOP-57 could not be created. Queue (AWS::SQS::Queue): Access denied."
        stage.push("v2")
        stage.calm()
        assert stage.phase() is Phase.READY

    def test_onto_a_stack_in_rollback_complete_deletes_and_creates(self, ready: Stage) -> None:
        first = ready.stack()
        first.status = S.ROLLBACK_COMPLETE
        ready.push("v2", ONE)
        ready.calm()
        assert (ready.phase(), first.status) == (Phase.READY, S.DELETE_COMPLETE)

    def test_the_old_content_after_an_update_that_failed_is_ready_at_once(self, ready: Stage) -> None:
        ready.push("v2", ONE)
        ready.reconcile()
        ready.stack().goes_wrong()
        ready.calm()
        assert (ready.phase(), ready.stack().status) == (Phase.FAILED, S.UPDATE_ROLLBACK_COMPLETE)
        ready.push("v1", ONE)
        ready.reconcile()
        assert (ready.verbs(), ready.phase()) == ([], Phase.READY)

    def test_a_rollback_that_failed_is_continued_once_and_then_given_up(self, ready: Stage) -> None:
        first = ready.stack()
        ready.push("v2", ONE)
        ready.reconcile()
        first.goes_wrong()
        first.goes_wrong()
        ready.push("v3", ONE)
        ready.reconcile()
        assert (ready.verbs(), first.status) == (["continue"], S.UPDATE_ROLLBACK_IN_PROGRESS)
        first.resources = (a_resource(status="UPDATE_FAILED"), a_resource(logical_id="Topic", status="UPDATE_COMPLETE"))
        first.goes_wrong()
        ready.reconcile()
        assert (ready.verbs(), ready.cloud.skipped) == (["continue"], ("Queue",))
        first.goes_wrong()
        ready.reconcile()
        assert ready.verbs() == ["delete"]
        ready.calm()
        assert ready.phase() is Phase.READY

    def test_a_rollback_that_failed_is_finished_for_the_old_content_too(self, ready: Stage) -> None:
        """Nobody pushes anything further: the stack gets out of the dead end all the same."""
        ready.push("v2", ONE)
        ready.reconcile()
        ready.stack().goes_wrong()
        ready.stack().goes_wrong()
        ready.reconcile()
        assert (ready.verbs(), ready.phase()) == (["continue"], Phase.FAILED)
        ready.calm()
        assert (ready.phase(), ready.stack().status) == (Phase.FAILED, S.UPDATE_ROLLBACK_COMPLETE)

    def test_a_stack_is_deleted_and_created_once_for_one_content(self, ready: Stage) -> None:
        for status, phase in ((S.ROLLBACK_COMPLETE, Phase.READY), (S.ROLLBACK_COMPLETE, Phase.FAILED)):
            ready.stack().status = status
            ready.push("v2", ONE)
            ready.calm()
            assert ready.phase() is phase
        assert len(ready.cloud.stacks) == 2
        assert "done once for this content" in ready.environment().reason

    def test_during_a_creation_waits_and_then_brings_the_newest(self, stage: Stage) -> None:
        stage.push("v1")
        stage.reconcile()
        stage.push("v2")
        stage.push("v3")
        stage.reconcile()
        assert stage.verbs() == []
        stage.calm()
        assert (stage.phase(), stage.stack().stands.blueprint.digest) == (Phase.READY, "v3")
        assert [event.status for event in stage.stack().events].count("UPDATE_IN_PROGRESS") == 1

    def test_a_commit_that_a_newer_one_overtook_is_recorded_as_superseded(self, ready: Stage) -> None:
        for version in ("v2", "v3"):
            ready.clock.pass_(timedelta(minutes=1))
            ready.push(version, ONE)
            ready.reconcile()
        ready.calm()
        with ready.database.read() as connection:
            outcomes = [attempt.outcome.value for attempt in list_deployments(connection, ready.name)]
        assert outcomes == ["succeeded", "superseded", "succeeded"]

    def test_while_somebody_else_updates_the_stack_waits_for_them(self, ready: Stage) -> None:
        ready.stack().asked = a_payload("by hand", tags=ready.stack().stands.tags)
        ready.stack().begin("by hand", S.UPDATE_IN_PROGRESS)
        ready.push("v2", ONE)
        ready.reconcile()
        assert (ready.verbs(), ready.phase()) == ([], Phase.UPDATING)
        ready.calm()
        assert (ready.phase(), ready.stack().stands.blueprint.digest) == (Phase.READY, "v2")

    def test_what_stands_already_is_success(self, ready: Stage) -> None:
        """Somebody brought by hand what the push brings: CloudFormation has no updates to perform."""
        ready.push("v2", ONE)
        ready.cloud.fault = "crash before"
        with suppress(Crash):
            ready.reconcile()
        (record,) = ready.records()
        ready.stack().stands = replace(ready.stack().stands, blueprint=a_blueprint("SHOP-57", digest="v2"))
        assert record.is_unanswered
        ready.calm()
        assert ready.phase() is Phase.READY

    def test_a_file_where_there_was_none_hands_the_stack_over(self, stage: Stage) -> None:
        stage.push("v1")
        stage.calm()
        first = stage.stack()
        stage.push("v2", ONE)
        stage.calm()
        assert (stage.phase(), stage.stack(), first.stands.blueprint.digest) == (Phase.READY, first, "v2")
        assert len(stage.cloud.stacks) == 1

    def test_another_region_deletes_here_and_creates_there(self, ready: Stage) -> None:
        first = ready.stack()
        ready.push("v1", "stacks: {api: {template: t, regions: [us-east-1]}}")
        ready.calm()
        assert (ready.phase(), first.status) == (Phase.READY, S.DELETE_COMPLETE)
        assert ready.cloud.live("SHOP-57", "us-east-1").status is S.CREATE_COMPLETE

    def test_a_second_stack_leaves_the_first_its_name(self, ready: Stage) -> None:
        first = ready.stack()
        ready.push("v2", TWO)
        ready.calm()
        assert ready.phase() is Phase.READY
        assert first.stands.parameters == {"BusUrl": ready.stack("SHOP-57-bus").outputs["Url"]}

    def test_a_broken_file_leaves_what_runs_running(self, ready: Stage) -> None:
        ready.push("v2", "stakcs: {}")
        ready.calm()
        assert (ready.phase(), ready.stack().status) == (Phase.FAILED, S.CREATE_COMPLETE)


class TestLooksThatAreBehind:
    """CloudFormation's reads lag behind its writes."""

    def test_after_an_update_do_not_end_it(self, ready: Stage) -> None:
        ready.push("v2", ONE)
        before = ready.stack().observed
        ready.reconcile()
        ready.stack().shown = before
        ready.reconcile()
        assert (ready.phase(), ready.verbs()) == (Phase.UPDATING, [])
        ready.stack().shown = None
        ready.calm()
        assert (ready.phase(), ready.stack().stands.blueprint.digest) == (Phase.READY, "v2")

    def test_after_a_rollback_was_taken_up_do_not_delete_the_stack(self, ready: Stage) -> None:
        ready.push("v2", ONE)
        ready.reconcile()
        ready.stack().goes_wrong()
        ready.stack().goes_wrong()
        before = ready.stack().observed
        ready.push("v3", ONE)
        ready.reconcile()
        ready.stack().shown = before
        ready.reconcile()
        assert ready.verbs() == []

    def test_after_a_second_deletion_do_not_count_the_first_again(self, ready: Stage) -> None:
        ready.set_open(False)
        ready.reconcile()
        ready.stack().goes_wrong("The bucket is not empty")
        ready.reconcile()
        before = ready.stack().observed
        ready.clock.pass_(timedelta(minutes=1))
        ready.reconcile()
        assert ready.verbs() == ["delete"]
        ready.stack().shown = before
        ready.reconcile()
        assert ready.records()[0].attempts == 1

    def test_that_stay_behind_are_believed_in_the_end(self, ready: Stage) -> None:
        ready.push("v2", ONE)
        before = ready.stack().observed
        ready.reconcile()
        ready.stack().shown = before
        ready.clock.pass_(timedelta(minutes=3))
        ready.reconcile()
        assert ready.verbs() == ["update"]


class TestDeliveries:
    def test_repeated_ones_change_nothing(self, ready: Stage) -> None:
        before = ready.environment()
        for _ in range(3):
            ready.take(ready.pulls.sources["acme/shop#57"])
            ready.reconcile()
        assert (ready.environment(), ready.verbs()) == (before, [])

    def test_late_ones_show_what_github_shows_now(self, ready: Stage) -> None:
        """The delivery of an early push is handled after the closing."""
        early = ready.pulls.sources["acme/shop#57"]
        ready.set_open(False)
        ready.take(early)
        ready.calm()
        assert ready.phase() is Phase.GONE

    @pytest.mark.parametrize("branch", ["SHOP-57-größe-日本語", "SHOP-57-" + "x" * 200, "feature/SHOP-57/" + "é" * 100])
    def test_of_strange_branches_are_deployed_like_others(self, stage: Stage, branch: str) -> None:
        stage.show(a_source(57, branch=branch))
        stage.calm()
        assert (stage.phase(), stage.stack().name) == (Phase.READY, "SHOP-57")


class TestLabels:
    def test_an_unrelated_label_disturbs_no_deployment(self, stage: Stage) -> None:
        source = stage.push()
        stage.reconcile()
        for labels in (("bug",), (), ("bug",)):
            stage.show(replace(source, labels=labels))
            stage.reconcile()
            assert stage.verbs() == []
        stage.calm()
        assert (stage.phase(), len(stage.cloud.stacks)) == (Phase.READY, 1)

    def test_the_label_asked_for_set_and_removed_in_a_hurry_leaves_what_it_began(self, stage: Stage) -> None:
        """Triggers gate the creation alone: who has an environment keeps it until the source is closed."""
        asking = b"triggers: {labels: [preview]}\n" + ONE.encode()
        source = a_source(57, commit="d" * 40, branch="SHOP-57-cart")
        stage.pulls.files[source.commit, ".mayfly.yml"] = asking
        stage.show(source)
        assert not stage.cloud.stacks
        stage.show(replace(source, labels=("preview",)))
        stage.reconcile()
        stage.show(source)
        stage.calm()
        assert (stage.phase(), stage.stack().status) == (Phase.READY, S.CREATE_COMPLETE)


class TestForks:
    def test_a_push_after_an_approval_is_not_approved(self, stage: Stage) -> None:
        source = stage.show(a_source(57, commit="e" * 40, branch="SHOP-57-cart", fork=True))
        approval = Mark(MarkKind.APPROVE, str(source.key), "maintainer", stage.clock(), commit=source.commit)
        with stage.database.begin() as connection:
            set_mark(connection, stage._wakes, approval)
        stage.take(source)
        stage.calm()
        assert stage.environment().deployed_commit == source.commit
        stage.show(replace(source, commit="f" * 40))
        stage.calm()
        assert stage.environment().deployed_commit == source.commit


class TestBots:
    def test_a_flood_of_a_bots_pull_requests_deploys_nothing(self, stage: Stage) -> None:
        for number in range(100, 130):
            stage.show(a_source(number, commit=f"{number:040}", branch=f"SHOP-{number}", is_bot=True))
        with stage.database.read() as connection:
            assert list_environments(connection) == []
