"""Remarks: what is worth knowing of a template before its environment is torn down. Notes for people, never a gate."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

MOST_REMARKS = 100
"""As many as are kept of one commit; whoever has more to mend begins with these."""


class Level(StrEnum):
    """How much a remark matters, in the words of GitHub's annotations: a warning costs or breaks something."""

    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True)
class Remark:
    """One thing that was noticed: `rule` is its name, `message` one sentence, `file` the path in the repository, `line`
    counts from 1, `logical_id` is the resource or output, None where it is of the whole template."""

    level: Level
    rule: str
    message: str
    file: str
    line: int
    logical_id: str | None = None


def arrange_remarks(remarks: Iterable[Remark]) -> tuple[Remark, ...]:
    """Each remark once, warnings first, in the order of files and lines, MOST_REMARKS at most."""
    levels = list(Level)
    ordered = sorted(
        set(remarks), key=lambda one: (levels.index(one.level), one.file, one.line, one.rule, one.logical_id or "")
    )
    return tuple(ordered[:MOST_REMARKS])
