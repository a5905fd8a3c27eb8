"""Which of many failures is the cause, and how it reads."""

from typing import Any

import pytest

from app.core.cause import (
    STACK_TYPE,
    Failure,
    OperationEvent,
    StackEvent,
    clean,
    find_causes,
    find_nested,
    find_refusals,
    fingerprint_of,
    operation_events,
    place_of,
    tell_failures,
)
from tests.builders import a_stack_event, an_event

CANCELLED = "Resource creation cancelled"


def newest_first(*events: StackEvent) -> list[StackEvent]:
    return list(events)[::-1]


def failure(path: str = "Queue", reason: str = "Access denied", type_: str = "AWS::SQS::Queue") -> Failure:
    return Failure(path, type_, reason)


class TestTelling:
    def test_one_failure(self) -> None:
        assert tell_failures([failure()], {}) == "Queue (AWS::SQS::Queue): Access denied."

    def test_the_line_of_the_template_is_named(self) -> None:
        told = tell_failures([failure()], {"Queue": "api/template.yaml:12"})
        assert told == "Queue (AWS::SQS::Queue, api/template.yaml:12): Access denied."

    def test_what_helps_is_said(self) -> None:
        told = tell_failures([failure(reason="shop-42 already exists")], {})
        assert told.startswith("Queue (AWS::SQS::Queue): shop-42 already exists. Something has this name already:")

    def test_further_failures_are_told_up_to_five(self) -> None:
        told = tell_failures([failure(), *(failure(f"T{n}", "Denied.", "AWS::SNS::Topic") for n in range(7))], {})
        assert told.endswith("T4 (AWS::SNS::Topic): Denied; and 2 more.")
        assert "Also failed: T0 (AWS::SNS::Topic): Denied; T1" in told

    def test_long_words_of_further_ones_are_cut(self) -> None:
        assert tell_failures([failure(), failure("T", "x" * 500)], {}).endswith("x….")

    def test_the_stacks_own_words_stand_for_themselves(self) -> None:
        words = "Transform AWS::Serverless failed with: no such property"
        assert tell_failures([Failure("", "", words)], {}) == f"{words}."


PLACES = {"Orders": "t.yaml:3", "OrdersQueue": "t.yaml:9", "/Orders": "child.yaml:5"}


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("Orders", "t.yaml:3"),
        ("OrdersQueue", "t.yaml:9"),
        ("OrdersRole", "t.yaml:3"),
        ("Child/Orders", "child.yaml:5"),
        ("Other", ""),
    ],
    ids=["itself", "the longest", "what a transform made of it", "in a nested template", "unknown"],
)
def test_a_resource_is_found_in_its_template_by_its_name(path: str, place: str) -> None:
    assert place_of(path, PLACES) == place


class TestFingerprints:
    def test_ids_and_numbers_make_no_difference(self) -> None:
        words = "Role arn:aws:iam::{0}:role/x-{1} is denied after {0} s (RequestToken: {1}, HandlerErrorCode: X)"
        texts = [words.format("123", "0a1b2c3d4e"), words.format("98765", "ffffffff00")]
        assert len({fingerprint_of([failure(reason=text)]) for text in texts}) == 1

    @pytest.mark.parametrize(
        "other",
        [failure("Topic"), failure(reason="No room"), failure(type_="AWS::SNS::Topic")],
        ids=["path", "reason", "type"],
    )
    def test_what_failed_and_how_makes_one(self, other: Failure) -> None:
        assert fingerprint_of([other]) != fingerprint_of([failure()])


class TestNestedStacks:
    CHILD = "arn:aws:cloudformation:eu-west-1:1:stack/SHOP-42-Child/1"

    def nested(self, seconds: float = 0, **changes: Any) -> StackEvent:
        values = {"status": "CREATE_FAILED", "logical_id": "Child", "type": STACK_TYPE, "physical_id": self.CHILD}
        return an_event(seconds=seconds, **{**values, **changes})

    def test_one_that_failed_is_found_once(self) -> None:
        reason = "Embedded stack was not successfully created: The following resource(s) failed to create: [Queue]."
        (found,) = find_nested([self.nested(reason=reason), self.nested(1, reason=reason)], "arn:root")
        assert (found.logical_id, found.physical_id) == ("Child", self.CHILD)

    def test_its_id_may_stand_in_an_earlier_event(self) -> None:
        begun, failed = self.nested(status="CREATE_IN_PROGRESS"), self.nested(1, physical_id="")
        assert [event.physical_id for event in find_nested([begun, failed], "arn:root")] == [self.CHILD]

    @pytest.mark.parametrize(
        "event",
        [
            {"reason": CANCELLED},
            {"status": "CREATE_COMPLETE"},
            {"physical_id": "arn:root"},
            {"physical_id": ""},
            {"type": "AWS::SQS::Queue"},
        ],
        ids=["cancelled", "complete", "the stack itself", "never made", "no stack"],
    )
    def test_others_are_not(self, event: dict[str, Any]) -> None:
        assert find_nested([self.nested(**event)], "arn:root") == []


class TestRefusals:
    def event(self, **changes: Any) -> OperationEvent:
        values = {"operation": "o2", "kind": "VALIDATION_ERROR", "logical_id": "B", "type": "AWS::S3::Bucket"}
        return OperationEvent(**{**values, "reason": "Taken", "mode": "FAIL", **changes})

    def test_what_fails_comes_before_what_is_only_warned_of(self) -> None:
        warned, failed = self.event(mode="WARN"), self.event()
        assert find_refusals([warned, failed], "t1") == [failed, warned]

    def test_those_of_an_earlier_operation_or_of_others_are_left_out(self) -> None:
        events = [self.event(), self.event(operation="o1"), self.event(token="by hand")]
        assert find_refusals(events, "t1") == [self.event()]

    def test_failures_of_making_are_left_to_the_stacks_events(self) -> None:
        assert find_refusals([self.event(kind="PROVISIONING_ERROR")], "t1") == []

    def test_none_are_none(self) -> None:
        assert find_refusals([], "t1") == []


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
        assert [event.logical_id for event in find_causes(events)] == ["Queue"]

    def test_no_more_is_read_than_needed(self) -> None:
        earlier = a_stack_event("CREATE_IN_PROGRESS", 0, token="t0")
        stream = iter(newest_first(earlier, a_stack_event("DELETE_IN_PROGRESS", 1)))
        operation_events(stream, "delete", "t1")
        assert next(stream) == earlier
