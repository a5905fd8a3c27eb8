"""Which of many failures is the cause, and how it reads."""

import pytest

from app.core.cause import STACK_TYPE, StackEvent, clean, find_causes, operation_events, tell_cause
from tests.builders import a_stack_event, an_event

CANCELLED = "Resource creation cancelled"


def newest_first(*events: StackEvent) -> list[StackEvent]:
    return list(events)[::-1]


def told(*events: StackEvent, status_reason: str = "") -> str | None:
    return tell_cause(events, status_reason)


def test_the_first_failure_in_time_is_the_cause() -> None:
    late, early = an_event(seconds=5, logical_id="Topic"), an_event(seconds=2, logical_id="Queue", reason="Denied")
    assert told(late, early) == "Queue (AWS::SQS::Queue): Denied. 1 more resource failed."


def test_several_further_failures_are_counted() -> None:
    assert str(told(*(an_event(seconds=n, logical_id=f"Queue{n}") for n in range(3)))).endswith(
        "2 more resources failed."
    )


def test_a_resource_that_failed_twice_counts_once() -> None:
    assert told(an_event(seconds=1), an_event(seconds=2)) == "Queue (AWS::SQS::Queue): Access denied."


def test_cancellations_are_no_cause() -> None:
    cancelled = an_event(seconds=1, logical_id="Topic", reason=CANCELLED)
    assert find_causes([cancelled, an_event(seconds=2)]) == [an_event(seconds=2)]


@pytest.mark.parametrize(
    "reason", ["Resource update cancelled", "The following resource(s) failed to create: [Queue]. "]
)
def test_echoes_are_no_cause(reason: str) -> None:
    assert find_causes([an_event(reason=reason)]) == []


def test_what_the_stack_says_of_itself_or_of_a_nested_one_is_no_cause() -> None:
    nested = an_event(logical_id="Child", type=STACK_TYPE, reason="Embedded stack arn:x was not successfully created")
    assert find_causes([nested, a_stack_event("ROLLBACK_FAILED")]) == []


def test_where_no_resource_failed_the_stacks_own_words_are_told() -> None:
    assert told(status_reason="Transform AWS::Serverless failed with: no such property") == (
        "Transform AWS::Serverless failed with: no such property."
    )


def test_nothing_is_told_where_nothing_is_known() -> None:
    assert told() is None


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        (
            "Bucket exists (RequestToken: 5f3a, HandlerErrorCode: AlreadyExists)",
            "Bucket exists.",
        ),
        ("Denied (Service: Sqs, Status Code: 403, Request ID: 8e1f)", "Denied."),
        ("Denied (Request ID: 8e1f)", "Denied."),
        ("Two\n  lines", "Two lines."),
        ("Ends itself!", "Ends itself!"),
        ("", ""),
    ],
)
def test_request_ids_and_line_breaks_are_removed(reason: str, expected: str) -> None:
    assert clean(reason) == expected


class TestEventsOfAnOperation:
    def test_those_of_an_earlier_operation_are_left_out(self) -> None:
        earlier = a_stack_event("CREATE_IN_PROGRESS", 0, token="t0"), an_event("CREATE_FAILED", 1, token="t0")
        own = a_stack_event("UPDATE_IN_PROGRESS", 2), an_event("UPDATE_FAILED", 3)
        assert operation_events(newest_first(*earlier, *own), "update", "t1") == list(own)

    def test_those_of_others_meanwhile_are_left_out(self) -> None:
        own = a_stack_event("CREATE_IN_PROGRESS", 0), an_event("CREATE_FAILED", 1)
        foreign = an_event("DELETE_FAILED", 2, token="by hand")
        assert operation_events(newest_first(*own, foreign), "create", "t1") == list(own)

    def test_the_removal_of_a_creation_that_failed_belongs_to_it(self) -> None:
        """It begins with the creation's token, and what failed lies before it."""
        own = (
            a_stack_event("CREATE_IN_PROGRESS", 0),
            an_event("CREATE_FAILED", 1),
            a_stack_event("DELETE_IN_PROGRESS", 2),
            a_stack_event("DELETE_COMPLETE", 3),
        )
        events = operation_events(newest_first(*own), "create", "t1")
        assert tell_cause(events, "") == "Queue (AWS::SQS::Queue): Access denied."

    def test_no_more_is_read_than_needed(self) -> None:
        earlier = a_stack_event("CREATE_IN_PROGRESS", 0, token="t0")
        stream = iter(newest_first(earlier, a_stack_event("DELETE_IN_PROGRESS", 1)))
        operation_events(stream, "delete", "t1")
        assert next(stream) == earlier
