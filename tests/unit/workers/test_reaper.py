"""The reaper's rounds: what they find, what follows, when they come, and that they fail closed."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.core.errors import TransientError
from app.core.finding import Reply, ReplyKind, Rule, State, Word
from app.core.fleet import Usage, Verdict
from app.core.mark import MarkKind
from app.core.reaping import Mode
from app.core.source import SourceKey
from app.core.stack import StackStatus
from app.store.decisions import list_decisions
from app.store.findings import add_reply
from app.store.tables import metadata, wakes
from tests.builders import INSTALLATION, a_fleet_stack, a_loose_resource, a_stack_id, unused
from tests.unit.workers.reaping import DAY, HOUR, Reaping
from tests.unit.workers.stage import Stage
from tests.unit.workers.test_resync import SurveyTwin
from workers.witness import Witness


@pytest.fixture
def reaping(ready: Stage) -> Reaping:
    reaping = Reaping(ready)
    reaping.age()
    return reaping


def rows(stage: Stage) -> dict[str, list[tuple[object, ...]]]:
    """The whole database."""
    with stage.database.read() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(sa.select(table).order_by(*table.primary_key))]
            for table in metadata.sorted_tables
        }


def test_a_used_fleet_has_no_findings(reaping: Reaping) -> None:
    reaping.show_stage(usage=Usage(Verdict.USED))
    found = reaping.play()
    assert (found.findings, found.receipt.looked_at, found.receipt.findings) == ((), 1, 0)


def test_an_idle_stack_is_told_warned_of_and_goes_by_a_mark(reaping: Reaping) -> None:
    reaping.show_stage()
    reaping.play()
    assert reaping.finding(Rule.IDLE).state is State.SEEN
    for days, state in ((1, State.FLAGGED), (6, State.WARNED), (1, State.DELETING)):
        reaping.play(days * DAY)
        assert reaping.finding(Rule.IDLE).state is state
    (mark,) = reaping.marks
    assert (mark.kind, mark.subject, mark.actor) == (MarkKind.DESTROY, "SHOP-57", "rule:idle")
    assert mark.reason == "Nothing in it was used for 14d; last use on 2026-02-05 (orders, Invocations 12)."
    reaping.fleet.stacks.clear()
    reaping.play(DAY)
    assert reaping.findings == []
    with reaping.stage.database.read() as connection:
        told = [each.reason for each in list_decisions(connection, ["SHOP-57"]) if each.actor == "rule:idle"]
    assert [line.split(":")[0] for line in told] == [
        "idle, flagged",
        "idle, warned",
        "idle, deleting",
        "idle, cleared",
    ]


def test_a_dry_run_changes_nothing(reaping: Reaping) -> None:
    reaping.show_stage()
    reaping.fleet.show(a_loose_resource())
    for days in (0, 1, 6):
        reaping.play(days * DAY)
    before = rows(reaping.stage)
    found = reaping.look(DAY)
    assert [each.state for each in found.acts] == [State.DELETING, State.DELETING]
    assert rows(reaping.stage) == before


@pytest.mark.parametrize(("mode", "state"), [(Mode.REPORT, State.FLAGGED), (Mode.MARK, State.DUE)])
def test_only_mode_destroy_sets_marks(reaping: Reaping, mode: Mode, state: State) -> None:
    reaping.mode = mode
    reaping.show_stage()
    for days in (0, 1, 6, 1, 1):
        reaping.play(days * DAY)
    assert (reaping.finding(Rule.IDLE).state, reaping.marks) == (state, [])


def test_a_pull_request_that_is_reopened_during_the_grace_clears_it(reaping: Reaping) -> None:
    reaping.show_stage(usage=Usage(Verdict.USED))
    reaping.close_quietly()
    reaping.play()
    reaping.play(2 * HOUR)
    finding = reaping.finding(Rule.ORPHANED)
    assert (finding.state, finding.reason) == (
        State.FLAGGED,
        "Pull request acme/shop#57 is closed, and the stack still stands.",
    )
    reaping.close_quietly(is_open=True)
    found = reaping.play(2 * HOUR)
    (cleared,) = found.findings
    assert (cleared.state, cleared.note) == (
        State.CLEARED,
        "A pull request or branch keeps it alive again, or its deletion is under way.",
    )
    assert reaping.marks == []


def test_while_github_is_down_nothing_becomes_orphaned(reaping: Reaping) -> None:
    reaping.show_stage(usage=Usage(Verdict.USED))
    reaping.close_quietly()
    reaping.survey.dark = {"acme/shop"}
    for hours in (0, 2, 24, 48):
        reaping.play(hours * HOUR)
    finding = reaping.finding(Rule.ORPHANED)
    assert (finding.state, finding.verdict) == (State.UNDECIDED, Verdict.UNKNOWN)
    assert finding.note == "GitHub gives no clear word about acme/shop#57."
    assert reaping.marks == []


def test_a_list_that_lost_everything_is_not_believed(reaping: Reaping) -> None:
    """The token lost its access, and the list is empty instead of forbidden."""
    reaping.show_stage(usage=Usage(Verdict.USED))
    reaping.survey.is_empty = True
    del reaping.stage.pulls.sources["acme/shop#57"]
    reaping.play()
    assert reaping.finding(Rule.ORPHANED).state is State.UNDECIDED


def test_what_is_throttled_is_unknown_and_never_idle(reaping: Reaping) -> None:
    reaping.show_stage(usage=Usage(why_unknown="CloudWatch was throttled."))
    for days in (0, 1, 6, 1):
        reaping.play(days * DAY)
    finding = reaping.finding(Rule.IDLE)
    assert (finding.state, finding.verdict, finding.note) == (
        State.UNDECIDED,
        Verdict.UNKNOWN,
        "CloudWatch was throttled.",
    )
    assert reaping.last.unknown == 1


def due(reaping: Reaping) -> None:
    """The stage's stack is idle and due with the next round."""
    reaping.show_stage()
    for days in (0, 1, 6):
        reaping.play(days * DAY)
    assert reaping.finding(Rule.IDLE).state is State.WARNED


