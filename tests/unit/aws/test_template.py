"""Templates: what CloudFormation means by them, where everything stands, and what is refused."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.aws.template import MOST_BYTES, TemplateRefused, dump, load_template


def value_of(text: str) -> object:
    return load_template(f"Resources: {{}}\nX: {text}\n".encode(), "t.yaml").document["X"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("!Ref A", {"Ref": "A"}),
        ("!Condition A", {"Condition": "A"}),
        ("!Sub '${A}'", {"Fn::Sub": "${A}"}),
        ("!Sub ['${A}', {A: !Ref B}]", {"Fn::Sub": ["${A}", {"A": {"Ref": "B"}}]}),
        ("!GetAtt A.B", {"Fn::GetAtt": ["A", "B"]}),
        ("!GetAtt A.Outputs.B", {"Fn::GetAtt": ["A", "Outputs.B"]}),
        ("!GetAtt [A, B]", {"Fn::GetAtt": ["A", "B"]}),
        (
            "!If [A, !Ref AWS::NoValue, {B: !Base64 x}]",
            {"Fn::If": ["A", {"Ref": "AWS::NoValue"}, {"B": {"Fn::Base64": "x"}}]},
        ),
        ("!Join ['', [a, !Ref B]]", {"Fn::Join": ["", ["a", {"Ref": "B"}]]}),
        ("!Transform {Name: AWS::Include}", {"Fn::Transform": {"Name": "AWS::Include"}}),
        ("!GetAZs ''", {"Fn::GetAZs": ""}),
    ],
)
def test_short_tags_become_long(text: str, value: object) -> None:
    assert value_of(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2012-10-17", "2012-10-17"),
        ("2012-10-17T00:00:00Z", "2012-10-17T00:00:00Z"),
        ("012345670123", "012345670123"),  # an account, not octal
        ("22:22", "22:22"),  # ports, not minutes
        ("1_000", "1_000"),
        ("0x1F", "0x1F"),
        ("1.10", "1.10"),  # a version, not 1.1
        ("1e3", "1e3"),
        (".inf", ".inf"),
        ("12", 12),
        ("-7", -7),
        ("0.5", 0.5),
        ("yes", True),
        ("Off", False),
        ("TRUE", True),
        ("~", None),
        ("", None),
        ("'12'", "12"),
        ("!!str 12", "12"),
        ("!!int '12'", 12),
        ("'yes'", "yes"),
        ("|\n  a\n  b", "a\nb\n"),
    ],
)
def test_a_scalar_is_what_its_author_wrote(text: str, value: object) -> None:
    got = value_of(text)
    assert (got, type(got)) == (value, type(value))


def test_keys_are_text() -> None:
    assert value_of("{404: a, on: b, 2012-10-17: c}") == {"404": "a", "on": "b", "2012-10-17": "c"}


def test_aliases_and_merges() -> None:
    text = "Resources:\n A: &a {x: 1, y: 2}\n B: *a\n C: {<<: *a, y: 3}\n D: {<<: [{x: 5}, *a]}\n"
    assert load_template(text.encode(), "t").document["Resources"] == {
        "A": {"x": 1, "y": 2},
        "B": {"x": 1, "y": 2},
        "C": {"x": 1, "y": 3},
        "D": {"x": 5, "y": 2},
    }


LAUGHS = "a0: &a0 [ha, ha, ha, ha, ha, ha, ha, ha, ha, ha]\n" + "".join(
    f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]\n" for level in range(1, 30)
)
LADDER = "a0: &a0 []\n" + "".join(f"a{level}: &a{level} {'[' * 50}*a{level - 1}{']' * 50}\n" for level in range(1, 30))
QUADRATIC = f"a: &a {'x' * 500_000}\nb: [{', '.join(['*a'] * 1000)}]\n"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"a: [", "t.yaml:2:1: while parsing a flow node"),
        (b"a: b: c", "t.yaml:1:5: mapping values are not allowed"),
        (b"a: 1\nb:\n  c: 1\n  c: 2\n", "t.yaml:4:3: the key 'c' stands here again, first in line 3"),
        (b"a: !!python/object/apply:os.system [ls]", "t.yaml:1:4: the tag"),
        (b"a: !!binary aGk=", "t.yaml:1:4: the tag"),
        (b"a: !<x y> 1", "t.yaml:1:"),
        (b"\xff\xfe", "t.yaml is not UTF-8 at byte 0"),
        (b"a: 1\nb: \x07", "t.yaml:2:4: the character U+0007 may not stand in YAML"),
        (b"", "t.yaml:1:1: the file is empty"),
        (b"# nothing", "t.yaml:2:1: the file is empty"),
        (b"[" * 500_000, "t.yaml:1:102: this is more than 100 levels deep"),
        (b"a: *b", "t.yaml:1:4: *b names no anchor above"),
        (b"a: &a [*a]", "t.yaml:1:8: *a names no anchor above"),
        (b"a: &a [1]\nb: {<<: *a}", "t.yaml:2:5: << merges mappings only"),
        (b"? [a]\n: b", "t.yaml:1:3: a key is plain text"),
        (b"a: 1\n---\nb: 2", "t.yaml:2:1: a second document begins here"),
        (b"- 1", "t.yaml:1: no mapping `Resources`"),
        (b"Resources: []", "t.yaml:1: no mapping `Resources`"),
        (b'{"Resources": {"a": 1, "a": 2}}', "t.yaml:1:24: the key 'a' stands here again"),
        (b" " * (MOST_BYTES + 1), "t.yaml has 1,000,001 bytes"),
        (LAUGHS.encode(), "t.yaml:7:5: aliases unfold to far more"),
        (LADDER.encode(), "t.yaml:3:"),
        (QUADRATIC.encode(), "t.yaml:2:4: aliases unfold to far more"),
    ],
)
def test_what_is_refused(content: bytes, says: str) -> None:
    with pytest.raises(TemplateRefused) as caught:
        load_template(content, "t.yaml")
    assert str(caught.value).startswith(says)
    assert "\n" not in str(caught.value)


def test_everything_knows_its_line() -> None:
    text = """\
