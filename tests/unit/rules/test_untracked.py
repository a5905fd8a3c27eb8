"""Untracked: our mark without our record."""

from app.core.fleet import Usage, Verdict
from app.rules.untracked import judge
from tests.builders import a_case, a_fleet_stack, a_record


def test_a_stack_with_our_mark_and_no_record_is_told_and_never_deleted() -> None:
    judged = judge(a_case(record=None))
    assert judged
    assert (judged.verdict, judged.may_act, judged.doubt) == (Verdict.USED, False, None)
    assert judged.reason == (
        "It bears our mark and is in no record. It names SHOP-42 as its environment. "
        "To our knowledge, last use on 2026-03-01 (orders, Invocations 12)."
    )


def test_it_is_told_whether_or_not_its_use_is_known() -> None:
    judged = judge(a_case(a_fleet_stack(usage=Usage()), record=None))
    assert judged
    assert (judged.verdict, judged.doubt) == (Verdict.UNKNOWN, None)


def test_what_is_in_our_records_is_tracked() -> None:
    assert judge(a_case()) is None


def test_another_incarnation_of_the_name_is_another_stack() -> None:
    case = a_case(record=a_record(id="arn:another"))
    assert not case.is_ours


def test_the_stack_of_another_installation_is_theirs() -> None:
    assert judge(a_case(a_fleet_stack(tags={"mayfly:managed": "another"}), record=None)) is None


def test_a_stack_whose_tags_could_not_be_read_is_not_called_ours() -> None:
    assert judge(a_case(a_fleet_stack(tags=None), record=None)) is None
