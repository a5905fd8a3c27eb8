"""What a step towards a payload says; which step it is in which status, `test_plan.py` has a case for each cell."""

from typing import Any

import pytest

from app.core.advance import step_towards
from app.core.stack import StackStatus
from app.core.step import Step
from tests.builders import NOW, a_payload, a_record, a_target

P = a_payload("v2")
S = StackStatus


def wanted(status: StackStatus, **record: Any) -> Step:
    return step_towards(a_target(), a_record(status=status, **record), P, NOW)


@pytest.mark.parametrize(
    ("status", "record", "text"),
    [
        (S.CREATE_COMPLETE, {"applied": P.digest}, "SHOP-42-api is ready."),
        (S.CREATE_COMPLETE, {}, "Updating SHOP-42-api."),
        (S.DELETE_COMPLETE, {}, "Creating SHOP-42-api."),
        (S.CREATE_IN_PROGRESS, {}, "SHOP-42-api is being created."),
        (S.UPDATE_ROLLBACK_IN_PROGRESS, {}, "SHOP-42-api is being updated."),
        (S.UPDATE_COMPLETE_CLEANUP_IN_PROGRESS, {}, "SHOP-42-api is finishing its last update."),
        (S.UPDATE_FAILED, {}, "Rolling SHOP-42-api back before the next update."),
        (S.UPDATE_ROLLBACK_FAILED, {}, "Finishing the rollback of SHOP-42-api."),
        (S.CREATE_COMPLETE, {"failed": P.digest}, "SHOP-42-api failed; its events say why."),
        (S.UPDATE_ROLLBACK_COMPLETE, {"failed": P.digest, "cause": "No."}, "No. The version before still serves."),
    ],
)
def test_each_step_says_what_happens(status: StackStatus, record: dict[str, Any], text: str) -> None:
    assert wanted(status, **record).text == text


def test_a_payload_that_failed_says_why_also_while_its_rollback_is_finished() -> None:
    step = wanted(S.UPDATE_ROLLBACK_FAILED, failed=P.digest, cause="Queue: denied.")
    assert step.text == "Queue: denied. Its rollback failed as well: parts of both versions may stand."
    assert step.action is not None
