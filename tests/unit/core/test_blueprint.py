"""References in parameters, and when two payloads are the same."""

from typing import Any

import pytest

from app.core.blueprint import ReferenceUnresolved, context_of, payload_for, references, resolve
from tests.builders import a_blueprint, a_payload, a_target, an_environment

CONTEXT = {"ticket": "SHOP-42", "branch": "${ticket}"}
OUTPUTS = {"bus": {"Arn": "arn:bus"}}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"),
        ("${ticket}", "SHOP-42"),
        ("a-${ticket}-${bus.Arn}-z", "a-SHOP-42-arn:bus-z"),
        ("${branch}", "${ticket}"),
        ("$ticket ${", "$ticket ${"),
    ],
)
def test_references_are_replaced_once(text: str, value: str) -> None:
    assert resolve(text, CONTEXT, OUTPUTS, "here") == value


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("${tikcet}", r"here: \$\{tikcet\} is unknown; use one of \$\{ticket\}, "),
        ("${api.Url}", "name the stack 'api' in needs"),
        ("${bus.Url}", "the stack 'bus' has the outputs: Arn"),
        ("${}", "is unknown"),
    ],
)
def test_a_reference_to_nothing_says_what_there_is(text: str, hint: str) -> None:
    with pytest.raises(ReferenceUnresolved, match=hint):
        resolve(text, CONTEXT, OUTPUTS, "here")


def test_references_are_listed_in_order() -> None:
    assert references("${a}-${b.C}") == ("a", "b.C")


def test_the_context_of_an_environment() -> None:
    assert context_of(an_environment()) == {
        "ticket": "SHOP-42",
        "environment": "SHOP-42",
        "repository": "acme/shop",
        "branch": "SHOP-42-cart",
        "pull_request": "57",
        "owner": "ann",
    }
    assert context_of(an_environment("shop-main", ticket=None, pull_request=None))["ticket"] == "shop-main"


def test_a_payload_has_our_tags_above_the_repositorys() -> None:
    target = a_target(parameters={"Stage": "${ticket}"}, tags={"team": "a", "mayfly:owner": "eve"})
    payload = payload_for(target, a_blueprint(), an_environment(), {"mayfly:owner": "ann"}, {})
    assert (payload.parameters, payload.tags) == ({"Stage": "SHOP-42"}, {"team": "a", "mayfly:owner": "ann"})


def test_a_reference_that_is_not_resolved_names_its_parameter() -> None:
    with pytest.raises(ReferenceUnresolved, match=r"^stacks\.api\.parameters\.Arn: "):
        payload_for(a_target(parameters={"Arn": "${bus.Arn}"}), a_blueprint(), an_environment(), {}, {})


@pytest.mark.parametrize(
    "changes",
    [
        {"blueprint": a_blueprint(digest="v2")},
        {"blueprint": a_blueprint(capabilities=("CAPABILITY_IAM",))},
        {"parameters": {"A": "1"}},
        {"tags": {"A": "1"}},
    ],
    ids=["template", "capabilities", "parameters", "tags"],
)
def test_every_change_changes_the_digest(changes: dict[str, Any]) -> None:
    assert a_payload(**changes).digest != a_payload().digest


def test_the_order_of_parameters_does_not() -> None:
    one, other = a_payload(parameters={"A": "1", "B": "2"}), a_payload(parameters={"B": "2", "A": "1"})
    assert one.digest == other.digest


def test_where_the_template_lies_does_not() -> None:
    moved = a_payload(blueprint=a_blueprint(digest="v1", body=None, url="https://bucket/v1"))
    assert moved.digest == a_payload().digest
