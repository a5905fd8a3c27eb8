"""The decision table: a case for every cell, one stack at a time."""

from datetime import timedelta
from typing import Any

import pytest

from app.core import actions
from app.core.advance import step_towards
from app.core.blueprint import Payload
from app.core.environment import Phase
from app.core.plan import SAFETY_NET, Actual, Plan, plan
from app.core.stack import StackRecord, StackStatus
from app.core.step import Progress, Step
from app.core.teardown import step_away
from app.core.verification import Verification
from tests.builders import (
    NOW,
    a_desired,
    a_payload,
    a_preparation,
    a_record,
    a_target,
    an_environment,
)

P = a_payload("v2")
NEW: dict[str, Any] = {"applied": "another"}
STANDS: dict[str, Any] = {"applied": P.digest}
FAILED: dict[str, Any] = {"applied": "another", "failed": P.digest, "cause": "Queue: denied."}
S = StackStatus


def wanted(status: StackStatus, **record: Any) -> Step:
    return step_towards(a_target(), a_record(status=status, **record), P, NOW)


def outcome(step: Step) -> tuple[Progress, str | None]:
    return step.progress, type(step.action).__name__ if step.action else None


WANTED = [
    (S.ABSENT, {}, Progress.BUSY, "Create"),
    (S.ABSENT, FAILED, Progress.FAILED, None),
    (S.DELETE_COMPLETE, {}, Progress.BUSY, "Create"),
    (S.DELETE_COMPLETE, FAILED, Progress.FAILED, None),
    (S.REVIEW_IN_PROGRESS, {}, Progress.BUSY, "Delete"),
    (S.REVIEW_IN_PROGRESS, FAILED, Progress.BUSY, "Delete"),
    (S.CREATE_IN_PROGRESS, {}, Progress.BUSY, None),
    (S.CREATE_COMPLETE, STANDS, Progress.READY, None),
    (S.CREATE_COMPLETE, FAILED, Progress.FAILED, None),
    (S.CREATE_COMPLETE, NEW, Progress.BUSY, "Update"),
    (S.UPDATE_COMPLETE, STANDS, Progress.READY, None),
    (S.UPDATE_COMPLETE, FAILED, Progress.FAILED, None),
    (S.UPDATE_COMPLETE, NEW, Progress.BUSY, "Update"),
    (S.IMPORT_COMPLETE, STANDS, Progress.READY, None),
    (S.IMPORT_COMPLETE, FAILED, Progress.FAILED, None),
    (S.IMPORT_COMPLETE, NEW, Progress.BUSY, "Update"),
    (S.UPDATE_COMPLETE_CLEANUP_IN_PROGRESS, STANDS, Progress.READY, None),
    (S.UPDATE_COMPLETE_CLEANUP_IN_PROGRESS, NEW, Progress.BUSY, None),
    (S.UPDATE_COMPLETE_CLEANUP_IN_PROGRESS, FAILED, Progress.BUSY, None),
    (S.UPDATE_IN_PROGRESS, NEW, Progress.BUSY, None),
    (S.UPDATE_IN_PROGRESS, FAILED, Progress.BUSY, None),
    (S.UPDATE_ROLLBACK_COMPLETE, STANDS, Progress.READY, None),
    (S.UPDATE_ROLLBACK_COMPLETE, FAILED, Progress.FAILED, None),
    (S.UPDATE_ROLLBACK_COMPLETE, NEW, Progress.BUSY, "Update"),
    (S.IMPORT_ROLLBACK_COMPLETE, STANDS, Progress.READY, None),
    (S.IMPORT_ROLLBACK_COMPLETE, FAILED, Progress.FAILED, None),
    (S.IMPORT_ROLLBACK_COMPLETE, NEW, Progress.BUSY, "Update"),
    (S.UPDATE_ROLLBACK_IN_PROGRESS, FAILED, Progress.FAILED, None),
    (S.UPDATE_ROLLBACK_IN_PROGRESS, NEW, Progress.BUSY, None),
    (S.UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS, FAILED, Progress.FAILED, None),
    (S.UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS, NEW, Progress.BUSY, None),
    (S.ROLLBACK_IN_PROGRESS, FAILED, Progress.FAILED, None),
    (S.ROLLBACK_IN_PROGRESS, NEW, Progress.BUSY, None),
    (S.CREATE_FAILED, FAILED, Progress.FAILED, None),
    (S.CREATE_FAILED, NEW, Progress.BUSY, "Delete"),
    (S.CREATE_FAILED, {**NEW, "recreated": P.digest}, Progress.FAILED, None),
    (S.REVIEW_IN_PROGRESS, {"recreated": P.digest}, Progress.BUSY, "Delete"),
    (S.ROLLBACK_COMPLETE, FAILED, Progress.FAILED, None),
    (S.ROLLBACK_COMPLETE, NEW, Progress.BUSY, "Delete"),
    (S.ROLLBACK_FAILED, FAILED, Progress.FAILED, None),
    (S.ROLLBACK_FAILED, NEW, Progress.BUSY, "Delete"),
    (S.UPDATE_FAILED, FAILED, Progress.FAILED, None),
    (S.UPDATE_FAILED, {**NEW, "operation": "update", "payload": "another"}, Progress.BUSY, "Rollback"),
    (S.UPDATE_FAILED, {**NEW, "operation": "rollback"}, Progress.BUSY, "Delete"),
    (S.UPDATE_ROLLBACK_FAILED, FAILED, Progress.FAILED, "ContinueRollback"),
    (S.UPDATE_ROLLBACK_FAILED, {**FAILED, "operation": "continue"}, Progress.FAILED, "ContinueRollback"),
    (S.UPDATE_ROLLBACK_FAILED, {**FAILED, "operation": "skip"}, Progress.FAILED, None),
    (S.UPDATE_ROLLBACK_FAILED, {**NEW, "operation": "update", "payload": "another"}, Progress.BUSY, "ContinueRollback"),
    (S.UPDATE_ROLLBACK_FAILED, {**NEW, "operation": "continue"}, Progress.BUSY, "ContinueRollback"),
    (S.UPDATE_ROLLBACK_FAILED, {**NEW, "operation": "skip"}, Progress.BUSY, "Delete"),
    (S.DELETE_IN_PROGRESS, FAILED, Progress.FAILED, None),
    (S.DELETE_IN_PROGRESS, {}, Progress.BUSY, None),
    (S.DELETE_FAILED, {"attempts": 1, "retry_at": NOW + timedelta(minutes=1)}, Progress.BUSY, None),
    (S.DELETE_FAILED, {"attempts": 1, "retry_at": NOW}, Progress.BUSY, "Delete"),
    (S.DELETE_FAILED, FAILED, Progress.BUSY, "Delete"),
    (S.DELETE_FAILED, {"attempts": 5}, Progress.BUSY, "Delete"),
    (S.DELETE_FAILED, {"attempts": 7}, Progress.LEAKED, None),
    (S.IMPORT_IN_PROGRESS, STANDS, Progress.BLOCKED, None),
    (S.IMPORT_IN_PROGRESS, FAILED, Progress.BLOCKED, None),
    (S.IMPORT_ROLLBACK_IN_PROGRESS, STANDS, Progress.BLOCKED, None),
    (S.IMPORT_ROLLBACK_FAILED, STANDS, Progress.BLOCKED, None),
    (S.UNKNOWN, STANDS, Progress.BLOCKED, None),
]
TO_GO = [
    (S.REVIEW_IN_PROGRESS, {}, Progress.BUSY, "Delete"),
    (S.CREATE_IN_PROGRESS, {}, Progress.BUSY, "Delete"),
    (S.CREATE_COMPLETE, {}, Progress.BUSY, "Delete"),
    (S.UPDATE_COMPLETE, {}, Progress.BUSY, "Delete"),
    (S.IMPORT_COMPLETE, {}, Progress.BUSY, "Delete"),
    (S.UPDATE_COMPLETE_CLEANUP_IN_PROGRESS, {}, Progress.BUSY, None),
    (S.UPDATE_IN_PROGRESS, {"operation": "update"}, Progress.BUSY, "CancelUpdate"),
    (S.UPDATE_IN_PROGRESS, {"operation": "foreign"}, Progress.BUSY, "CancelUpdate"),
    (S.UPDATE_IN_PROGRESS, {"operation": "cancel"}, Progress.BUSY, None),
    (S.UPDATE_ROLLBACK_COMPLETE, {}, Progress.BUSY, "Delete"),
    (S.IMPORT_ROLLBACK_COMPLETE, {}, Progress.BUSY, "Delete"),
    (S.UPDATE_ROLLBACK_IN_PROGRESS, {}, Progress.BUSY, None),
    (S.UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS, {}, Progress.BUSY, None),
    (S.ROLLBACK_IN_PROGRESS, {}, Progress.BUSY, "Delete"),
    (S.CREATE_FAILED, {}, Progress.BUSY, "Delete"),
    (S.ROLLBACK_COMPLETE, {}, Progress.BUSY, "Delete"),
    (S.ROLLBACK_FAILED, {}, Progress.BUSY, "Delete"),
    (S.UPDATE_FAILED, {}, Progress.BUSY, "Delete"),
    (S.UPDATE_ROLLBACK_FAILED, {}, Progress.BUSY, "Delete"),
    (S.DELETE_IN_PROGRESS, {}, Progress.BUSY, None),
    (S.DELETE_FAILED, {"attempts": 1, "retry_at": NOW + timedelta(minutes=1)}, Progress.BUSY, None),
    (S.DELETE_FAILED, {"attempts": 1, "retry_at": NOW}, Progress.BUSY, "Delete"),
    (S.DELETE_FAILED, {"attempts": 5}, Progress.BUSY, "Delete"),
    (S.DELETE_FAILED, {"attempts": 7}, Progress.LEAKED, None),
    (S.IMPORT_IN_PROGRESS, {}, Progress.BLOCKED, None),
    (S.IMPORT_ROLLBACK_IN_PROGRESS, {}, Progress.BLOCKED, None),
    (S.IMPORT_ROLLBACK_FAILED, {}, Progress.BLOCKED, None),
    (S.UNKNOWN, {}, Progress.BLOCKED, None),
]