Resources:
  A:
    Type: T
    Properties:
      Many:
        - one
        - Two: !Sub
            - x
            - {Y: 1}
  B: {Type: T}
"""
    template = load_template(text.encode(), "a/t.yaml")
    assert template.line_of(["Resources", "A"]) == 2
    assert template.line_of(["Resources", "A", "Properties", "Many", 1, "Two"]) == 7
    assert template.line_of(["Resources", "A", "Properties", "Absent", "Further"]) == 4
    assert template.line_of(["Resources", "B", "Type"]) == 10
    assert template.place(["Resources", "B", "Type"]) == "a/t.yaml:10: Resources/B/Type"


def test_json_is_read_with_its_lines() -> None:
    text = '\ufeff{\n\t"Resources": {\n\t\t"A":{"Type":"T","S":"\\/ \\ud83d\\ude00 \\\\ud83d \\u00e9 \\t"}\n\t}\n}'
    template = load_template(text.encode(), "t.json")
    assert template.document["Resources"]["A"]["S"] == "/ 😀 \\ud83d é \t"
    assert template.line_of(["Resources", "A"]) == 3


# A key of more than 1,024 characters is no YAML; CloudFormation's own names have at most 255.
KEYS = st.text(st.characters(codec="utf-8"), max_size=80)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**15), 10**15) | st.text(st.characters(codec="utf-8"), max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=60, deadline=None)
@given(JSON_VALUES, st.sampled_from([None, 1, "\t"]), st.booleans())
def test_any_json_comes_back(value: object, indent: int | str | None, ascii_only: bool) -> None:
    document = {"Resources": {"X": value}}
    text = json.dumps(document, indent=indent, ensure_ascii=ascii_only)
    assert load_template(text.encode(), "t.json").document == document
    assert json.loads(dump(document)) == document


def test_json_is_small() -> None:
    assert dump({"a": [1, "ü"], "b": None}) == '{"a":[1,"ü"],"b":null}'
