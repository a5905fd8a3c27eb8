"""Ownership: by the recorded id and our own mark, never by a name."""

from dataclasses import replace

import pytest

from app.core.actions import Action, CancelUpdate, ContinueRollback, Create, Delete, Prepare, Rollback, Update, Verify
from app.core.environment import Phase
from app.core.guard import guard, is_ours
from app.core.plan import Plan
from tests.builders import INSTALLATION, a_payload, a_record, a_target

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