def name_of(case: object) -> str | None:
    if isinstance(case, StackStatus):
        return case.value
    if isinstance(case, dict):
        return "P failed" if case is FAILED else "P stands" if case is STANDS else ",".join(case) or "nothing known"
    return None


@pytest.mark.parametrize(("status", "record", "progress", "action"), WANTED, ids=name_of)
def test_wanted_with_payload_p(
    status: StackStatus, record: dict[str, Any], progress: Progress, action: str | None
) -> None:
    assert outcome(wanted(status, **record)) == (progress, action)


@pytest.mark.parametrize(("status", "record", "progress", "action"), TO_GO, ids=name_of)
def test_to_go(status: StackStatus, record: dict[str, Any], progress: Progress, action: str | None) -> None:
    assert outcome(step_away(a_record(status=status, **record), NOW)) == (progress, action)


@pytest.mark.parametrize("cells", [WANTED, TO_GO], ids=["wanted", "to go"])
def test_every_status_has_a_row(cells: list[tuple[StackStatus, object, object, object]]) -> None:
    assert {cell[0] for cell in cells} | {S.ABSENT, S.DELETE_COMPLETE} == set(StackStatus)


@pytest.mark.parametrize("status", [S.ABSENT, S.DELETE_COMPLETE])
def test_what_is_to_go_and_is_not_there_is_gone(status: StackStatus) -> None:
    seen = Verification(NOW, NOW, is_second_done=True)
    actual = Actual((a_record(status=status),), None, seen)
    gone = plan(an_environment(desired=a_desired(is_wanted=False)), actual, no, NOW)
    assert (gone.phase, gone.actions, gone.requeue_after) == (Phase.GONE, (), None)


