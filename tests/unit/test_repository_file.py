"""`.mayfly.yml`: what it may say, and how each complaint names the line and the key."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.ticket import GITHUB, JIRA
from app.repository_file import LARGEST, RepositoryFile, RepositoryFileRefused, StackSection, read_repository_file

WHOLE = """
version: 1
ticket: {pattern: 'TASK(\\d+)', missing: comment}
triggers: {drafts: false, bots: true, labels: [preview], base: [main], paths: [api/**], branches: [main]}
stacks:
  bus: {template: bus/template.yaml}
  api:
    template: api/template.yaml
    regions: [eu-west-1, us-east-1]
    account: dev
    needs: [bus]
    parameters: {Stage: '${ticket}', BusArn: '${bus.BusArn}'}
    tags: {team: checkout}
    outputs: [ApiUrl]
lifetime: {idle: 3d, max: 14d}
slack: {channel: '#shop-previews'}
"""


def read(text: str) -> RepositoryFile:
    return read_repository_file(text.encode())


def complaint(text: str | bytes) -> str:
    with pytest.raises(RepositoryFileRefused) as refused:
        read_repository_file(text.encode() if isinstance(text, str) else text)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def parameters(text: str) -> dict[str, str]:
    return read(f"stacks: {{api: {{template: t, parameters: {{{text}}}}}}}").stacks["api"].parameters


def test_the_whole_file() -> None:
    file = read(WHOLE)
    assert file.stacks["api"] == StackSection(
        template="api/template.yaml",
        regions=["eu-west-1", "us-east-1"],
        account="dev",
        needs=["bus"],
        parameters={"Stage": "${ticket}", "BusArn": "${bus.BusArn}"},
        tags={"team": "checkout"},
        outputs=["ApiUrl"],
    )
    assert (file.lifetime.idle, file.lifetime.max, file.slack.channel) == ("3d", "14d", "#shop-previews")
    assert (file.triggers.drafts, file.triggers.paths, file.ticket.missing) == (False, ["api/**"], "comment")


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "version: 1", "null"])
def test_a_file_that_says_nothing_means_the_defaults(text: str) -> None:
    assert read(text) == RepositoryFile()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("version: 2", "line 1: version: input should be 1"),
        ("version: 1\nstakcs: {}", "line 2: stakcs is no known key; did you mean stacks?"),
        ("stacks:\n  api:\n    tempalte: t", "line 2: stacks.api.template is missing"),
        ("stacks:\n  api:\n    template: t\n    zzz: 1", "line 4: stacks.api.zzz is no known key"),
        ("stacks:\n  my stack: {template: t}", "line 2: stacks.my stack: string should match pattern"),
        ("stacks:\n  api:\n    template: [t]", "line 3: stacks.api.template: input should be a valid string"),
        ("stacks:\n  api:\n    template: t\n    regions: []", "line 4: stacks.api.regions: "),
        ("lifetime:\n  idle: 3 weeks", "line 2: lifetime.idle: '3 weeks' is no duration; write it like 30s"),
        ("lifetime: {idle: 3}", "lifetime.idle: write a duration like 30s"),
        ("ticket: {pattern: '('}", "ticket.pattern: is neither jira, trello, github nor a regular expression: "),
        ("ticket: {pattern: 'A-1'}", "ticket.pattern: needs exactly one group, the ticket; 'A-1' has 0"),
        ("ticket: {pattern: '(?:a{1000}){1000}(b)'}", "ticket.pattern: is neither jira, "),
        ("ticket: {missing: explode}", "ticket.missing: input should be 'pull-request', 'comment' or 'ignore'"),
        ("slack: {channel: 'two words'}", "slack.channel: string should match pattern"),
        ("stacks: {api: {template: t, tags: {'mayfly:keep': 'true'}}}", "the prefixes mayfly: and aws: are not yours"),
        ("stacks: {api: {template: t, tags: {'AWS:x': 'true'}}}", "the prefixes mayfly: and aws: are not yours"),
        ("[1, 2]", "the file: input should be a valid dictionary"),
        ("just text", "the file: input should be a valid dictionary"),
    ],
)
def test_a_complaint_names_line_and_key(text: str, told: str) -> None:
    assert told in complaint(text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: [1", "line 1, column 6: "),
        ("a: b: c", "line 1, column 5: mapping values are not allowed here"),
        ("version: 1\nversion: 1", "line 2, column 1: version is given twice"),
        ("stacks:\n  api: {template: t}\n  api: {template: u}", "line 3, column 3: api is given twice"),
        ("? [a]\n: b", "line 1, column 3: a key is plain text here"),
        ("a: &x [1]\nb: *x", "line 2, column 4: aliases are not read here"),
        ("a: !!python/object:os.system x", "line 1, column 4: could not determine a constructor"),
        ("a: \x00", ".mayfly.yml is no YAML: "),
        ("--- 1\n--- 2", "line 2, column 1: but found another document"),
        (b"\xff\xfe", ".mayfly.yml is not UTF-8 text"),
        ("[" * 5000, ".mayfly.yml"),
    ],
)
def test_what_is_no_yaml_of_ours(text: str | bytes, told: str) -> None:
    assert told in complaint(text)


def test_a_file_that_is_too_large_is_not_even_parsed() -> None:
    assert complaint("#" * (LARGEST + 1)) == f".mayfly.yml has {LARGEST + 1} bytes; at most {LARGEST} are read"


def test_a_bomb_of_aliases_does_not_go_off() -> None:
    layers = "\n".join(f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]" for n in range(9))
    assert "aliases are not read here" in complaint(f"a: &a [x]\n{layers}")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("5", "5"),
        ("true", "true"),
        ("True", "true"),
        ("12:30", "12:30"),
        ("0123", "0123"),
        ("1.10", "1.10"),
        ("1_000", "1_000"),
        ("1e3", "1e3"),
        ("2026-03-02", "2026-03-02"),
        ("no", "no"),
        ("'5'", "5"),
        ("12345678901234567890123", "12345678901234567890123"),
    ],
)
def test_a_parameter_means_what_stands_there(written: str, meant: str) -> None:
    assert parameters(f"A: {written}") == {"A": meant}


def test_nothing_is_no_parameter() -> None:
    assert "stacks.api.parameters.A: input should be a valid string" in complaint(
        "stacks: {api: {template: t, parameters: {A: null}}}"
    )


def test_patterns_by_name_and_ones_own() -> None:
    assert read("").ticket_pattern is JIRA
    assert read("ticket: {pattern: github}").ticket_pattern is GITHUB
    own = read("ticket: {pattern: 'TASK(\\d+)'}").ticket_pattern
    assert (own.in_branch("feature/TASK7-cart"), own.in_prose("TASK"), own.in_prose("see TASK8")) == ("7", None, "8")


@pytest.mark.parametrize("text", ["x", "x" + "7" * 101])
def test_nothing_and_whole_paragraphs_are_no_ticket(text: str) -> None:
    assert read("ticket: {pattern: 'x(\\d*)'}").ticket_pattern.in_branch(text) is None


def test_no_pattern_takes_long() -> None:
    began = time.process_time()
    assert read("ticket: {pattern: '((?:a|aa)+)+b'}").ticket_pattern.in_prose("a" * 20_000) is None
    assert time.process_time() - began < 2


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_whatever_stands_there_is_read_or_refused_in_one_line(content: bytes) -> None:
    told = ""
    try:
        read_repository_file(content)
    except RepositoryFileRefused as refused:
        told = str(refused)
    assert "\n" not in told
