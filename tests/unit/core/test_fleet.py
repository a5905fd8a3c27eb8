"""What nobody read counts as nothing that a rule could act upon."""

from app.core.fleet import FleetStack, Usage, Verdict
from app.core.stack import StackStatus


def test_a_stack_of_which_nothing_was_read_is_neither_used_nor_unused() -> None:
    stack = FleetStack("dev", "eu-west-1", "arn:1", "SHOP-42", StackStatus.CREATE_COMPLETE)
    assert stack.usage == Usage(Verdict.UNKNOWN)
    assert (stack.tags, stack.resources, stack.is_protected, stack.cost) == (None, None, None, None)
