"""Blame: the file and line of the repository that a failure comes from, as far as they are known.

CloudFormation names the resource; the line is the one at which the template begins to define it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.core.environment import Desired
from app.core.stack import StackRecord

_RESOURCE = re.compile(r"\b([A-Za-z0-9]+) \([A-Za-z0-9]+::")
_PLACE = re.compile(r"\b([A-Za-z0-9]+) \([A-Za-z0-9]+::[\w:]+, (\S+):(\d{1,6})\)")
_LINE = re.compile(r"\bline (\d{1,6})\b")
FILE_NAME = ".mayfly.yml"


@dataclass(frozen=True)
class Blame:
    """One failure: `logical_id` is the resource, None where the message is of the file itself; `line` counts from 1,
    None where it has to be looked up."""

    file: str
    message: str
    logical_id: str | None = None
    line: int | None = None


def find_blame(desired: Desired, records: Sequence[StackRecord], fault: str | None) -> tuple[Blame, ...]:
    """Where the failures come from: a commit's own fault, else the cause that each stack's failure had."""
    if fault is not None:
        return (_blame_file(desired, fault),)
    causes = {record.stack: record.cause for record in records if record.failed and record.cause}
    return tuple(
        _blame_resource(target.template, cause) for target in desired.targets if (cause := causes.get(target.stack))
    )


def line_of(template: str, logical_id: str) -> int:
    """The line at which a template, in YAML or JSON, defines a resource; its first line where that cannot be told."""
    defines = re.compile(rf"""\s*["']?{re.escape(logical_id)}["']?\s*:""")
    found = (number for number, line in enumerate(template.splitlines(), 1) if defines.match(line))
    return next(found, 1)


def _blame_file(desired: Desired, fault: str) -> Blame:
    """The file that a fault names; the repository's own file where it names none of the templates."""
    templates = [target.template for target in desired.targets if target.template in fault]
    line = _LINE.search(fault)
    return Blame(max(templates, key=len, default=FILE_NAME), fault, line=int(line[1]) if line else 1)


def _blame_resource(template: str, cause: str) -> Blame:
    """A cause that names its place is taken at its word: that may be a template nested in this one."""
    if place := _PLACE.search(cause):
        return Blame(place[2], cause, place[1], int(place[3]))
    resource = _RESOURCE.search(cause)
    return Blame(template, cause, resource[1] if resource else None, line=None if resource else 1)
