"""`Fn::ForEach` around resources: found inside the loop, or unrolled where the files to package depend on the loop.

CloudFormation would replace the loop's variable itself, but only after the files are in the bucket; so a loop whose
local paths hold the variable is written out here, by the rules of the AWS::LanguageExtensions transform:
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from app.aws.packaging.places import PLACES, PackagingRefused, is_local, slots
from app.aws.template import Template

LOOP = "Fn::ForEach::"
MOST_TURNS = 2_000  # of all loops together; a stack has at most 500 resources

Path = tuple[str | int, ...]
Loop = tuple[str, Any, dict[str, Any]]  # variable, values, body


Entry = tuple[str, Any, Path]  # a name in Resources, what it stands for, and its place in the source


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource and where it stands in the source."""

    body: dict[str, Any]
    at: Path

    @property
    def type(self) -> str:
        """Its CloudFormation type, "" where none is written."""
        return str(self.body.get("Type", ""))


class Unrolling:
    """The Resources of one template with every loop that local paths depend on written out."""

    def __init__(self, template: Template) -> None:
        self._template = template
        self._turns = 0

    def entries(self, entries: dict[str, Any], at: Path = ("Resources",)) -> Iterator[Entry]:
        """The entries that remain. Raises PackagingRefused where only CloudFormation knows what such a loop runs
        over, and where loops make more than 2,000 turns."""
        for name, entry in entries.items():
            here, loop = (*at, name), _loop(name, entry)
            if loop is None:
                yield name, entry, here
            elif _depends(loop[2], loop[0]):
                yield from self._written_out(loop, here)
            else:
                variable, values, body = loop
                yield name, [variable, values, {key: part for key, part, _ in self.entries(body, (*here, 2))}], here

    def _written_out(self, loop: Loop, at: Path) -> Iterator[Entry]:
        variable, values, body = loop
        for value in self._known(values, at):
            self._turns += 1
            if self._turns > MOST_TURNS:
                raise PackagingRefused(
                    f"{self._template.place(at)}: loops make more than {MOST_TURNS:,} turns; use fewer"
                )
            turn = _replaced(body, variable, value)
            sources = dict(zip(turn, body, strict=False))
            for name, entry, inside in self.entries(turn, (*at, 2)):
                yield name, entry, (*at, 2, sources.get(name, name)) if name in sources else inside

    def _known(self, values: Any, at: Path) -> list[str]:
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise PackagingRefused(
                f"{self._template.place(at)} loops over values that only CloudFormation knows, and files are named by "
                "them; list the values in the template"
            )
        return values


def resources(entry: Any, name: str, at: Path) -> Iterator[Resource]:
    """The resources in one entry of Resources: itself, or those within the loop."""
    loop = _loop(name, entry)
    if loop is not None:
        for key, part in loop[2].items():
            yield from resources(part, key, (*at, 2, key))
    elif isinstance(entry, dict):
        yield Resource(entry, at)


def _loop(name: str, entry: Any) -> Loop | None:
    match entry:
        case [str(variable), values, dict(body)] if name.startswith(LOOP):
            return variable, values, body
        case _:
            return None


def _depends(body: dict[str, Any], variable: str) -> bool:
    """Whether a local path within the loop holds its variable."""
    return any(
        is_local(value) and any(mark in value for mark in _marks(variable))
        for name, entry in body.items()
        for resource in resources(entry, name, ())
        for slot in slots(resource.body.get("Properties"), PLACES.get(resource.type, ()), ())
        for value in [slot.holder[slot.key]]
    )


def _marks(variable: str) -> tuple[str, str]:
    return f"${{{variable}}}", f"&{{{variable}}}"


def _replaced(node: Any, variable: str, value: str) -> Any:
    if isinstance(node, str):
        exact, letters = _marks(variable)
        return node.replace(exact, value).replace(letters, "".join(filter(str.isalnum, value)))
    if isinstance(node, list):
        return [_replaced(part, variable, value) for part in node]
    if node == {"Ref": variable}:
        return value
    if isinstance(node, dict):
        return {_replaced(key, variable, value): _replaced(part, variable, value) for key, part in node.items()}
    return node
