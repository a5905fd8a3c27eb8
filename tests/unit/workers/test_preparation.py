"""Preparation: what is said of a commit's templates, nested ones included."""

from app.aws.checkout import Checkout
from app.aws.packaging import Packaged, Target, package
from tests.builders import a_target
from workers.preparation import places_of, remarks_on, varying_parameters

OUTER = b"""
Parameters: {Stage: {Type: String, Default: dev}}
Resources:
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub 'orders-${Stage}'}}
  Child: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: child.yaml}}
"""
CHILD = b"""
Parameters: {Name: {Type: String}}
Resources:
  Named: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref Name}}
  Kept: {Type: AWS::SQS::Queue, DeletionPolicy: Retain}
"""


def packaged() -> Packaged:
    with Checkout() as checkout:
        checkout.add_file("app/template.yaml", [OUTER])
        checkout.add_file("app/child.yaml", [CHILD])
        return package(checkout, "app/template.yaml", Target("bkt", "shop/", "https://s3.eu-west-1.amazonaws.com"))


def rules(**parameters: str) -> list[tuple[str, str, int, str | None]]:
    found = remarks_on(a_target(parameters=parameters), packaged())
    return [(remark.rule, remark.file, remark.line, remark.logical_id) for remark in found]


def test_nested_templates_are_read_too_by_their_own_names_and_lines() -> None:
    assert ("retained", "app/child.yaml", 5, "Kept") in rules(Stage="${ticket}")


def test_a_name_made_of_a_parameter_that_every_environment_leaves_alone_is_the_same_in_all() -> None:
    assert rules() == [
        ("fixed-name", "app/template.yaml", 4, "Queue"),
        ("retained", "app/child.yaml", 5, "Kept"),
    ]


def test_only_references_that_differ_between_environments_make_a_parameter_differ() -> None:
    parameters = {
        "Plain": "dev",
        "Owner": "${owner}",
        "Repository": "x-${repository}",
        "Ticket": "x-${ticket}",
        "Output": "${bus.Arn}",
    }
    assert varying_parameters(a_target(parameters=parameters)) == {"Ticket", "Output"}


def test_where_each_resource_stands_is_noted_for_whoever_looks_for_a_cause() -> None:
    assert places_of(packaged()) == {
        "Queue": "app/template.yaml:4",
        "Child": "app/template.yaml:5",
        "/Named": "app/child.yaml:4",
        "/Kept": "app/child.yaml:5",
    }
