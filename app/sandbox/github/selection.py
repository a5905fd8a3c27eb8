"""What a GraphQL query asks for: fields with their aliases and arguments, cut out of a tree of values.

Fragments, directives and mutations are not known here, nor is a field that the tree lacks: `QueryError` says so.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_TOKEN = re.compile(r'[\s,]*(\.\.\.|[{}()\[\]:!=@]|\$?\w+|"(?:[^"\\]|\\.)*"|-?\d+)')
_NAME = re.compile(r"\w+")
_CONSTANTS = {"true": True, "false": False, "null": None}


@dataclass(frozen=True)
class Selected:
    """One field that a query asks for, and what it asks of it."""

    name: str
    alias: str
    arguments: Mapping[str, Any]
    fields: "tuple[Selected, ...]"


class QueryError(ValueError):
    """The query asks for what is not known here."""


def select(tree: Mapping[str, Any], query: str, variables: Mapping[str, Any]) -> Any:
    """The part of the tree that the query asks for; a callable in the tree is called with the field's arguments."""
    return _cut(tree, _Reader(query, variables).read())


class _Reader:
    """Reads the one query of a document."""

    def __init__(self, query: str, variables: Mapping[str, Any]) -> None:
        self._tokens = [match[1] for match in _TOKEN.finditer(query)]
        self._variables = dict(variables)

    def read(self) -> tuple[Selected, ...]:
        """The selection of the query."""
        if self._next_is("query"):
            while self._tokens and self._tokens[0] not in {"{", "("}:
                self._take()
            if self._next_is("("):
                self._skip_declarations()
        return self._read_selection()

    def _read_selection(self) -> tuple[Selected, ...]:
        self._expect("{")
        fields = []
        while not self._next_is("}"):
            fields.append(self._read_field())
        return tuple(fields)

    def _read_field(self) -> Selected:
        alias = name = self._take()
        if not _NAME.fullmatch(name):
            raise QueryError(f"{name!r} is not known here; ask with plain fields, aliases and arguments")
        if self._next_is(":"):
            name = self._take()
        arguments = dict(self._read_pairs(")")) if self._next_is("(") else {}
        fields = self._read_selection() if self._tokens[:1] == ["{"] else ()
        return Selected(name, alias, arguments, fields)

    def _read_pairs(self, end: str) -> Iterator[tuple[str, Any]]:
        while not self._next_is(end):
            name = self._take()
            self._expect(":")
            yield name, self._read_value()

    def _read_value(self) -> Any:
        token = self._take()
        if token == "{":
            return dict(self._read_pairs("}"))
        if token == "[":
            values = []
            while not self._next_is("]"):
                values.append(self._read_value())
            return values
        if token.startswith("$"):
            return self._variables.get(token[1:])
        if token.startswith('"'):
            return token[1:-1].encode().decode("unicode_escape")
        return int(token) if token.lstrip("-").isdigit() else _CONSTANTS.get(token, token)

    def _skip_declarations(self) -> None:
        declared = ""
        while not self._next_is(")"):
            name = self._take()
            if name == "=":
                self._variables.setdefault(declared, self._read_value())
            elif name.startswith("$"):
                declared = name[1:]

    def _next_is(self, token: str) -> bool:
        if self._tokens[:1] != [token]:
            return False
        self._take()
        return True

    def _expect(self, token: str) -> None:
        if not self._next_is(token):
            raise QueryError(f"expected {token!r} before {' '.join(self._tokens[:3]) or 'the end of the query'!r}")

    def _take(self) -> str:
        if not self._tokens:
            raise QueryError("the query ends too early; close every bracket")
        return self._tokens.pop(0)


def _cut(value: Any, fields: Sequence[Selected]) -> Any:
    if isinstance(value, list):
        return [_cut(each, fields) for each in value]
    if not fields or value is None:
        return value
    return {field.alias: _cut(_pick(value, field), field.fields) for field in fields}


def _pick(value: Mapping[str, Any], field: Selected) -> Any:
    if field.name not in value:
        raise QueryError(f"field {field.name!r} is not known here; known are: {', '.join(value)}")
    picked = value[field.name]
    return picked(field.arguments) if callable(picked) else picked