@pytest.mark.parametrize(
    ("changes", "note"),
    [
        ({"is_protected": True}, "It has termination protection."),
        ({"is_protected": None}, "Its termination protection could not be read."),
        ({"tags": None}, "Its tags could not be read, and one of them may keep it."),
        (
            {"tags": {"mayfly:managed": INSTALLATION, "mayfly:keep": "true"}},
            "Its tag mayfly:keep says so.",
        ),
        ({"tags": {"mayfly:managed": "another"}}, "It changed since it was looked at."),
        ({"usage": Usage(Verdict.USED)}, "It changed since it was looked at."),
    ],
    ids=["protected", "protection unread", "tags unread", "kept", "not ours any more", "used"],
)
def test_what_changed_right_before_is_heeded(reaping: Reaping, changes: dict[str, object], note: str) -> None:
    due(reaping)
    (stack,) = reaping.fleet.stacks.values()
    reaping.fleet.described[stack.id] = replace(stack, **{"is_protected": False, **changes})  # type: ignore[arg-type]
    found = reaping.play(DAY)
    assert (found.acts, reaping.marks) == ((), [])
    assert (reaping.finding(Rule.IDLE).state, reaping.finding(Rule.IDLE).note) == (State.DUE, note)


def test_what_is_gone_right_before_is_left_alone(reaping: Reaping) -> None:
    due(reaping)
    (stack,) = reaping.fleet.stacks.values()
    reaping.fleet.described[stack.id] = None
    assert reaping.play(DAY).acts == ()


def test_a_click_right_before_is_heeded(reaping: Reaping) -> None:
    due(reaping)
    with reaping.stage.database.begin() as connection:
        now = reaping.stage.clock()
        key = reaping.finding(Rule.IDLE).subject.key
        add_reply(connection, Reply(ReplyKind.KEEP, key, "ann", now, now + 7 * DAY))
    reaping.play(DAY)
    assert (reaping.finding(Rule.IDLE).state, reaping.marks) == (State.KEPT, [])


