"""What test tools leave is told by its name or its tags, and nothing else is taken for it."""

import pytest

from app.core.toolmarks import AWS_IATK, bus_of_queue, is_left_by_tool, maker_by_tags


def test_a_rule_of_sls_test_tools_bears_the_name_of_its_bus() -> None:
    assert is_left_by_tool("test-orders-rule", "orders")
    assert not is_left_by_tool("test-orders-rule", "payments")
    assert not is_left_by_tool("orders-rule", "orders")


@pytest.mark.parametrize(
    ("queue", "bus"),
    [("orders-testing-queue", "orders"), ("-testing-queue", None), ("orders-queue", None), ("testing-queue", None)],
)
def test_a_queue_of_sls_test_tools_names_its_bus(queue: str, bus: str | None) -> None:
    assert bus_of_queue(queue) == bus


def test_iatk_tags_what_it_makes() -> None:
    assert maker_by_tags({"iatk:TestHarness:ID": "1", "team": "shop"}) == AWS_IATK
    assert maker_by_tags({"team": "shop"}) is None
