"""The reaper's report in Slack: one message with the totals and the most expensive findings, the rest in its thread.

Each of the first findings has a reply of its own with buttons; the others stand several to a reply. A button carries
the finding's id and no right. Everything that a finding says may come from strangers: names of stacks, tags, owners.
"""

from collections.abc import Iterator, Sequence
from itertools import islice

from slack_sdk.models.blocks import ActionsBlock, Block, ButtonElement, ConfirmObject, DividerBlock, PlainTextObject

from app.core.figures import tell_cost
from app.core.finding import Finding, Rule, State, SubjectKind
from app.core.fleet import Evidence
from app.core.round import SILENT, Round
from app.slack.client import Message
from app.slack.mrkdwn import LONGEST_NAME, chunks, escape, fitted, moment, mrkdwn, section

PREFIX = "mayfly:finding-"
MOST_SHOWN = 15
"""Findings in the message itself; Slack takes 50 blocks."""
PER_REPLY = 8
MOST_REPLIES = 15
"""Replies for those beyond the first; a channel takes about one a second."""
LONGEST_TEXT = 600
LONGEST_LINE = 250
LONGEST_REASON = 700
MOST_EVIDENCE = 6
MOST_UNREAD = 5
_SIGNS = {State.DUE: ":red_circle:", State.WARNED: ":large_orange_circle:", State.DELETING: ":wastebasket:"}
_LABELS = {
    "keep": "Keep 7 days",
    "extend": "Extend 7 days",
    "ignore": "Ignore 30 days",
    "not-ours": "Not ours",
    "delete": "Delete now",
}


def write_round(ended: Round, findings: Sequence[Finding], name: str) -> Message:
    """The message about a round; `findings` are those to be told, the most expensive first."""
    head = _headline(ended, len(findings))
    lines = [_line(finding) for finding in findings[:MOST_SHOWN]]
    if len(findings) > MOST_SHOWN:
        lines.append(f"_… and {len(findings) - MOST_SHOWN} more in the thread; `mayfly reap --json` has all of them._")
    blocks: list[Block] = [section(head)]
    if lines:
        blocks += [DividerBlock(), *(section(part) for part in chunks(lines))]
    return Message(name, fitted(_plain_headline(ended, len(findings)), LONGEST_TEXT), blocks)


def _plain_headline(ended: Round, number: int) -> str:
    if ended.fault:
        return f"The reaper's round failed: {ended.fault}"
    if not number:
        return f"The reaper found nothing that nobody needs; {ended.looked_at} looked at."
    return f"The reaper found {number} that nobody seems to need; {ended.looked_at} looked at."


def _headline(ended: Round, number: int) -> str:
    """The totals, what is held back and what could not be read."""
    lines = [f"*{fitted(_plain_headline(ended, number), LONGEST_REASON)}*"]
    if not ended.fault:
        lines.append(
            f"{ended.stacks} stacks and {ended.resources} loose resources looked at · {ended.due} due · "
            f"{ended.kept} kept · {ended.unknown} not known · {ended.cleared} cleared"
            + (f" · {tell_cost(ended.cost_per_month)} to be saved" if ended.cost_per_month else "")
        )
    lines.append(f"Mode `{escape(ended.mode)}`, looked {moment(ended.ended_at)}")
    if ended.why_held:
        lines.append(f":warning: {fitted(ended.why_held, LONGEST_LINE)}")
    lines += [f":grey_question: {fitted(sentence, LONGEST_LINE)}" for sentence in ended.unread[:MOST_UNREAD]]
    if len(ended.unread) > MOST_UNREAD:
        lines.append(f"_… and {len(ended.unread) - MOST_UNREAD} more that could not be read._")
    return "\n".join(lines)