def no(*_: object) -> Payload:
    raise AssertionError("no payload is needed")


def test_the_rollback_is_continued_first_as_it_is_and_then_without_what_blocks_it() -> None:
    first = wanted(S.UPDATE_ROLLBACK_FAILED, **NEW, operation="update", payload="another").action
    second = wanted(S.UPDATE_ROLLBACK_FAILED, **NEW, operation="continue").action
    assert isinstance(first, actions.ContinueRollback)
    assert isinstance(second, actions.ContinueRollback)
    assert (first.is_skipping, second.is_skipping) == (False, True)


def test_a_deletion_that_makes_room_names_the_payload_that_follows() -> None:
    action = wanted(S.ROLLBACK_COMPLETE, **NEW).action
    assert isinstance(action, actions.Delete)
    assert action.recreates == P.digest


@pytest.mark.parametrize("status", [S.CREATE_IN_PROGRESS, S.UPDATE_IN_PROGRESS, S.DELETE_IN_PROGRESS])
def test_a_wait_beyond_its_deadline_is_told_and_goes_on(status: StackStatus) -> None:
    late = planned(a_record(status=status, started_at=NOW - timedelta(minutes=61)))
    assert "It has taken since 08:59 UTC on 02 March, which is unusual" in late.reason
    assert late.requeue_after == SAFETY_NET
    assert "unusual" not in planned(a_record(status=status, started_at=NOW - timedelta(minutes=59))).reason


def test_a_stack_that_is_not_recorded_is_created() -> None:
    assert outcome(step_towards(a_target(), None, P, NOW)) == (Progress.BUSY, "Create")


def test_a_foreign_stack_of_our_name_blocks_and_the_reason_names_it() -> None:
    step = wanted(S.UNKNOWN, id=None, cause="A stack named SHOP-42-api that is not Mayfly's stands there.")
    assert (step.progress, step.action, step.is_moving) == (Progress.BLOCKED, None, False)
    assert "SHOP-42-api" in step.text


