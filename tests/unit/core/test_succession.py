"""A stack lives on where the repository's file gives it another key."""

from app.core.stack import StackRecord, StackStatus
from app.core.succession import hand_over
from tests.builders import a_ready_record, a_record, a_target

OLD = a_ready_record("main", name="SHOP-42", outputs={"Url": "https://x"})
NEW = a_target("api", name="SHOP-42")


def test_a_stack_is_handed_over_under_its_new_key() -> None:
    handed, emptied = hand_over((NEW,), [OLD])
    assert (handed.stack, handed.id, handed.applied, handed.outputs) == ("api", OLD.id, OLD.applied, OLD.outputs)
    assert emptied == StackRecord("SHOP-42", "main", "SHOP-42", "default", "eu-west-1")


def test_a_key_whose_stack_is_gone_takes_over() -> None:
    gone = a_record("api", StackStatus.DELETE_COMPLETE, name="SHOP-42")
    assert hand_over((NEW,), [OLD, gone])[0].id == OLD.id


def test_another_name_or_place_is_another_stack() -> None:
    assert hand_over((a_target("api", name="SHOP-42-api"),), [OLD]) == []
    assert hand_over((a_target("api", name="SHOP-42", region="us-east-1"),), [OLD]) == []
    assert hand_over((a_target("api", name="SHOP-42", account="dev"),), [OLD]) == []


def test_nothing_is_taken_from_a_key_that_the_file_still_names() -> None:
    assert hand_over((NEW, a_target("main", name="SHOP-42-main")), [OLD]) == []


def test_nothing_is_taken_for_a_key_that_has_a_stack() -> None:
    assert hand_over((NEW,), [OLD, a_record("api")]) == []


def test_what_is_gone_or_foreign_is_not_handed_over() -> None:
    gone = a_record("main", StackStatus.DELETE_COMPLETE, name="SHOP-42")
    foreign = a_record("main", StackStatus.UNKNOWN, name="SHOP-42", id=None)
    assert hand_over((NEW,), [gone]) == hand_over((NEW,), [foreign]) == []
