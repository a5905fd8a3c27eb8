"""`.mayfly.yml`: what a repository says about its environments.

The file comes from whoever can push, so it chooses among what the server allows and grants nothing. Every complaint
names the line and the key, since it is read in a pull request's comment by somebody who has the file open.
"""

import difflib
import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal

import re2
import yaml
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from app.core.errors import PermanentError
from app.core.span import parse_span
from app.core.ticket import PATTERNS, Finder, TicketPattern

FILE_NAME = ".mayfly.yml"
LONGEST_TICKET = 100
"""Characters; what a repository's own expression finds beyond that is a paragraph and no task id."""

LARGEST = 64 * 1024
"""Bytes; a file that describes a handful of stacks is far smaller."""

DEFAULT_TEMPLATES = (
    "template.yaml",
    "template.yml",
    "template.json",
    "cloudformation/template.yaml",
    "infra/template.yaml",
)
"""Where the template is looked for, in this order, in a repository without the file."""


class RepositoryFileRefused(PermanentError):
    """`.mayfly.yml` cannot be used as it stands."""


def _span(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("write a duration like 30s, 5m, 2h or 3d")  # noqa: TRY004 - pydantic collects ValueErrors
    parse_span(value)
    return value


def _parameter(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int) else value


def _tag(key: str) -> str:
    if key.lower().startswith(("mayfly:", "aws:")):
        raise ValueError("the prefixes mayfly: and aws: are not yours to set")
    return key


Glob = Annotated[str, Field(min_length=1, max_length=200)]
Span = Annotated[str, BeforeValidator(_span)]
Parameter = Annotated[str, BeforeValidator(_parameter)]
TagKey = Annotated[str, AfterValidator(_tag)]
StackName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,39}$")]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TicketSection(_Section):
    """Where the ticket is found, and what becomes of a pull request that names none."""

    pattern: str = "jira"
    missing: Literal["pull-request", "comment", "ignore"] = "pull-request"

    @field_validator("pattern")
    @classmethod
    def _usable(cls, pattern: str) -> str:
        if pattern not in PATTERNS:
            _compile(pattern)
        return pattern


class TriggerSection(_Section):
    """What gets an environment. These gate the creation only; removal goes by our own record."""

    drafts: bool = True
    bots: bool = False
    labels: list[str] = []
    base: list[Glob] = []
    paths: list[Glob] = []
    branches: list[Glob] = []


class StackSection(_Section):
    """One stack: its template, where it goes and what it needs."""

    template: str
    regions: Annotated[list[str], Field(min_length=1)] | None = None
    account: str = "default"
    needs: list[StackName] = []
    parameters: dict[str, Parameter] = {}
    tags: dict[TagKey, Parameter] = {}
    outputs: list[str] | None = None


class LifetimeSection(_Section):
    """How long the repository's environments live; the server's maximum holds all the same."""

    idle: Span | None = None
    max: Span | None = None


class SlackSection(_Section):
    """Where the repository's environments are announced."""

    channel: Annotated[str, Field(pattern=r"^#?[A-Za-z0-9_.-]{1,80}$")] | None = None


class RepositoryFile(_Section):
    """The whole file."""

    version: Literal[1] = 1
    ticket: TicketSection = TicketSection()
    triggers: TriggerSection = TriggerSection()
    stacks: dict[StackName, StackSection] = {}
    lifetime: LifetimeSection = LifetimeSection()
    slack: SlackSection = SlackSection()

    @property
    def ticket_pattern(self) -> TicketPattern:
        """How tickets are found in this repository."""
        named = PATTERNS.get(self.ticket.pattern)
        if named is not None:
            return named
        finder = _compile(self.ticket.pattern)
        return TicketPattern(finder, finder)


def _compile(pattern: str) -> Finder:
    """A finder for a repository's own expression, by an engine whose time grows with the text alone."""
    options = re2.Options()
    options.log_errors = False
    try:
        expression = re2.compile(pattern, options)
    except re2.error as error:
        raise ValueError(f"is neither jira, trello, github nor a regular expression: {_decoded(error)}") from None
    if expression.groups != 1:
        raise ValueError(f"needs exactly one group, the ticket; {pattern!r} has {expression.groups}")

    def find(text: str) -> str | None:
        found = expression.search(text)
        ticket = found.group(1) if found else None
        return ticket if ticket and len(ticket) <= LONGEST_TICKET else None

    return find


