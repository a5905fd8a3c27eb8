"""Packaging as a whole: nested templates, refusals with their line, and what is told of the result."""

import hashlib
import json
from typing import Any

import pytest

from app.aws.checkout import Checkout
from app.aws.packaging import Packaged, PackagingRefused, Target, package
from app.aws.template import MOST_INLINE, TemplateRefused

TARGET = Target("bkt", "shop/", "https://s3.eu-west-1.amazonaws.com")
STACK = "AWS::CloudFormation::Stack"


def commit(files: dict[str, str]) -> Checkout:
    checkout = Checkout()
    for path, text in files.items():
        checkout.add_file(path, [text.encode()])
    return checkout


def packaged(template: dict[str, Any] | str, files: dict[str, str] | None = None) -> Packaged:
    text = template if isinstance(template, str) else json.dumps(template)
    with commit({**(files or {}), "template.yaml": text}) as checkout:
        return package(checkout, "template.yaml", TARGET)


def resource(kind: str, properties: Any, **more: Any) -> dict[str, Any]:
    return {"Resources": {"X": {"Type": kind, "Properties": properties, **more}}}


def properties_of(result: Packaged, name: str = "X") -> Any:
    return json.loads(result.body)["Resources"][name]["Properties"]


def refusal(template: dict[str, Any] | str, files: dict[str, str] | None = None) -> str:
    with pytest.raises(PackagingRefused) as caught:
        packaged(template, files)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_the_same_directory_is_one_artifact_and_the_first_to_ask_is_its_origin() -> None:
    text = """\
Resources:
  A: {Type: "AWS::Lambda::Function", Properties: {Code: src}}
  B: {Type: "AWS::Lambda::Function", Properties: {Code: ./lib/../src/}}
"""
    (artifact,) = packaged(text, {"src/a": "1", "lib/x": ""}).artifacts
    assert artifact.origin == "template.yaml:2: Resources/A/Properties/Code"


def test_what_aliases_share_is_replaced_in_each_place() -> None:
    text = 'Resources:\n  A: &a {Type: "AWS::Lambda::Function", Properties: {Code: src}}\n  B: *a\n'
    result = packaged(text, {"src/a": "1"})
    code = {"Code": {"S3Bucket": "bkt", "S3Key": result.artifacts[0].key}}
    assert properties_of(result, "A") == properties_of(result, "B") == code


def test_nested_templates_find_their_files_beside_themselves() -> None:
    files = {
        "a/child.yaml": f'Resources: {{S: {{Type: "{STACK}", Properties: {{TemplateURL: ../b/grand.yaml}}}}}}',
        "b/grand.yaml": 'Resources: {F: {Type: "AWS::Serverless::Function", Properties: {CodeUri: fn}}}',
        "b/fn/x": "1",
    }
    result = packaged(resource(STACK, {"TemplateURL": "a/child.yaml"}), files)
    kinds = [artifact.key.rpartition(".")[2] for artifact in result.artifacts]
    assert kinds == ["zip", "template", "template"], "what a template names comes before it"
    assert result.artifacts[0].origin == "b/grand.yaml:1: Resources/F/Properties/CodeUri"
    assert result.capabilities == {"CAPABILITY_IAM"}
    assert result.resource_types == {STACK, "AWS::Serverless::Function"}


def test_a_template_that_is_nested_twice_is_packaged_once() -> None:
    entry = {"Type": STACK, "Properties": {"TemplateURL": "child.yaml"}}
    result = packaged({"Resources": {"A": entry, "B": entry}}, {"child.yaml": "Resources: {}"})
    assert len(result.artifacts) == 1
    assert properties_of(result, "A") == properties_of(result, "B")


def test_templates_that_nobody_here_has_read_are_told() -> None:
    far = {"Type": STACK, "Properties": {"TemplateURL": "https://s3.amazonaws.com/b/t"}}
    near = {"Type": STACK, "Properties": {"TemplateURL": "child.yaml"}}
    result = packaged({"Resources": {"A": far, "B": near}}, {"child.yaml": json.dumps({"Resources": {"C": far}})})
    assert result.remote_templates == (
        "template.yaml:1: Resources/A/Properties/TemplateURL",
        "child.yaml:1: Resources/C/Properties/TemplateURL",
    )


def test_nested_templates_may_not_go_round() -> None:
    files = {"loop.yaml": f'Resources: {{S: {{Type: "{STACK}", Properties: {{TemplateURL: template.yaml}}}}}}'}
    says = refusal(resource(STACK, {"TemplateURL": "loop.yaml"}), files)
    assert says.startswith("loop.yaml:1: Resources/S/Properties/TemplateURL: template.yaml > loop.yaml > template.yaml")


def test_nested_templates_may_not_go_too_deep() -> None:
    files = {
        f"t{level}.yaml": json.dumps(resource(STACK, {"TemplateURL": f"t{level + 1}.yaml"})) for level in range(20)
    }
    assert "more than 8 nested" in refusal(resource(STACK, {"TemplateURL": "t0.yaml"}), files)


def test_nested_templates_may_not_be_too_many() -> None:
    entries = {f"S{n}": {"Type": STACK, "Properties": {"TemplateURL": f"t{n}.yaml"}} for n in range(101)}
    files = {f"t{n}.yaml": "Resources: {}" for n in range(101)}
    assert "100 templates in all" in refusal({"Resources": entries}, files)


