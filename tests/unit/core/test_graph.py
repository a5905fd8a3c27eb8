"""Which stacks stand where, and in which order."""

from typing import Any

import pytest

from app.core.graph import GraphRefused, StackWish, arrange, order

BOTH = ("eu-west-1", "us-east-1")


def wish(*needs: str, **changes: Any) -> StackWish:
    return StackWish(**{"template": "t.yaml", "regions": ("eu-west-1",), "needs": needs, **changes})


def test_each_comes_after_those_it_needs_else_as_written() -> None:
    assert order({"web": wish("api"), "api": wish("bus"), "log": wish(), "bus": wish()}) == ["log", "bus", "api", "web"]


@pytest.mark.parametrize(
    ("wishes", "reason"),
    [
        ({"a": wish("b"), "b": wish("a"), "c": wish()}, "a, b need each other in a circle"),
        ({"a": wish("a")}, "a need each other in a circle"),
        ({"a": wish("bus")}, "stacks.a.needs: there is no stack 'bus'"),
        ({"a": wish(parameters={"Arn": "${bus.Arn}"}), "bus": wish()}, r"stacks.a.parameters.Arn: \${bus.Arn} wants"),
    ],
)
def test_what_cannot_be_followed_is_refused(wishes: dict[str, StackWish], reason: str) -> None:
    with pytest.raises(GraphRefused, match=reason):
        order(wishes)


def test_the_only_stack_bears_the_environments_name() -> None:
    (target,) = arrange({"api": wish(account="dev", outputs=("Url",), tags={"team": "a"})}, "SHOP-42")
    assert (target.stack, target.name, target.place) == ("api", "SHOP-42", "dev/eu-west-1")
    assert (target.outputs, target.tags) == (("Url",), {"team": "a"})


def test_several_stacks_bear_their_own_names() -> None:
    targets = arrange({"api": wish("bus"), "bus": wish()}, "SHOP-42")
    assert [(target.name, target.needs) for target in targets] == [("SHOP-42-bus", ()), ("SHOP-42-api", ("bus",))]


def test_a_stack_of_two_regions_needs_what_stands_in_its_own() -> None:
    targets = arrange({"bus": wish(regions=BOTH), "api": wish("bus", regions=BOTH)}, "SHOP-42")
    assert {target.stack: target.needs for target in targets} == {
        "bus@eu-west-1": (),
        "bus@us-east-1": (),
        "api@eu-west-1": ("bus@eu-west-1",),
        "api@us-east-1": ("bus@us-east-1",),
    }


def test_what_is_not_there_is_taken_from_the_first_region() -> None:
    targets = arrange({"bus": wish(), "api": wish("bus", regions=BOTH)}, "SHOP-42")
    assert {target.needs for target in targets if target.stack.startswith("api")} == {("bus",)}
