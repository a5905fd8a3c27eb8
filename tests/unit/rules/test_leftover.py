"""Leftover: what outlived its stack, who made it, and what a rule may delete of it."""

import pytest

from app.core.fleet import Usage, Verdict
from app.rules.leftover import judge
from tests.builders import a_loose_case, a_loose_resource, a_record, a_stack_id, a_use


def test_a_bucket_that_outlived_a_stack_of_ours_may_go() -> None:
    judged = judge(a_loose_case())
    assert judged
    assert (judged.verdict, judged.may_act, judged.doubt) == (Verdict.UNUSED, True, None)
    assert judged.reason == "It outlived its stack SHOP-42."


def test_a_log_group_tied_to_a_stack_by_its_name_alone_waits_for_a_person() -> None:
    group = a_loose_resource("/aws/lambda/SHOP-42-fn", type="AWS::Logs::LogGroup", tags=None, stack_id=None)
    judged = judge(a_loose_case(group))
    assert judged
    assert (judged.verdict, judged.may_act) == (Verdict.UNUSED, False)
    assert judged.reason == "It outlived its stack SHOP-42."


def test_our_own_record_of_its_stack_is_evidence_too() -> None:
    judged = judge(a_loose_case(a_loose_resource(tags={}), origin=a_record()))
    assert judged
    assert judged.may_act


def test_what_was_noted_when_its_stack_was_deleted_is_evidence_and_says_why_it_stayed() -> None:
    judged = judge(a_loose_case(a_loose_resource(tags={}), leak="its template keeps it"))
    assert judged
    assert (judged.may_act, judged.reason) == (True, "It outlived its stack SHOP-42: its template keeps it.")


@pytest.mark.parametrize("tags", [None, {}, {"mayfly:managed": "another"}], ids=["unread", "none", "another's"])
def test_without_evidence_that_it_was_ours_no_rule_deletes_it(tags: dict[str, str] | None) -> None:
    judged = judge(a_loose_case(a_loose_resource(tags=tags)))
    assert judged
    assert not judged.may_act


def test_what_a_test_tool_left_names_the_tool() -> None:
    queue = a_loose_resource("shop-bus-testing-queue", stack_id=None, stack_name=None, maker="sls-test-tools", tags={})
    judged = judge(a_loose_case(queue))
    assert judged
    assert judged.reason == "sls-test-tools made it and it belongs to no stack."


def test_a_rule_in_the_way_of_a_deletion_is_told_although_its_stack_stands() -> None:
    rule = a_loose_resource("test-rule", maker="sls-test-tools", blocks=a_stack_id("SHOP-42"), tags={})
    judged = judge(a_loose_case(rule, is_origin_standing=True))
    assert judged
    assert judged.reason == "sls-test-tools made it, and it stands in the way of the deletion of SHOP-42."


def test_what_a_standing_stack_may_use_is_not_flagged() -> None:
    assert judge(a_loose_case(is_origin_standing=True)) is None


def test_what_is_still_used_is_told_and_never_deleted() -> None:
    judged = judge(a_loose_case(a_loose_resource(usage=Usage(Verdict.USED, (a_use(),)))))
    assert judged
    assert judged.verdict is Verdict.USED
    assert judged.reason == "It outlived its stack SHOP-42. It is still used."


def test_a_list_that_was_cut_short_leaves_it_undecided() -> None:
    judged = judge(a_loose_case(unread=("The list of stacks was cut short.",)))
    assert judged
    assert (judged.verdict, judged.may_act) == (Verdict.UNKNOWN, False)
    assert judged.doubt == "Not everything could be read: The list of stacks was cut short."
