"""Where a failure comes from: the resource's line, the template, or the repository's own file."""

import pytest

from app.core.blame import Blame, find_blame, line_of
from tests.builders import a_desired, a_ready_record, a_target

YAML = """\
# Orders: of the shop
Resources:
  OrdersQueue:
    Type: AWS::SQS::Queue
  Orders:
    Type: AWS::DynamoDB::Table
"""
JSON = '{"Resources": {\n  "OrdersQueue": {},\n  "Orders": {}}}'


@pytest.mark.parametrize(("template", "line"), [(YAML, 5), (JSON, 3), ("{}", 1), ("", 1)])
def test_a_resource_is_where_the_template_defines_it(template: str, line: int) -> None:
    assert line_of(template, "Orders") == line


def test_a_cause_blames_its_resource() -> None:
    cause = "SHOP-42 could not be updated. Orders (AWS::DynamoDB::Table): Throughput exceeds."
    record = a_ready_record(failed="v2", cause=cause)
    assert find_blame(a_desired(), [record], None) == (Blame("api/template.yaml", cause, "Orders"),)


def test_a_cause_that_names_its_place_is_taken_at_its_word() -> None:
    cause = "SHOP-42 could not be updated. Child/Orders (AWS::DynamoDB::Table, api/child.yaml:12): Denied."
    record = a_ready_record(failed="v2", cause=cause)
    assert find_blame(a_desired(), [record], None) == (Blame("api/child.yaml", cause, "Orders", 12),)


def test_a_cause_without_a_resource_blames_the_template() -> None:
    record = a_ready_record(failed="v2", cause="The stack failed.")
    assert find_blame(a_desired(), [record], None) == (Blame("api/template.yaml", "The stack failed.", line=1),)


def test_a_stack_that_stands_is_not_blamed() -> None:
    assert find_blame(a_desired(), [a_ready_record(cause="long ago")], None) == ()


def test_a_fault_of_a_template_blames_it() -> None:
    desired = a_desired(a_target("a", template="template.yaml"), a_target("b", template="b/template.yaml"))
    blamed = find_blame(desired, (), "Commit ccccccc cannot be deployed. b/template.yaml, line 7: no YAML.")
    assert [(blame.file, blame.line) for blame in blamed] == [("b/template.yaml", 7)]


def test_another_fault_blames_the_repositorys_file() -> None:
    blamed = find_blame(a_desired(), (), "stacks.api.regions: mars is no region.")
    assert [(blame.file, blame.line) for blame in blamed] == [(".mayfly.yml", 1)]
