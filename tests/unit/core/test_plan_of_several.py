"""Environments of several stacks: who waits for whom, and what a failure means for the others."""

import pytest

from app.core.actions import Create, Delete, Verify
from app.core.blueprint import Blueprint, Payload, ReferenceUnresolved
from app.core.environment import Environment, Phase, Target
from app.core.plan import Actual, Plan, plan
from app.core.stack import StackRecord, StackStatus
from app.core.verification import Verification
from tests.builders import (
    NOW,
    a_desired,
    a_payload,
    a_preparation,
    a_ready_record,
    a_record,
    a_target,
    an_environment,
    an_unwanted_environment,
)

BUS, API, WEB = a_target("bus"), a_target("api", needs=("bus",)), a_target("web")
S = StackStatus


def planned(*records: StackRecord, environment: Environment | None = None) -> Plan:
    chosen = environment or an_environment(desired=a_desired(BUS, API, WEB))
    return plan(chosen, Actual(records, a_preparation("bus", "api", "web")), lambda *_: a_payload(), NOW)


def created(decided: Plan) -> list[str]:
    return [action.target.stack for action in decided.actions if isinstance(action, Create)]


def deleted(decided: Plan) -> list[str]:
    return [action.record.stack for action in decided.actions if isinstance(action, Delete)]


def test_stacks_start_side_by_side_save_those_that_need_others() -> None:
    first = planned()
    assert created(first) == ["bus", "web"]
    assert first.reason == "Creating SHOP-42-bus. Creating SHOP-42-web."


def test_a_stack_starts_when_those_it_needs_are_ready() -> None:
    assert created(planned(a_ready_record("bus"), a_ready_record("web"))) == ["api"]


def test_a_stack_gets_the_outputs_of_those_it_needs() -> None:
    got: dict[str, object] = {}

    def make(target: Target, _blueprint: Blueprint, outputs: object) -> Payload:
        got[target.stack] = outputs
        return a_payload()

    bus = a_ready_record("bus", outputs={"BusArn": "arn:bus"})
    environment = an_environment(desired=a_desired(BUS, API))
    plan(environment, Actual((bus,), a_preparation("bus", "api")), make, NOW)
    assert got == {"bus": {}, "api": {"bus": {"BusArn": "arn:bus"}}}


def test_a_failure_skips_its_dependents_and_nothing_else() -> None:
    decided = planned(a_record("bus", S.DELETE_COMPLETE, failed=a_payload().digest, cause="Queue: denied."))
    assert (decided.phase, created(decided)) == (Phase.FAILED, ["web"])
    assert decided.reason == "Queue: denied. SHOP-42-api was skipped: it needs bus, which failed."


def test_a_reference_to_nothing_fails_its_stack() -> None:
    def make(target: Target, *_: object) -> Payload:
        if target.stack == "web":
            raise ReferenceUnresolved("stacks.web.parameters.Arn: ${bus.Nothing} is unknown")
        return a_payload()

    environment = an_environment(desired=a_desired(BUS, WEB))
    decided = plan(environment, Actual((), a_preparation("bus", "web")), make, NOW)
    assert (decided.phase, created(decided)) == (Phase.FAILED, ["bus"])
    assert "${bus.Nothing} is unknown" in decided.reason


def test_the_worst_speaks_for_the_environment() -> None:
    foreign = a_record("bus", S.UNKNOWN, id=None, cause="A stack named SHOP-42-bus is not Mayfly's.")
    failed = a_record("web", S.DELETE_COMPLETE, failed=a_payload().digest, cause="Queue: denied.")
    decided = planned(foreign, failed)
    assert (decided.phase, decided.reason) == (Phase.BLOCKED, "A stack named SHOP-42-bus is not Mayfly's.")


LEFT = Verification(NOW, NOW, leftovers=("AWS::S3::Bucket shop-42",))


class TestStacksThatLeftTheFile:
    def test_go_once_the_others_stand(self) -> None:
        old, others = a_ready_record("old"), [a_ready_record(name) for name in ("bus", "api", "web")]
        assert deleted(planned(old, *others)) == ["old"]

    def test_stay_while_another_is_on_its_way(self) -> None:
        assert deleted(planned(a_ready_record("old"), a_ready_record("bus"), a_ready_record("web"))) == []

    def test_are_no_matter_once_gone(self) -> None:
        others = [a_ready_record(name) for name in ("bus", "api", "web")]
        assert planned(a_record("old", S.DELETE_COMPLETE), *others).phase is Phase.READY

    def test_without_id_are_never_deleted(self) -> None:
        others = [a_ready_record(name) for name in ("bus", "api", "web")]
        decided = planned(a_record("old", S.UNKNOWN, id=None), *others)
        assert (decided.phase, decided.actions) == (Phase.READY, ())


class TestRemoval:
    environment = an_unwanted_environment(BUS, API, WEB)

    def test_goes_in_reverse(self) -> None:
        records = [a_ready_record(name) for name in ("bus", "api", "web")]
        decided = planned(*records, environment=self.environment)
        assert (decided.phase, deleted(decided)) == (Phase.DELETING, ["api", "web"])
        assert decided.reason == "Pull request acme/shop#57 was closed. Deleting SHOP-42-api. Deleting SHOP-42-web."

    def test_a_need_goes_when_its_dependents_are_gone(self) -> None:
        records = a_ready_record("bus"), a_record("api", S.DELETE_COMPLETE)
        assert deleted(planned(*records, environment=self.environment)) == ["bus"]

    def test_takes_stacks_along_that_the_file_does_not_name(self) -> None:
        assert deleted(planned(a_ready_record("old"), environment=self.environment)) == ["old"]

    @pytest.mark.parametrize("status", [S.ABSENT, S.UNKNOWN, S.CREATE_COMPLETE])
    def test_never_touches_a_record_without_id(self, status: StackStatus) -> None:
        decided = planned(a_record("api", status, id=None), environment=self.environment)
        assert decided.actions == (Verify(),)

    def test_looks_for_what_is_left_before_it_says_gone(self) -> None:
        decided = planned(a_record("api", S.DELETE_COMPLETE), environment=self.environment)
        assert (decided.phase, decided.actions) == (Phase.VERIFYING, (Verify(),))

    def test_names_what_is_left(self) -> None:
        actual = Actual((a_record("api", S.DELETE_COMPLETE),), None, LEFT)
        decided = plan(self.environment, actual, lambda *_: a_payload(), NOW)
        assert (decided.phase, decided.actions) == (Phase.LEAKED, ())
        assert decided.reason.endswith("Left behind: AWS::S3::Bucket shop-42.")

    def test_is_at_once_done_where_there_never_was_a_stack(self) -> None:
        assert planned(environment=self.environment).phase is Phase.GONE

    def test_says_why_even_where_nobody_gave_a_reason(self) -> None:
        assert planned(environment=an_unwanted_environment(why_gone="")).reason.startswith("Nobody wants it any more.")
