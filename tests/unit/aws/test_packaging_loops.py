"""`Fn::ForEach`: left to CloudFormation where it can be, written out where files depend on it."""

import json
from typing import Any

import pytest

from app.aws.checkout import Checkout
from app.aws.packaging import Packaged, PackagingRefused, Target, package

TARGET = Target("bkt", "shop/", "https://s3.eu-west-1.amazonaws.com")
FUNCTION = "AWS::Serverless::Function"


def packaged(resources: dict[str, Any]) -> Packaged:
    with Checkout() as checkout:
        for path, text in {"src/x": "0", "fn/a-1/x": "1", "fn/b/x": "2"}.items():
            checkout.add_file(path, [text.encode()])
        checkout.add_file("template.yaml", [json.dumps({"Resources": resources}).encode()])
        return package(checkout, "template.yaml", TARGET)


def resources_of(result: Packaged) -> Any:
    return json.loads(result.body)["Resources"]


def code_uri(path: str) -> str:
    """What stands for the directory outside any loop."""
    result = packaged({"X": {"Type": FUNCTION, "Properties": {"CodeUri": path}}})
    return str(resources_of(result)["X"]["Properties"]["CodeUri"])


def test_a_loop_over_the_same_files_stays_a_loop() -> None:
    body = {"F${N}": {"Type": FUNCTION, "Properties": {"CodeUri": "src", "Handler": "${N}.x"}}}
    result = packaged({"Fn::ForEach::L": ["N", {"Ref": "Names"}, body]})
    loop = resources_of(result)["Fn::ForEach::L"]
    assert loop[2]["F${N}"]["Properties"] == {"CodeUri": code_uri("src"), "Handler": "${N}.x"}
    assert result.resource_types == {FUNCTION}


def test_a_loop_that_names_files_is_written_out() -> None:
    function = {"Type": FUNCTION, "Properties": {"CodeUri": "fn/${N}", "Layers": [{"Ref": "N"}, {"Ref": "M"}]}}
    loop = ["N", ["a-1", "b"], {"F&{N}": function}]
    found = resources_of(packaged({"Fn::ForEach::L": loop, "T": {"Type": "AWS::SNS::Topic"}}))
    assert list(found) == ["Fa1", "Fb", "T"]
    assert found["Fa1"]["Properties"] == {"CodeUri": code_uri("fn/a-1"), "Layers": ["a-1", {"Ref": "M"}]}
    assert found["Fb"]["Properties"]["CodeUri"] == code_uri("fn/b")


def test_loops_within_loops() -> None:
    function = {"Type": FUNCTION, "Properties": {"CodeUri": "fn/${N}"}}
    inner = {"Fn::ForEach::I": ["N", ["a-1", "b"], {"F&{N}${M}": function}]}
    result = packaged({"Fn::ForEach::O": ["M", {"Ref": "P"}, inner]})
    assert list(resources_of(result)["Fn::ForEach::O"][2]) == ["Fa1${M}", "Fb${M}"]
    assert len(result.artifacts) == 2


def test_a_path_of_two_loops() -> None:
    function = {"Type": FUNCTION, "Properties": {"CodeUri": "${D}/${N}"}}
    inner = {"Fn::ForEach::I": ["N", ["a-1", "b"], {"${D}&{N}": function}]}
    found = resources_of(packaged({"Fn::ForEach::O": ["D", ["fn"], inner]}))
    assert {name: entry["Properties"]["CodeUri"] for name, entry in found.items()} == {
        "fna1": code_uri("fn/a-1"),
        "fnb": code_uri("fn/b"),
    }


def test_a_loop_over_what_only_cloudformation_knows_cannot_name_files() -> None:
    function = {"Type": FUNCTION, "Properties": {"CodeUri": "fn/${N}"}}
    with pytest.raises(PackagingRefused) as caught:
        packaged({"Fn::ForEach::L": ["N", {"Ref": "Names"}, {"F${N}": function}]})
    assert str(caught.value).startswith(
        "template.yaml:1: Resources/Fn::ForEach::L loops over values that only CloudFormation knows"
    )


def test_a_refusal_within_a_loop_names_the_line_in_the_source() -> None:
    text = """\
Resources:
  Fn::ForEach::L:
    - N
    - [a]
    - F${N}:
        Type: AWS::Serverless::Function
        Properties:
          CodeUri: ../${N}
"""
    with Checkout() as checkout:
        checkout.add_file("t.yaml", [text.encode()])
        with pytest.raises(PackagingRefused) as caught:
            package(checkout, "t.yaml", TARGET)
    assert str(caught.value).startswith("t.yaml:8: Resources/Fn::ForEach::L/2/F${N}/Properties/CodeUri: '../a' leaves")


@pytest.mark.parametrize("innermost", [[], ["a"]])
def test_loops_cannot_run_for_ever(innermost: list[str]) -> None:
    path = "/".join(f"${{V{level}}}" for level in range(9))
    entries: dict[str, Any] = {"F": {"Type": FUNCTION, "Properties": {"CodeUri": path}}}
    for level in range(9):
        entries = {f"Fn::ForEach::L{level}": [f"V{level}", list("abcdefgh") if level else innermost, entries]}
    with pytest.raises(PackagingRefused, match="more than 2,000 turns"):
        packaged(entries)
