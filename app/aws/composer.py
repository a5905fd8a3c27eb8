"""YAML as CloudFormation means it, with the line of everything, and nothing that could hurt us.

PyYAML's scanner finds the pieces; what they become is decided here, because its constructors would turn `2010-09-09`
into a date, `0644` into 420, let a key stand twice and unfold aliases without end. A number becomes a number only where
JSON would write it exactly as it stands; any other (`0123`, `1.10`, `12:30`) stays the text that its author wrote, and
CloudFormation converts it where it wants a number. Booleans are those of YAML 1.1, as CloudFormation's are.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import yaml

MOST_DEPTH = 100
MOST_WEIGHT = 4_000_000  # nodes and characters with every alias unfolded, four times what the largest template has

_CORE = "tag:yaml.org,2002:"
_PLAIN = frozenset({"null", "bool", "int", "float"})
_CONTAINERS = frozenset({"str", "map", "seq"})
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = {
    word: value
    for value, words in {True: "yes true on", False: "no false off"}.items()
    for plain in words.split()
    for word in (plain, plain.capitalize(), plain.upper())
}
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,17})(\.\d{1,17})?")


@dataclass(frozen=True, slots=True)
class Node:
    """A value, the line (from 1) where it or its key stands, its parts by key or index, and what it amounts to with
    every alias unfolded: `weight` in nodes and characters, `height` in levels."""

    value: Any
    line: int
    weight: int = 1
    height: int = 1
    parts: dict[str | int, Node] = field(default_factory=dict)


class Fault(Exception):
    """What is wrong with a document, and at which line and column, both from 1."""

    def __init__(self, problem: str, mark: Any) -> None:
        super().__init__(problem)
        self.problem = problem
        self.line: int = mark.line + 1 if mark else 1
        self.column: int = mark.column + 1 if mark else 1


def compose(text: str) -> Node:
    """The one document in `text`. Raises Fault."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return _Composer(yaml.parse(text, Loader=loader)).document()
    except yaml.MarkedYAMLError as error:
        problem = " ".join(part for part in (error.context, error.problem) if part)
        raise Fault(problem, error.problem_mark or error.context_mark) from error
    except yaml.reader.ReaderError as error:
        before = text[: max(0, text.find(chr(error.character)))].split("\n")
        mark = yaml.Mark("", 0, len(before) - 1, len(before[-1]), None, 0)
        raise Fault(f"the character U+{error.character:04X} may not stand in YAML", mark) from error


class _Composer:
    def __init__(self, events: Iterator[Any]) -> None:
        self._events = (
            event for event in events if not isinstance(event, (yaml.StreamStartEvent, yaml.DocumentEndEvent))
        )
        self._anchors: dict[str, Node] = {}

    def document(self) -> Node:
        if isinstance(first := next(self._events), yaml.StreamEndEvent):
            raise Fault("the file is empty", first.start_mark)
        node = self._node(next(self._events), 0)
        if not isinstance(second := next(self._events), yaml.StreamEndEvent):
            raise Fault("a second document begins here; a template is one document", second.start_mark)
        return node

    def _node(self, event: Any, depth: int) -> Node:
        if depth > MOST_DEPTH:
            raise Fault(f"this is more than {MOST_DEPTH} levels deep", event.start_mark)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        if isinstance(event, yaml.ScalarEvent):
            node = _scalar(event)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = self._sequence(event, depth)
        else:
            node = self._mapping(event, depth)
        node = _tagged(event, node)
        if node.weight > MOST_WEIGHT or node.height > MOST_DEPTH:
            raise Fault("aliases unfold to far more than a template may hold", event.start_mark)
        if event.anchor:
            self._anchors[event.anchor] = node
        return node

    def _alias(self, event: Any) -> Node:
        try:
            return self._anchors[event.anchor]
        except KeyError:
            raise Fault(f"*{event.anchor} names no anchor above", event.start_mark) from None

    def _sequence(self, event: Any, depth: int) -> Node:
        parts: dict[str | int, Node] = {}
        while not isinstance(item := next(self._events), yaml.SequenceEndEvent):
            parts[len(parts)] = self._node(item, depth + 1)
        return _container([part.value for part in parts.values()], event, parts)

    def _mapping(self, event: Any, depth: int) -> Node:
        own: dict[str | int, Node] = {}
        merged: dict[str | int, Node] = {}
        while not isinstance(key := next(self._events), yaml.MappingEndEvent):
            name = _key(key)
            node = self._node(next(self._events), depth + 1)
            if name == "<<" and key.implicit[0]:
                merged = {**_merged(node, key), **merged}
            elif name in own:
                raise Fault(f"the key {name!r} stands here again, first in line {own[name].line}", key.start_mark)
            else:
                own[name] = replace(node, line=key.start_mark.line + 1, weight=node.weight + len(name))
        parts = {**merged, **own}
        return _container({name: part.value for name, part in parts.items()}, event, parts)


def _container(value: Any, event: Any, parts: dict[str | int, Node]) -> Node:
    weight = 1 + sum(part.weight for part in parts.values())
    height = 1 + max((part.height for part in parts.values()), default=0)
    return Node(value, event.start_mark.line + 1, weight, height, parts)


def _key(event: Any) -> str:
    if not isinstance(event, yaml.ScalarEvent) or event.anchor:
        raise Fault("a key is plain text", event.start_mark)
    return str(event.value)


def _merged(node: Node, key: Any) -> dict[str | int, Node]:
    sources = list(node.parts.values()) if isinstance(node.value, list) else [node]
    if not all(isinstance(source.value, dict) for source in sources):
        raise Fault("<< merges mappings only", key.start_mark)
    return {name: part for source in reversed(sources) for name, part in source.parts.items()}


def _scalar(event: Any) -> Node:
    is_plain = event.implicit[0] or (event.tag or "").removeprefix(_CORE) in _PLAIN
    value = _read(event.value) if is_plain else event.value
    return Node(value, event.start_mark.line + 1, 1 + len(event.value))


def _read(text: str) -> Any:
    if text in _NULL:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if match := _NUMBER.fullmatch(text):
        number = float(text) if match[2] else int(text)
        return number if str(number) == text else text
    return text


def _tagged(event: Any, node: Node) -> Node:
    tag: str = event.tag or "!"
    if tag == "!" or tag.removeprefix(_CORE) in _PLAIN | _CONTAINERS:
        return node
    if not re.fullmatch(r"![A-Za-z0-9:]+", tag):
        raise Fault(f"the tag {tag!r} means nothing in a template", event.start_mark)
    return replace(node, value=_long_form(tag[1:], node.value), weight=node.weight + 1, height=node.height + 1)


def _long_form(function: str, value: Any) -> dict[str, Any]:
    if function in ("Ref", "Condition"):
        return {function: value}
    if function == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {f"Fn::{function}": value}