@pytest.mark.parametrize(("status", "action"), [(S.CREATE_COMPLETE, "Delete"), (S.DELETE_COMPLETE, "Create")])
@pytest.mark.parametrize("elsewhere", [{"region": "us-east-1"}, {"account": "dev"}], ids=["region", "account"])
def test_a_stack_that_moved_goes_and_is_then_created_where_it_is_wanted(
    status: StackStatus, action: str, elsewhere: dict[str, str]
) -> None:
    assert outcome(wanted(status, **STANDS, **elsewhere)) == (Progress.BUSY, action)


def test_what_was_refused_elsewhere_is_tried_here() -> None:
    assert outcome(wanted(S.ABSENT, id=None, region="us-east-1", failed=P.digest)) == (Progress.BUSY, "Create")


def test_a_name_that_the_file_gives_anew_is_tried_where_the_old_one_was_taken() -> None:
    assert outcome(wanted(S.UNKNOWN, id=None, name="SHOP-42")) == (Progress.BUSY, "Create")


@pytest.mark.parametrize("known", [STANDS, FAILED], ids=["P stood", "P failed"])
def test_after_an_update_without_an_answer_nothing_is_ready_or_failed(known: dict[str, str]) -> None:
    record = {**known, "operation": "update", "payload": "third"}
    assert outcome(wanted(S.CREATE_COMPLETE, **record)) == (Progress.BUSY, "Update")


def planned(*records: StackRecord, environment: object = None, stacks: tuple[str, ...] = ("api",)) -> Plan:
    chosen = environment or an_environment()
    return plan(chosen, Actual(records, a_preparation(*stacks)), lambda *_: P, NOW)  # type: ignore[arg-type]


def test_a_commit_is_read_first() -> None:
    first = plan(an_environment(), Actual(), no, NOW)
    assert (first.phase, first.actions) == (Phase.CREATING, (actions.Prepare("c" * 40),))
    later = plan(an_environment(deployed_commit="b" * 40), Actual(), no, NOW)
    assert later.phase is Phase.UPDATING


def test_a_commit_is_read_again_where_a_stack_has_come_in() -> None:
    wider = an_environment(desired=a_desired(a_target("api"), a_target("bus")))
    assert plan(wider, Actual((), a_preparation("api")), no, NOW).actions == (actions.Prepare("c" * 40),)


def test_a_file_that_is_broken_fails_and_touches_nothing() -> None:
    broken = an_environment(desired=a_desired(fault=".mayfly.yml line 2: stakcs is no known key"))
    assert plan(broken, Actual((a_record(),)), no, NOW) == Plan(
        Phase.FAILED, ".mayfly.yml line 2: stakcs is no known key"
    )


def test_a_commit_that_cannot_be_packaged_fails_and_touches_nothing() -> None:
    assert plan(an_environment(), Actual((), a_preparation(fault="There is no template")), no, NOW) == Plan(
        Phase.FAILED, "There is no template"
    )


def test_the_phase_while_stacks_move() -> None:
    assert planned().phase is Phase.CREATING
    deployed = an_environment(deployed_commit="b" * 40)
    assert planned(a_record(status=S.UPDATE_IN_PROGRESS), environment=deployed).phase is Phase.UPDATING


def test_ready_says_which_commit() -> None:
    ready = planned(a_record(**STANDS))
    assert (ready.phase, ready.reason, ready.requeue_after) == (Phase.READY, "Commit ccccccc is deployed.", None)


class TestLookingAgain:
    """When a pass looks again by itself."""

    def test_soon_while_something_moves(self) -> None:
        assert planned(a_record(status=S.CREATE_IN_PROGRESS)).requeue_after == SAFETY_NET

    def test_soon_after_an_action(self) -> None:
        assert planned().requeue_after == SAFETY_NET

    def test_when_the_next_try_is_due(self) -> None:
        waiting = a_record(status=S.DELETE_FAILED, attempts=2, retry_at=NOW + timedelta(minutes=15))
        assert planned(waiting).requeue_after == timedelta(minutes=15)

    @pytest.mark.parametrize(
        "record",
        [
            a_record(**STANDS),
            a_record(**FAILED),
            a_record(status=S.UNKNOWN, id=None),
            a_record(status=S.DELETE_FAILED, attempts=7),
        ],
        ids=["ready", "failed", "blocked", "leaked"],
    )
    def test_never_once_nothing_moves(self, record: StackRecord) -> None:
        assert planned(record).requeue_after is None

    def test_also_where_a_failure_is_still_being_taken_back(self) -> None:
        undoing = planned(a_record(status=S.UPDATE_ROLLBACK_IN_PROGRESS, **FAILED))
        assert (undoing.phase, undoing.requeue_after) == (Phase.FAILED, SAFETY_NET)