def test_a_stack_that_is_in_no_record_is_never_deleted(reaping: Reaping) -> None:
    stranger = a_fleet_stack("SHOP-99", id=a_stack_id("SHOP-99", 7), usage=unused())
    foreign = a_fleet_stack("payroll", id=a_stack_id("payroll"), usage=unused(), tags={"team": "pay"})
    reaping.fleet.show(stranger, foreign)
    for days in (0, 1, 6, 1, 9):
        assert reaping.play(days * DAY).acts == ()
    untracked, idle = reaping.finding(Rule.UNTRACKED), reaping.finding(Rule.IDLE)
    assert (untracked.state, untracked.due_at, untracked.subject.name) == (State.FLAGGED, None, "SHOP-99")
    assert (idle.state, idle.due_at, idle.subject.name) == (State.FLAGGED, None, "payroll")


def test_nested_stacks_are_judged_with_their_root(reaping: Reaping) -> None:
    root = reaping.show_stage(usage=Usage(Verdict.USED))
    reaping.fleet.show(a_fleet_stack("SHOP-57-inner", id=a_stack_id("inner"), parent_id=root.id, usage=unused()))
    assert reaping.play().findings == ()


def test_the_breaker_holds_and_a_person_lets_go(reaping: Reaping) -> None:
    for number in range(11):
        reaping.fleet.show(a_loose_resource(f"bucket-{number}"))
    for days in (0, 1, 2):
        reaping.play(days * DAY)
    found = reaping.play(DAY)
    assert (found.acts, found.receipt.is_broken, found.receipt.due) == ((), True, 11)
    assert found.receipt.why_held == (
        "11 became due at once, more than 10 of 11 looked at; nothing is deleted before somebody confirms."
    )
    assert len(reaping.play(HOUR, is_confirmed=True).acts) == 5


def test_outside_of_working_hours_it_waits(reaping: Reaping) -> None:
    reaping.fleet.show(a_loose_resource())
    for hours in (0, 24, 48, 34):
        reaping.play(hours * HOUR)
    finding = reaping.finding(Rule.LEFTOVER)
    assert (finding.state, finding.note) == (State.DUE, "They wait for working hours.")
    reaping.play(12 * HOUR)
    assert reaping.finding(Rule.LEFTOVER).state is State.DELETING


def test_a_leftover_goes_by_a_pass_of_its_own(reaping: Reaping) -> None:
    reaping.fleet.show(a_loose_resource())
    for days in (0, 1, 2, 1):
        reaping.play(days * DAY)
    finding = reaping.finding(Rule.LEFTOVER)
    assert finding.state is State.DELETING
    with reaping.stage.database.read() as connection:
        woken = connection.execute(sa.select(wakes.c.kind, wakes.c.key).where(wakes.c.queued.is_not(None))).all()
    assert ("disposal", finding.id) in [tuple(row) for row in woken]


def test_an_environment_goes_once_all_its_stacks_are_due(stage: Stage) -> None:
    stage.push("v1", "stacks: {api: {template: t}, web: {template: t}}")
    stage.calm()
    reaping = Reaping(stage)
    reaping.age()
    reaping.show_stage()
    _, web = reaping.fleet.stacks.values()
    reaping.fleet.show(replace(web, usage=Usage(Verdict.USED)))
    for days in (0, 1, 6, 1):
        reaping.play(days * DAY)
    assert reaping.finding(Rule.IDLE).note == f"{web.name} of the same environment is not due."
    assert reaping.marks == []
    reaping.fleet.show(web)
    for days in (1, 1, 6, 1):
        reaping.play(days * DAY)
    assert [mark.kind for mark in reaping.marks] == [MarkKind.DESTROY]


def test_a_place_that_cannot_be_read_freezes_what_is_there(reaping: Reaping) -> None:
    reaping.fleet.regions = ("eu-west-1", "us-east-1")
    due(reaping)
    reaping.fleet.dark = {"eu-west-1"}
    found = reaping.play(DAY)
    assert found.receipt.unread == ("default/eu-west-1 could not be read: CloudFormation did not answer in eu-west-1",)
    finding = reaping.finding(Rule.IDLE)
    assert (finding.state, finding.verdict) == (State.WARNED, Verdict.UNKNOWN)


def test_when_no_place_can_be_read_the_round_fails(reaping: Reaping) -> None:
    reaping.fleet.dark = {"eu-west-1"}
    with pytest.raises(TransientError, match="No account and region could be read"):
        reaping.look()


