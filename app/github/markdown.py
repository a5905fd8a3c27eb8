"""An announcement as a pull request's comment.

Text from outside stands in code spans, which render nothing, or is escaped; mentions and references are defused, since
a comment of ours must neither notify a stranger nor link where a branch name points.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby

from app.core.announcement import HEADLINES, Announcement, Offer, Output, Usable
from app.core.environment import Phase
from app.core.figures import tell_cost
from app.core.lifetime import at as tell_moment
from app.core.remark import Remark
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
COMMANDS = {
    Offer.EXTEND: "extend 2d",
    Offer.KEEP: "keep",
    Offer.REDEPLOY: "deploy",
    Offer.DESTROY: "destroy",
    Offer.WHY: "why",
}
_GAP = "\n\n"
LONGEST_REASON = 4_000
LONGEST_SUMMARY = 60_000
"""GitHub takes 65,535 characters in a check run's summary."""
LONGEST_VALUE = 1_000
ROOM_FOR_VALUES = 30_000
MOST_OF_A_KIND = 25
_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#+!|~])")
_REFERENCE = re.compile(r"([@#])(?=\w)")


def write_comment(announcement: Announcement) -> str:
    """The whole comment, at most as long as GitHub takes."""
    sign = SIGNS.get(announcement.phase, _BUSY_SIGN)
    top = [
        mark_of(announcement.environment),
        f"### {sign} {code(announcement.environment)} {HEADLINES[announcement.phase]}",
    ]
    foot = _foot(announcement)
    room = LONGEST - sum(len(part) + len(_GAP) for part in [*top, foot])
    return _GAP.join([*top, *_body(announcement, room), foot])


def write_summary(announcement: Announcement) -> str:
    """The same without head and foot, for a page that has its own; never empty."""
    body = _GAP.join(_body(announcement, LONGEST_SUMMARY))
    return body or f"{code(announcement.environment)} {HEADLINES[announcement.phase]}"


def _body(announcement: Announcement, room: int) -> list[str]:
    """The reason, the facts, what can be used; as much as fits."""
    reason = escape(_cut(announcement.explanation, LONGEST_REASON))
    warning = f"⏳ {escape(announcement.warning)}" if announcement.warning and not announcement.is_over else ""
    parts = [part for part in (reason, warning) if part]
    listings = (
        _facts(announcement),
        _outputs(announcement.outputs),
        _remarks(announcement.remarks),
        _resources(announcement.resources),
    )
    for listing in listings:
        parts += listing.within(room - sum(len(part) + len(_GAP) for part in parts))
    return parts


@dataclass(frozen=True)
class Listing:
    """Lines of one kind between a head and a foot; those that do not fit are counted."""

    noun: str
    lines: Sequence[str]
    head: str = ""
    foot: str = ""

    def within(self, room: int) -> list[str]:
        """The listing in at most `room` characters; nothing where it has no line or there is no room for any."""
        note = f"_… and {len(self.lines)} more {self.noun}, which did not fit into this comment._"
        fixed = sum(len(each) + len(_GAP) for each in (self.head, self.foot, note)) + len(_GAP)
        ends = accumulate(len(line) + 1 for line in self.lines)
        kept = [line for line, end in zip(self.lines, ends, strict=True) if end + fixed <= room]
        if not kept:
            return [note] if self.lines and fixed <= room else []
        text = "\n".join([self.head, *kept, self.foot]).strip("\n")
        left = len(self.lines) - len(kept)
        return [text] if not left else [text, note.replace(str(len(self.lines)), str(left), 1)]


def _foot(announcement: Announcement) -> str:
    """What can be asked for, in a comment of one line."""
    offers = [COMMANDS[offer] for offer in announcement.offers if offer in COMMANDS]
    return f"Commands: {' · '.join(code(f'/mayfly {offer}') for offer in [*offers, 'help'])}"


def _facts(announcement: Announcement) -> Listing:
    facts = [f"Ticket {code(announcement.ticket)}"] if announcement.ticket else []
    if announcement.commit and not announcement.is_over:
        facts.append(f"commit {code(short(announcement.commit))}")
    facts += _life(announcement)
    stacks = [
        f"stack [{escape(stack.name)}]({stack.link}) in {escape(stack.region)}, {code(stack.status)}"
        for stack in announcement.stacks
    ]
    if len(stacks) <= 1:
        return Listing("facts", [line for line in [" · ".join([*facts, *stacks])] if line])
    return Listing("stacks", [f"- {stack}" for stack in stacks], head=" · ".join(facts) + "\n" if facts else "")


def _life(announcement: Announcement) -> list[str]:
    """Until when it lives, and for how much."""
    if announcement.is_over:
        return []
    facts = []
    if announcement.is_kept and announcement.keep_until:
        facts.append(f"kept until {tell_moment(announcement.keep_until)}")
    elif announcement.expires_at:
        facts.append(f"expires {tell_moment(announcement.expires_at)}")
    if announcement.cost_per_month is not None:
        facts.append(tell_cost(announcement.cost_per_month).replace("$", "\\$"))
    return facts


def _outputs(outputs: Sequence[Output]) -> Listing:
    """A table; the more outputs there are, the sooner a long value is cut, so that all of them are there."""
    longest = min(LONGEST_VALUE, ROOM_FOR_VALUES // max(len(outputs), 1))
    rows = [f"| {escape(output.name)} | {_value(output, longest)} |" for output in outputs]
    return Listing("outputs", rows, head="| Output | Value |\n| --- | --- |")


def _value(output: Output, longest: int) -> str:
    if output.is_link and len(output.value) <= longest and not re.search(r"[\s<>|()\\]", output.value):
        return f"<{output.value}>"
    return code(_cut(output.value, longest)).replace("|", "\\|")


def _resources(resources: Sequence[Usable]) -> Listing:
    lines = [_kind(kind, list(group)) for kind, group in groupby(resources, key=lambda usable: usable.kind)]
    head = "<details><summary>Resources</summary>\n"
    return Listing("kinds of resources", lines, head=head, foot="\n</details>")


def _remarks(remarks: Sequence[Remark]) -> Listing:
    lines = [f"- {remark.level.value}, {_place(remark)}: {escape(remark.message)}" for remark in remarks]
    noun = "remark" if len(remarks) == 1 else "remarks"
    head = f"<details><summary>{len(remarks)} {noun} on the templates</summary>\n"
    return Listing("remarks", lines, head=head, foot="\n</details>")


def _place(remark: Remark) -> str:
    return code(f"{remark.file}:{remark.line}")


def _kind(kind: str, group: Sequence[Usable]) -> str:
    links = [f"[{escape(usable.name)}]({usable.link})" for usable in group[:MOST_OF_A_KIND]]
    more = f" and {len(group) - MOST_OF_A_KIND} more" if len(group) > MOST_OF_A_KIND else ""
    return f"- {kind}: {', '.join(links)}{more}"


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[:longest]}…"


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