def _line(finding: Finding) -> str:
    """A finding in a line."""
    subject = finding.subject
    facts = [finding.rule.value.replace("_", " ")]
    if subject.cost_per_month:
        facts.append(tell_cost(subject.cost_per_month))
    if subject.owner:
        facts.append(f"by {fitted(subject.owner, 60)}")
    sign = _SIGNS.get(finding.state, ":large_yellow_circle:")
    due = f" Due {moment(finding.due_at)}." if finding.due_at else ""
    return f"{sign} *{fitted(subject.name, 100)}* ({', '.join(facts)}): {fitted(finding.reason, LONGEST_LINE)}{due}"


def write_finding(finding: Finding, name: str) -> Message:
    """A reply about one finding, with what can be done about it."""
    blocks: list[Block] = [section(_details(finding)), *_buttons(finding)]
    return Message(name, fitted(f"{finding.subject.name}: {finding.told}", LONGEST_TEXT), blocks)


def _details(finding: Finding) -> str:
    subject = finding.subject
    lines = [_line(finding)]
    if finding.note:
        lines.append(f"_{fitted(finding.note, LONGEST_LINE)}_")
    what = subject.resource_type or "stack"
    lines.append(f"{escape(what)} in {fitted(subject.account, 60)}/{escape(subject.region)}, {escape(finding.state)}")
    if subject.repository:
        number = f"#{subject.pull_request}" if subject.pull_request else ""
        lines.append(f"from {fitted(subject.repository, LONGEST_NAME)}{number}")
    lines += [_evidence(each) for each in finding.evidence[:MOST_EVIDENCE]]
    return next(chunks(lines))


def _evidence(evidence: Evidence) -> str:
    when = f", last {moment(evidence.last_used_at)}" if evidence.last_used_at else ""
    value = f" {evidence.value:g}" if evidence.value is not None else ""
    return f"• {fitted(evidence.signal, 100)}{value}: {fitted(evidence.resource, LONGEST_NAME)}{when}"


def write_more(findings: Sequence[Finding], name: str) -> Message:
    """A reply about several findings."""
    blocks: list[Block] = []
    for finding in findings:
        blocks += [section(_line(finding)), *_buttons(finding)]
    if not blocks:
        blocks = [section("_There is nothing more here._")]
    return Message(name, f"{len(findings)} further findings.", blocks)


def in_replies(findings: Sequence[Finding]) -> Iterator[Sequence[Finding]]:
    """Those beyond the first, in portions of one reply each."""
    rest = iter(findings[MOST_SHOWN : MOST_SHOWN + PER_REPLY * MOST_REPLIES])
    while portion := list(islice(rest, PER_REPLY)):
        yield portion


def _buttons(finding: Finding) -> Iterator[Block]:
    """What people may say of a finding; nothing of one that is settled."""
    if finding.state in SILENT or finding.state is State.DELETING:
        return
    offered = ["keep", *(["extend"] if finding.due_at else []), "ignore", "not-ours"]
    if is_deletable(finding):
        offered.append("delete")
    yield ActionsBlock(elements=[_button(finding, action) for action in offered])


def is_deletable(finding: Finding) -> bool:
    """Whether a click may delete it: a stack only as its environment, and so only one that is in our records."""
    if finding.subject.kind is SubjectKind.RESOURCE:
        return True
    return finding.subject.environment is not None and finding.rule is not Rule.UNTRACKED


def _button(finding: Finding, action: str) -> ButtonElement:
    is_final = action == "delete"
    return ButtonElement(
        text=_LABELS[action],
        action_id=f"{PREFIX}{action}",
        value=finding.id,
        style="danger" if is_final else None,
        confirm=_question(finding) if is_final else None,
    )


def _question(finding: Finding) -> ConfirmObject:
    subject = finding.subject
    if subject.kind is SubjectKind.RESOURCE:
        text = f"*{fitted(subject.name, 150)}* and everything in it are deleted for good."
    else:
        text = f"Environment *{fitted(subject.environment or subject.name, 150)}* goes with all its stacks."
    return ConfirmObject(
        title=PlainTextObject(text="Delete it now?"),
        text=mrkdwn(text),
        confirm=PlainTextObject(text="Delete"),
        deny=PlainTextObject(text="Leave it"),
        style="danger",
    )
