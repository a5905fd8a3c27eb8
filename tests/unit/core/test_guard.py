"""Ownership: by the recorded id and our own mark, never by a name."""

from dataclasses import replace
from typing import Any

import pytest

from app.aws.existence import QUESTIONS
from app.aws.teardown import CLEARING, UNBLOCKING
from app.core.actions import Action, CancelUpdate, ContinueRollback, Create, Delete, Prepare, Rollback, Update, Verify
from app.core.environment import Phase
from app.core.guard import guard, is_ours, owned
from app.core.plan import Plan
from tests.builders import INSTALLATION, a_payload, a_record, a_stack_id, a_target, an_item

OURS = {"mayfly:managed": INSTALLATION, "mayfly:environment": "SHOP-42"}


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (OURS, True),
        ({**OURS, "team": "checkout"}, True),
        ({**OURS, "mayfly:managed": "another installation"}, False),
        ({**OURS, "mayfly:environment": "SHOP-43"}, False),
        ({"mayfly:environment": "SHOP-42"}, False),
        ({}, False),
    ],
)
def test_a_stack_is_ours_by_both_marks(tags: dict[str, str], expected: bool) -> None:
    assert is_ours(tags, INSTALLATION, "SHOP-42") is expected


def changes_of(record_id: str | None) -> list[Action]:
    record = replace(a_record(), id=record_id)
    return [
        Update(a_target(), record, a_payload()),
        Delete(record),
        CancelUpdate(record),
        ContinueRollback(record),
        Rollback(record),
    ]


def guarded(actions: list[Action]) -> list[Action]:
    return list(guard(Plan(Phase.UPDATING, "because", tuple(actions))).actions)


def test_no_stack_is_changed_whose_id_we_never_recorded() -> None:
    assert guarded(changes_of(None)) == []


def test_a_recorded_stack_may_be_changed() -> None:
    assert guarded(changes_of("arn:x")) == changes_of("arn:x")


def test_what_changes_no_stack_of_others_passes() -> None:
    harmless: list[Action] = [Prepare("c"), Verify(), Create(a_target(), a_payload())]
    assert guarded(harmless) == harmless


class TestWhatAStackHolds:
    """What may be emptied, unprotected or deleted with it: nothing that merely looks alike."""

    RECORD = a_record()
    OWN = an_item(physical_id="shop-42-queue")

    @pytest.mark.parametrize("type_", sorted({*CLEARING, *UNBLOCKING, *QUESTIONS}))
    @pytest.mark.parametrize(
        "alike",
        [{"stack_id": a_stack_id("SHOP-42-api", 2)}, {"stack_id": "SHOP-42-api"}, {"is_retained": True}],
        ids=["of another incarnation", "by name alone", "kept by its template"],
    )
    def test_a_resource_that_looks_alike_is_none_of_it(self, type_: str, alike: dict[str, Any]) -> None:
        own = an_item(type_, physical_id="shop-42")
        assert owned(self.RECORD, [own, replace(own, **alike)]) == (own,)

    def test_what_a_nested_stack_of_it_holds_belongs_to_it(self) -> None:
        nested = replace(self.OWN, holder=a_stack_id("SHOP-42-api-Child"), logical_id="Child/Queue")
        assert owned(self.RECORD, [nested]) == (nested,)

    def test_what_has_no_name_yet_is_not_there(self) -> None:
        assert owned(self.RECORD, [replace(self.OWN, physical_id="")]) == ()

    def test_of_a_stack_that_was_never_recorded_nothing_is(self) -> None:
        assert owned(a_record(id=None), [self.OWN]) == ()