def test_a_broken_nested_template_says_where() -> None:
    with pytest.raises(TemplateRefused, match=r"^child\.yaml:1:4: "):
        packaged(resource(STACK, {"TemplateURL": "child.yaml"}), {"child.yaml": "a: *b"})


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("/etc/passwd", "'/etc/passwd' is absolute, outside the repository"),
        ("../../x", "'t/../../x' leaves the repository"),
        ("link", "'t/link' leaves the repository"),
        ("holds-link", "'out' leaves the repository by a link to '/etc/passwd'"),
        ("nothing", "'t/nothing' is not in the commit"),
        ("Src", "'t/Src' is not in the commit"),
        ("empty", "'t/empty' is empty"),
    ],
)
def test_a_path_that_leads_out_or_nowhere_is_refused_with_its_line(value: str, says: str) -> None:
    text = f"Resources:\n  X:\n    Type: AWS::Lambda::Function\n    Properties:\n      Code: {value}\n"
    with commit({"t/src/app.py": "pass", "t/holds-link/a": "1", "t/template.yaml": text}) as checkout:
        checkout.add_link("t/link", "../../etc")
        checkout.add_link("t/holds-link/out", "/etc/passwd")
        checkout.add_directory("t/empty")
        with pytest.raises(PackagingRefused) as caught:
            package(checkout, "t/template.yaml", TARGET)
    assert str(caught.value).startswith(f"t/template.yaml:5: Resources/X/Properties/Code: {says}")


def test_a_refusal_stays_one_line_whatever_things_are_called() -> None:
    assert refusal({"Resources": {"X\n": {"Type": "AWS::Lambda::Function", "Properties": {"Code": "a\nb"}}}})
    assert refusal(resource(STACK, {"TemplateURL": "a\nb"}), {"a\nb": "Resources: {}"})


@pytest.mark.parametrize("path", ["absent.yaml", "../template.yaml", "/template.yaml", "src"])
def test_a_template_that_is_not_there_is_refused(path: str) -> None:
    with (
        commit({"src/app.py": "pass"}) as checkout,
        pytest.raises(PackagingRefused, match="template cannot be read: '"),
    ):
        package(checkout, path, TARGET)


def test_a_directory_where_a_file_is_wanted_is_refused() -> None:
    says = refusal(resource("AWS::Serverless::Api", {"DefinitionUri": "src"}), {"src/a": "1"})
    assert "'src' is a directory where a file is wanted" in says


def test_what_is_told_of_a_template() -> None:
    text = """\
Parameters:
  Stage: {Type: String}
  Size: {Type: Number, Default: 1}
  Odd: text
Resources: {T: {Type: "AWS::SNS::Topic"}}
Outputs:
  A: {Value: 1}
  Fn::ForEach::B: [X, [a], {}]
"""
    result = packaged(text)
    assert result.parameters == ("Stage", "Size", "Odd")
    assert result.required_parameters == ("Stage", "Odd")
    assert result.outputs == ("A",)
    assert result.resource_types == {"AWS::SNS::Topic"}
    assert result.remarks == ()
    assert result.template.digest == sha256(result.body)
    assert result.template_url == f"https://s3.eu-west-1.amazonaws.com/bkt/shop/{sha256(result.body)}.template"


@pytest.mark.parametrize(
    ("template", "capabilities"),
    [
        (resource("AWS::SNS::Topic", {}), set()),
        (resource("AWS::IAM::Role", {}), {"CAPABILITY_IAM"}),
        (resource("AWS::IAM::Policy", {"PolicyName": "x"}), {"CAPABILITY_IAM"}),
        (resource("AWS::IAM::Role", {"RoleName": "x"}), {"CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"}),
        (resource("AWS::IAM::User", {"UserName": "x"}), {"CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"}),
        (resource("AWS::Serverless::Function", {"InlineCode": ""}), {"CAPABILITY_IAM"}),
        (resource("AWS::Serverless::Function", {"InlineCode": "", "Role": "arn:x"}), set()),
        (
            resource("AWS::Serverless::Application", {"Location": "https://x"}),
            {"CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"},
        ),
        ({"Transform": "AWS::LanguageExtensions", "Resources": {}}, {"CAPABILITY_AUTO_EXPAND"}),
        (resource("AWS::SNS::Topic", {"A": [{"Fn::Transform": {"Name": "Mine"}}]}), {"CAPABILITY_AUTO_EXPAND"}),
        ({"Resources": {"Fn::ForEach::L": ["N", ["a"], {"R${N}": {"Type": "AWS::IAM::Role"}}]}}, {"CAPABILITY_IAM"}),
    ],
)
def test_capabilities_are_foreseen(template: dict[str, Any], capabilities: set[str]) -> None:
    assert packaged(template).capabilities == capabilities


def test_a_template_fits_up_to_51200_bytes_of_utf8() -> None:
    empty = len(packaged({"Description": "", "Resources": {}}).body)
    assert packaged({"Description": "é" * ((MOST_INLINE - empty) // 2), "Resources": {}}).fits_inline
    assert not packaged({"Description": "é" * ((MOST_INLINE - empty) // 2 + 1), "Resources": {}}).fits_inline


def test_a_template_that_unfolds_beyond_a_megabyte_is_refused() -> None:
    text = f"A: &a {'x' * 300_000}\nB: [*a, *a, *a]\nResources: {{}}\n"
    assert refusal(text) == "template.yaml has more than 1,000,000 bytes as JSON; split it"


@pytest.mark.parametrize("entry", [None, [], "text", {}, {"Type": 1}, {"Type": "AWS::SNS::Topic", "Properties": None}])
def test_odd_resources_are_left_to_cloudformation(entry: Any) -> None:
    assert json.loads(packaged({"Resources": {"X": entry}}).body)["Resources"]["X"] == entry
