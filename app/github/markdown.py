"""An announcement as a pull request's comment.

Text from outside stands in code spans, which render nothing, or is escaped; mentions and references are defused, since
a comment of ours must neither notify a stranger nor link where a branch name points.
"""

import re
from collections.abc import Sequence
from itertools import groupby

from app.core.announcement import HEADLINES, Announcement, Output, Usable
from app.core.environment import Phase
from app.core.step import short
from app.github.comments import LONGEST, mark_of

SIGNS = {
    Phase.READY: "🟢",
    Phase.FAILED: "🔴",
    Phase.BLOCKED: "🔴",
    Phase.LEAKED: "🟠",
    Phase.GONE: "⚪",
}
_BUSY_SIGN = "🟡"
_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#+!|~])")
_REFERENCE = re.compile(r"([@#])(?=\w)")


def write_comment(announcement: Announcement) -> str:
    """The whole comment, at most as long as GitHub takes."""
    sign = SIGNS.get(announcement.phase, _BUSY_SIGN)
    parts = [
        mark_of(announcement.environment),
        f"### {sign} {code(announcement.environment)} {HEADLINES[announcement.phase]}",
        escape(announcement.reason),
        _facts(announcement),
        _outputs(announcement.outputs),
        _resources(announcement.resources),
    ]
    return _fit([part for part in parts if part])


def _facts(announcement: Announcement) -> str:
    facts = [f"Ticket {code(announcement.ticket)}"] if announcement.ticket else []
    if announcement.commit and not announcement.is_over:
        facts.append(f"commit {code(short(announcement.commit))}")
    facts += [
        f"stack [{escape(stack.name)}]({stack.link}) in {escape(stack.region)}, {code(stack.status)}"
        for stack in announcement.stacks
    ]
    return " · ".join(facts)


def _outputs(outputs: Sequence[Output]) -> str:
    if not outputs:
        return ""
    rows = [f"| {escape(output.name)} | {_value(output)} |" for output in outputs]
    return "\n".join(["| Output | Value |", "| --- | --- |", *rows])


def _value(output: Output) -> str:
    value = output.value if len(output.value) <= 1000 else f"{output.value[:1000]}…"
    if output.is_link and not re.search(r"[\s<>|()\\]", value):
        return f"<{value}>"
    return code(value).replace("|", "\\|")


def _resources(resources: Sequence[Usable]) -> str:
    if not resources:
        return ""
    lines = [
        f"- {kind}: " + ", ".join(f"[{escape(usable.name)}]({usable.link})" for usable in group)
        for kind, group in groupby(resources, key=lambda usable: usable.kind)
    ]
    return "\n".join(["<details><summary>Resources</summary>", "", *lines, "", "</details>"])


def _fit(parts: list[str]) -> str:
    """The parts that fit, whole ones only; what is cut is said."""
    note = "_More did not fit into a comment._"
    kept: list[str] = []
    for part in parts:
        if sum(len(each) + 2 for each in (*kept, part, note)) > LONGEST:
            return "\n\n".join([*kept, note])
        kept.append(part)
    return "\n\n".join(kept)


def code(text: str) -> str:
    """Text in a code span that it cannot close, on one line."""
    flat = " ".join(text.split()) or " "
    fence = "`" * (max((len(run) for run in re.findall(r"`+", flat)), default=0) + 1)
    padding = " " if flat.startswith("`") or flat.endswith("`") else ""
    return f"{fence}{padding}{flat}{padding}{fence}"


def escape(text: str) -> str:
    """Text that shows as it is: no markup, no mention, no reference."""
    flat = _SPECIAL.sub(r"\\\1", " ".join(text.split()))
    return _REFERENCE.sub("\\1\u2060", flat)
