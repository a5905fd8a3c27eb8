"""Tidings: what one says that only knows that something moved."""

from app.core.stack import StackStatus
from app.core.tiding import Tiding
from tests.builders import NOW


def test_a_tiding_that_says_nothing_else_says_that_the_stack_moved() -> None:
    assert (Tiding("arn", NOW).status, Tiding("arn", NOW).observed) == (StackStatus.UNKNOWN, None)