class TestWhen:
    def test_the_first_start_waits_for_the_schedule(self, reaping: Reaping) -> None:
        assert reaping.wake() == DAY
        assert reaping.fleet.looks == 0
        assert reaping.wake(HOUR) == DAY - HOUR
        assert reaping.wake(DAY - HOUR) == DAY
        assert reaping.fleet.looks == 1

    def test_a_wake_between_two_rounds_does_nothing(self, reaping: Reaping) -> None:
        reaping.wake()
        reaping.wake(DAY)
        assert reaping.wake(HOUR) == DAY - HOUR
        assert reaping.fleet.looks == 1

    def test_rounds_that_were_missed_are_made_up_for_by_one(self, reaping: Reaping) -> None:
        reaping.wake()
        reaping.wake(5 * DAY + HOUR)
        assert reaping.fleet.looks == 1
        assert reaping.last.fault is None

    def test_it_looks_again_when_a_notice_or_a_deletion_is_due(self, reaping: Reaping) -> None:
        reaping.schedule = "0 10 * * 1"
        reaping.fleet.show(a_loose_resource())
        reaping.wake()
        first = reaping.wake(7 * DAY)
        assert first
        second = reaping.wake(first)
        assert reaping.finding(Rule.LEFTOVER).state is State.FLAGGED
        assert second == 2 * DAY
        third = reaping.wake(second)
        assert reaping.finding(Rule.LEFTOVER).state is State.WARNED
        assert third == DAY
        reaping.wake(third)
        assert reaping.finding(Rule.LEFTOVER).state is State.DELETING

    def test_a_round_that_failed_is_kept_and_tried_again(self, reaping: Reaping) -> None:
        reaping.wake()
        reaping.fleet.dark = {"eu-west-1"}
        assert reaping.wake(DAY) == timedelta(minutes=15)
        assert reaping.last.fault is not None
        assert reaping.last.fault.startswith("No account and region could be read.")
        assert reaping.wake(HOUR / 60) == timedelta(minutes=14)
        reaping.fleet.dark = set()
        assert reaping.wake(timedelta(minutes=14)) == DAY - timedelta(minutes=15)
        assert reaping.last.fault is None

    def test_the_schedule_follows_the_wall_where_the_people_are(self, reaping: Reaping) -> None:
        reaping.schedule = "0 8 * * *"
        assert reaping.wake() == 22 * HOUR


class TestWitness:
    @pytest.fixture
    def witness(self, ready: Stage) -> tuple[Witness, SurveyTwin]:
        survey = SurveyTwin(ready)
        return Witness(survey, ready.pulls), survey

    def test_one_error_makes_the_whole_repository_unknown(self, ready: Stage) -> None:
        survey = SurveyTwin(ready, is_empty=True)
        reaping = Reaping(ready)
        reaping.close_quietly()
        other = SourceKey("acme/shop", pull_request=58)

        class Failing:
            def __getattr__(self, name: str) -> object:
                return getattr(ready.pulls, name)

            def pull_request(self, repository: str, number: int) -> object:
                if number == 58:
                    raise TransientError("GitHub answered 502")
                return ready.pulls.pull_request(repository, number)

        words = Witness(survey, Failing()).ask([SourceKey("acme/shop", pull_request=57), other])  # type: ignore[arg-type]
        assert set(words.values()) == {Word.UNKNOWN}

    def test_an_open_branch_and_one_that_is_gone(self, witness: tuple[Witness, SurveyTwin]) -> None:
        asker, _ = witness
        keys = [SourceKey("acme/shop", branch=name) for name in ("SHOP-57-cart", "no-such")]
        assert list(asker.ask(keys).values()) == [Word.OPEN, Word.CLOSED]

    def test_nothing_asked_is_nothing_said(self, witness: tuple[Witness, SurveyTwin]) -> None:
        assert witness[0].ask([]) == {}


def test_a_stuck_stack_whose_pull_request_is_open_is_told_and_stays(reaping: Reaping) -> None:
    moment = reaping.stage.clock() - DAY
    reaping.show_stage(status=StackStatus.UPDATE_ROLLBACK_FAILED, updated_at=moment)
    for days in (0, 1, 3):
        reaping.play(days * DAY)
    finding = reaping.finding(Rule.STUCK)
    assert (finding.state, finding.may_act, reaping.marks) == (State.FLAGGED, False, [])