def _decoded(error: Exception) -> str:
    reason = error.args[0] if error.args else ""
    return reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)


def read_repository_file(content: bytes) -> RepositoryFile:
    """The file as the repository means it. Raises RepositoryFileRefused with line and key of the first fault."""
    if len(content) > LARGEST:
        raise RepositoryFileRefused(f"{FILE_NAME} has {len(content)} bytes; at most {LARGEST} are read")
    document, lines = _parse(content)
    try:
        return RepositoryFile.model_validate(document)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        raise RepositoryFileRefused(_explain(fault["loc"], fault["type"], fault["msg"], lines)) from None


def _parse(content: bytes) -> tuple[object, dict[tuple[object, ...], int]]:
    try:
        text = content.decode()
        node = yaml.compose(text, Loader=_Loader)
        document = yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader of our own
    except UnicodeDecodeError:
        raise RepositoryFileRefused(f"{FILE_NAME} is not UTF-8 text") from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise RepositoryFileRefused(_explain_yaml(error)) from None
    return {} if document is None else document, dict(_lines(node))


class _Loader(yaml.SafeLoader):
    """YAML without aliases, which a small file has no use for and with which a small file can grow without end.

    A value means what stands there: of the readings that YAML 1.1 has for plain text (`12:30` as 750, `0123` as 83,
    `1.10` as 1.1, `no` as false) only true, false, null and whole numbers are kept. A key given twice is refused.
    """

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.MarkedYAMLError(problem="a key is plain text here", problem_mark=key.start_mark)
            if key.value in seen:
                raise yaml.MarkedYAMLError(problem=f"{key.value} is given twice", problem_mark=key.start_mark)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(problem="aliases are not read here", problem_mark=mark)
        return super().compose_node(parent, index)


_Loader.yaml_implicit_resolvers = {}
for _kind, _form, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?(?:0|[1-9][0-9]{0,17})", "-+0123456789"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_kind}", re.compile(f"^(?:{_form})$"), list(_first))


def _lines(node: yaml.Node | None, above: tuple[object, ...] = ()) -> Iterator[tuple[tuple[object, ...], int]]:
    """The line (from 1) on which each key or item stands."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            path = (*above, key.value)
            yield path, key.start_mark.line + 1
            yield from _lines(value, path)
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield (*above, index), item.start_mark.line + 1
            yield from _lines(item, (*above, index))


def _explain_yaml(error: Exception) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        mark = error.problem_mark
        return f"{FILE_NAME} line {mark.line + 1}, column {mark.column + 1}: {error.problem}"
    return f"{FILE_NAME} is no YAML: {' '.join(str(error).split())[:200]}"


def _explain(path: tuple[int | str, ...], kind: str, message: str, lines: dict[tuple[object, ...], int]) -> str:
    where = tuple(part for part in path if part != "[key]")
    known = next((where[:length] for length in range(len(where), 0, -1) if where[:length] in lines), ())
    line = f" line {lines[known]}" if known else ""
    key = ".".join(str(part) for part in where) or "the file"
    if kind == "extra_forbidden":
        return f"{FILE_NAME}{line}: {key} is no known key{_nearest(where)}"
    if kind == "missing":
        return f"{FILE_NAME}{line}: {key} is missing"
    text = re.sub(r"^Value error, ", "", message)
    return f"{FILE_NAME}{line}: {key}: {text[:1].lower()}{text[1:]}"


def _nearest(path: tuple[int | str, ...]) -> str:
    names = sorted({name for section in _SECTIONS for name in section.model_fields})
    near = difflib.get_close_matches(str(path[-1]), names, 1)
    return f"; did you mean {near[0]}?" if near else ""


_SECTIONS: tuple[type[_Section], ...] = (
    RepositoryFile,
    TicketSection,
    TriggerSection,
    StackSection,
    LifetimeSection,
    SlackSection,
)
