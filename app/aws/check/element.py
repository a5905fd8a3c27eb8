"""An element: one resource of a template as a rule sees it, those in loops included."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from app.aws.packaging.loops import Path, resources
from app.aws.template import Template
from app.core.remark import Level, Remark

SAM = "AWS::Serverless::"


@dataclass(frozen=True, slots=True)
class Element:
    """One resource. `properties` has what `Globals` says where the resource says nothing; `at` is its place."""

    template: Template
    type: str
    body: dict[str, Any]
    properties: dict[str, Any]
    at: Path

    @property
    def logical_id(self) -> str:
        """Its name in the template."""
        return str(self.at[-1])

    def remark(self, level: Level, rule: str, message: str, *steps: str | int) -> Remark:
        """A remark about what stands `steps` below the resource, or about the resource where nothing does."""
        line = self.template.line_of((*self.at, *steps))
        return Remark(level, rule, message, self.template.name, line, self.logical_id)

    def warn(self, rule: str, message: str, *steps: str | int) -> Remark:
        """A remark about something that costs or breaks."""
        return self.remark(Level.WARNING, rule, message, *steps)

    def note(self, rule: str, message: str, *steps: str | int) -> Remark:
        """A remark about something that is good to know."""
        return self.remark(Level.NOTICE, rule, message, *steps)


def elements(template: Template) -> Iterator[Element]:
    """Every resource of the template that has a type."""
    defaults = part(template.document, "Globals")
    for name, entry in template.document["Resources"].items():
        for resource in resources(entry, name, ("Resources", name)):
            if resource.type:
                inherited = part(defaults, resource.type.removeprefix(SAM))
                properties = {**inherited, **part(resource.body, "Properties")}
                yield Element(template, resource.type, resource.body, properties, resource.at)


def part(value: Any, *steps: str) -> dict[str, Any]:
    """The mapping that stands `steps` below `value`; an empty one where none does."""
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def many(value: Any) -> list[Any]:
    """The value as a list: itself where it is one, alone where it is not, none where it is None."""
    return value if isinstance(value, list) else [] if value is None else [value]


def branches(value: Any) -> Iterator[Any]:
    """The values that an `Fn::If` may give; those that give nothing are left out."""
    match value:
        case {"Fn::If": [_, yes, no]}:
            yield from branches(yes)
            yield from branches(no)
        case {"Ref": "AWS::NoValue"} | None:
            return
        case _:
            yield value


def is_on(value: Any) -> bool:
    """Whether a switch is on in one of its branches."""
    return any(one is True or (isinstance(one, str) and one.lower() == "true") for one in branches(value))
