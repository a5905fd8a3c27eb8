"""What need not be asked again, and until when."""

from datetime import UTC, datetime, timedelta

import pytest

from app.core.memory import Memory, StackMemory

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
KNOWN = {"a": StackMemory(), "b": StackMemory()}


@pytest.mark.parametrize(
    ("memory", "standing", "is_due"),
    [
        (Memory(), [], True),
        (Memory(KNOWN, audited_at=NOW - timedelta(hours=1)), ["a", "b"], False),
        (Memory(KNOWN, audited_at=NOW - timedelta(hours=1)), ["a", "b", "new"], False),
        (Memory(KNOWN, audited_at=NOW - timedelta(hours=1)), ["a"], True),
        (Memory(KNOWN, audited_at=NOW - timedelta(hours=20)), ["a", "b"], True),
    ],
    ids=["never looked", "all as it was", "one came", "one has gone", "a day has passed"],
)
def test_everything_is_listed_anew(memory: Memory, standing: list[str], *, is_due: bool) -> None:
    assert memory.is_audit_due(standing, NOW) is is_due


def test_of_a_stack_never_seen_nothing_is_known() -> None:
    assert Memory().of("a") == StackMemory()
