"""Marks, orders and whose they are, on both databases."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.core.mark import Mark, MarkKind
from app.store.database import Database
from app.store.marks import list_marks, set_mark, settle_mark
from app.store.orders import (
    SAME_GESTURE,
    Order,
    OrderAnswered,
    Origin,
    add_order,
    find_order,
    knows_order,
    note_answer,
    settle_order,
)
from app.store.tables import wakes as wakes_table
from app.store.wake import Kind, Wakes
from app.store.workspace import Workspace, known_workspace, note_workspace
from tests.contract.records import NOW

KEEP = Mark(
    kind=MarkKind.KEEP,
    subject="SHOP-42",
    actor="ada",
    at=NOW,
    reason="the demo on Monday",
    span=timedelta(days=2),
    until=NOW + timedelta(days=9),
    commit="c0ffee123456",
)
ORDER = Order("T1.C1.1700000000.1", Origin.SLACK_CLICK, NOW, {"user": {"id": "U1"}, "value": "SHOP-42"})


class TestMarks:
    def test_a_mark_comes_back_as_it_was_set(self, database: Database, wakes: Wakes) -> None:
        with database.begin() as connection:
            set_mark(connection, wakes, KEEP)
            assert [mark for _, mark in list_marks(connection, "SHOP-42")] == [KEEP]
            assert list_marks(connection, "SHOP-43") == []

    def test_a_settled_mark_is_not_acted_upon_again(self, database: Database, wakes: Wakes) -> None:
        with database.begin() as connection:
            set_mark(connection, wakes, KEEP)
            set_mark(connection, wakes, replace(KEEP, kind=MarkKind.DESTROY))
            settle_mark(connection, list_marks(connection, "SHOP-42")[0][0], NOW)
            assert [mark.kind for _, mark in list_marks(connection, "SHOP-42")] == [MarkKind.DESTROY]

    @pytest.mark.parametrize(
        ("kind", "subject", "woken"),
        [(MarkKind.DEPLOY, "SHOP-42", Kind.ENVIRONMENT), (MarkKind.APPROVE, "acme/shop#57", Kind.SOURCE)],
    )
    def test_whom_it_concerns_is_woken_with_it(
        self, database: Database, wakes: Wakes, kind: MarkKind, subject: str, woken: Kind
    ) -> None:
        with database.begin() as connection:
            set_mark(connection, wakes, replace(KEEP, kind=kind, subject=subject))
        with database.read() as connection:
            assert connection.execute(sa.select(wakes_table.c.queued)).scalars().all() == [f"{woken}|1|{subject}"]


class TestOrders:
    def test_an_order_is_kept_once(self, database: Database) -> None:
        with database.begin() as connection:
            assert add_order(connection, ORDER)
            assert not add_order(connection, replace(ORDER, content={}))
            assert find_order(connection, ORDER.id) == ORDER

    def test_an_order_that_was_carried_out_is_not_found_again(self, database: Database) -> None:
        with database.begin() as connection:
            add_order(connection, ORDER)
            settle_order(connection, ORDER.id, "done", NOW)
            assert find_order(connection, ORDER.id) is None
            assert not add_order(connection, ORDER)

    def test_an_answer_is_noted_once_and_takes_a_second_ones_deeds_back(self, database: Database, wakes: Wakes) -> None:
        with database.begin() as connection:
            add_order(connection, ORDER)
            note_answer(connection, ORDER.id, "done: one")
            found = find_order(connection, ORDER.id)
            assert found is not None
            assert found.answer == "done: one"
        with suppress(OrderAnswered), database.begin() as connection:
            set_mark(connection, wakes, KEEP)
            note_answer(connection, ORDER.id, "done: two")
        with database.read() as connection:
            assert list_marks(connection, KEEP.subject) == []


class TestClicks:
    CLICK = Order("slack:1", Origin.SLACK_CLICK, NOW, {"action": "extend"}, "ada extends")

    def test_clicking_again_while_it_waits_is_not_carried_out_and_is_remembered(self, database: Database) -> None:
        with database.begin() as connection:
            assert add_order(connection, self.CLICK)
            assert not add_order(connection, replace(self.CLICK, id="slack:2", received_at=NOW + timedelta(hours=1)))
            assert find_order(connection, "slack:1") == self.CLICK
            assert find_order(connection, "slack:2") is None
            assert knows_order(connection, "slack:2")
            assert not knows_order(connection, "slack:3")

    @pytest.mark.parametrize(("later", "is_new"), [(SAME_GESTURE / 2, False), (SAME_GESTURE * 2, True)], ids=str)
    def test_after_it_was_carried_out_it_is_another_click_a_moment_later(
        self, database: Database, later: timedelta, is_new: bool
    ) -> None:
        with database.begin() as connection:
            add_order(connection, self.CLICK)
            settle_order(connection, "slack:1", "done", NOW)
            assert add_order(connection, replace(self.CLICK, id="slack:2", received_at=NOW + later)) is is_new

    def test_other_gestures_and_orders_without_one_are_of_no_concern(self, database: Database) -> None:
        with database.begin() as connection:
            assert add_order(connection, self.CLICK)
            for number, gesture in enumerate(["ada destroys", None, None]):
                assert add_order(connection, replace(self.CLICK, id=f"another:{number}", gesture=gesture))


class TestWorkspace:
    def test_it_is_unknown_until_it_is_noted(self, database: Database) -> None:
        with database.begin() as connection:
            assert known_workspace(connection) == Workspace()
            note_workspace(connection, Workspace("T0MAYFLY0", "A0MAYFLY0"))
            assert known_workspace(connection) == Workspace("T0MAYFLY0", "A0MAYFLY0")
