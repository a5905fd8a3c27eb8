"""The same failure again."""

from typing import Any

from app.core.cause import Cause
from app.core.recurrence import note_failure
from app.core.stack import StackRecord
from tests.builders import a_record

CAUSE = Cause("SHOP-42-api could not be updated. Queue: denied.", "f1")
FIRST, SECOND, THIRD = "a" * 40, "b" * 40, "c" * 40


def failed(commit: str, **changes: Any) -> StackRecord:
    return a_record(payload=commit, failed=commit, commit=commit, cause=CAUSE.text, **changes)


def test_a_first_failure_is_remembered_with_its_commit() -> None:
    after = note_failure(a_record(commit=FIRST), failed(FIRST), CAUSE)
    assert (after.fingerprint, after.failed_since, after.cause) == ("f1", FIRST, CAUSE.text)


def test_the_same_failure_of_another_commit_is_told_as_such() -> None:
    known: dict[str, Any] = {"fingerprint": "f1", "failed_since": FIRST}
    after = note_failure(a_record(commit=SECOND, **known), failed(SECOND, **known), CAUSE)
    assert str(after.cause).endswith(" This is the same failure as at commit aaaaaaa.")
    again = note_failure(after, failed(THIRD, **known), CAUSE)
    assert (again.failed_since, str(again.cause)[-8:]) == (FIRST, "aaaaaaa.")


def test_another_failure_is_another() -> None:
    known: dict[str, Any] = {"fingerprint": "f0", "failed_since": FIRST}
    after = note_failure(a_record(commit=SECOND, **known), failed(SECOND, **known), CAUSE)
    assert (after.fingerprint, after.failed_since, after.cause) == ("f1", SECOND, CAUSE.text)


def test_a_further_try_of_the_same_commit_is_not_told_of_itself() -> None:
    known: dict[str, Any] = {"fingerprint": "f1", "failed_since": FIRST}
    assert note_failure(a_record(commit=FIRST, **known), failed(FIRST, **known), CAUSE).cause == CAUSE.text


def test_where_nothing_failed_nothing_is_noted() -> None:
    record = a_record(commit=FIRST)
    assert note_failure(record, record, CAUSE) == record
    assert note_failure(record, failed(FIRST), None) == failed(FIRST)
