"""What a click under a finding does, who may, and what it does not do."""

import pytest
import sqlalchemy as sa

from app.core.finding import ReplyKind, Rule, State
from app.core.mark import MarkKind
from app.store.findings import find_finding, replies_to
from app.store.tables import wakes
from tests.builders import INSTALLATION, a_fleet_stack, a_loose_resource, a_stack_id, unused
from tests.unit.workers.reaping import DAY, Reaping
from tests.unit.workers.stage import Stage
from workers.acts import Asked
from workers.findings import finding_acts
from workers.reply import Reply


@pytest.fixture
def reaping(ready: Stage) -> Reaping:
    reaping = Reaping(ready)
    reaping.age()
    reaping.show_stage()
    reaping.fleet.show(a_loose_resource())
    for days in (0, 1):
        reaping.play(days * DAY)
    return reaping


def click(reaping: Reaping, kind: ReplyKind, rule: Rule = Rule.IDLE) -> Reply:
    """Ann clicks a button under a rule's finding."""
    return click_on(reaping, kind, reaping.finding(rule).id)


def click_on(reaping: Reaping, kind: ReplyKind, finding: str) -> Reply:
    act = finding_acts(reaping.stage.database, reaping.stage._wakes)[f"mayfly:finding-{kind.value}"]
    noted: list[Reply] = []
    reply = act.do(Asked("ann", finding, reaping.stage.clock()), lambda _, reply: noted.append(reply))
    assert noted == [reply]
    return reply


def woken(reaping: Reaping) -> set[tuple[str, str]]:
    with reaping.stage.database.read() as connection:
        rows = connection.execute(sa.select(wakes.c.kind, wakes.c.key).where(wakes.c.queued.is_not(None)))
        return {(row.kind, row.key) for row in rows}


def test_keep_holds_the_finding_and_the_environment(reaping: Reaping) -> None:
    assert str(click(reaping, ReplyKind.KEEP)) == ("done: SHOP-57: ann keeps it until 2026-04-09 10:00 UTC.")
    (mark,) = reaping.marks
    assert (mark.kind, mark.actor, mark.until) == (MarkKind.KEEP, "ann", reaping.stage.clock() + 7 * DAY)
    assert reaping.finding(Rule.IDLE).state is State.KEPT
    assert ("report", "all") in woken(reaping)
    reaping.play(6 * DAY)
    assert reaping.finding(Rule.IDLE).state is State.KEPT


def test_extend_moves_the_due_date_by_a_week(reaping: Reaping) -> None:
    due_at = reaping.finding(Rule.IDLE).due_at
    assert due_at
    click(reaping, ReplyKind.EXTEND)
    assert reaping.finding(Rule.IDLE).due_at == due_at + 7 * DAY
    reaping.play(DAY)
    assert reaping.finding(Rule.IDLE).due_at == due_at + 7 * DAY


def test_without_a_due_date_there_is_nothing_to_extend(reaping: Reaping) -> None:
    reaping.fleet.show(a_fleet_stack("payroll", tags={}, usage=unused()))
    reaping.play()
    (finding,) = [each for each in reaping.findings if each.subject.name == "payroll"]
    assert str(click_on(reaping, ReplyKind.EXTEND, finding.id)).startswith("refused: payroll has no due date")


@pytest.mark.parametrize(
    ("kind", "told", "days"),
    [
        (ReplyKind.IGNORE, "ann ignores it until 2026-05-02 10:00 UTC.", 29),
        (ReplyKind.NOT_OURS, "ann says that it is not ours.", 90),
    ],
)
def test_ignored_and_disowned_ones_are_told_no_more(reaping: Reaping, kind: ReplyKind, told: str, days: int) -> None:
    assert click(reaping, kind).text == f"SHOP-57: {told}"
    found = reaping.play(days * DAY)
    assert (reaping.finding(Rule.IDLE).state, reaping.finding(Rule.IDLE).note) == (State.KEPT, told)
    assert all(each.rule is not Rule.IDLE for each in found.acts)


def test_delete_now_destroys_the_environment_in_the_persons_name(reaping: Reaping) -> None:
    assert click(reaping, ReplyKind.DELETE).text == "SHOP-57: ann deletes it."
    (mark,) = reaping.marks
    assert (mark.kind, mark.subject, mark.actor) == (MarkKind.DESTROY, "SHOP-57", "ann")
    assert reaping.finding(Rule.IDLE).state is State.DELETING


def test_delete_now_has_a_resource_disposed_of(reaping: Reaping) -> None:
    click(reaping, ReplyKind.DELETE, Rule.LEFTOVER)
    finding = reaping.finding(Rule.LEFTOVER)
    assert finding.state is State.DELETING
    assert ("disposal", finding.id) in woken(reaping)
    assert reaping.marks == []


def test_a_stack_that_is_in_no_record_is_not_deleted_by_a_click_either(reaping: Reaping) -> None:
    reaping.fleet.show(a_fleet_stack("SHOP-99", id=a_stack_id("SHOP-99", 7), usage=unused()))
    for days in (0, 1):
        reaping.play(days * DAY)
    reply = click(reaping, ReplyKind.DELETE, Rule.UNTRACKED)
    assert str(reply) == "refused: SHOP-99 is in no record of Mayfly's, so Mayfly does not delete it."
    assert reaping.finding(Rule.UNTRACKED).state is State.FLAGGED


def test_what_is_kept_is_not_deleted(reaping: Reaping) -> None:
    tags = {"mayfly:managed": INSTALLATION, "mayfly:environment": "SHOP-57", "mayfly:keep": "true"}
    reaping.show_stage(tags=tags)
    reaping.play(DAY)
    reply = click(reaping, ReplyKind.DELETE)
    assert str(reply) == "refused: SHOP-57 is not deleted: Its tag mayfly:keep says so."
    assert reaping.marks == []


@pytest.mark.parametrize("kind", ReplyKind)
def test_a_finding_that_is_gone_is_said_to_be(reaping: Reaping, kind: ReplyKind) -> None:
    finding = reaping.finding(Rule.IDLE)
    reaping.fleet.stacks.clear()
    reaping.play(DAY)
    assert str(click_on(reaping, kind, finding.id)) == "refused: There is no such finding any more."
    assert str(click_on(reaping, kind, "nonsense")) == "refused: There is no such finding any more."
    with reaping.stage.database.read() as connection:
        assert replies_to(connection, finding.subject.key) == ()
        assert find_finding(connection, "nonsense") is None


def test_who_may_write_to_its_repository_may_answer_and_no_tag_says_which_that_is(reaping: Reaping) -> None:
    tags = {"mayfly:repository": "evil/fork"}
    reaping.fleet.show(a_loose_resource("other", tags=tags, stack_id=a_stack_id("other", 3)))
    reaping.play(DAY)
    (stray,) = [each for each in reaping.findings if each.subject.name == "other"]
    act = finding_acts(reaping.stage.database, reaping.stage._wakes)["mayfly:finding-delete"]
    with reaping.stage.database.read() as connection:
        assert list(act.repositories(connection, reaping.finding(Rule.IDLE).id)) == ["acme/shop"]
        assert list(act.repositories(connection, stray.id)) == ["acme/shop"]
        assert list(act.repositories(connection, "nonsense")) == []
