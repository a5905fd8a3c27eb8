"""Orphaned: nothing keeps the environment alive any more, and its stack still stands.

Judged by what GitHub says at this moment, never by the records alone. One source about which GitHub gives no clear
word is enough not to know. Not flagged: an environment that is being deleted, and a stack with our mark that is in no
record, which is `untracked`.
"""

from datetime import timedelta

from app.core.environment import Phase
from app.core.finding import Case, Judgement, Rule, Word, gather_evidence
from app.core.fleet import Verdict
from app.core.source import SourceKey

GRACE = timedelta(hours=24)
OVER = "A pull request or branch keeps it alive again, or its deletion is under way."

_UNDER_WAY = frozenset({Phase.DELETING, Phase.VERIFYING})


def judge(case: Case) -> Judgement | None:
    """Whether any source of its environment is open."""
    environment = case.environment
    if environment is None or not case.is_ours or environment.phase in _UNDER_WAY:
        return None
    if Word.OPEN in case.words.values():
        return None
    unclear = [str(key) for key, word in case.words.items() if word is Word.UNKNOWN]
    if unclear:
        doubt = f"GitHub gives no clear word about {', '.join(unclear)}."
        return Judgement(Rule.ORPHANED, Verdict.UNKNOWN, "Whether it is orphaned cannot be told.", doubt=doubt)
    if not case.words and environment.desired.is_wanted:
        return None
    reason = _tell(tuple(case.words), environment.desired.why_gone)
    return Judgement(Rule.ORPHANED, Verdict.UNUSED, reason, gather_evidence(case), may_act=True)


def _tell(closed: tuple[SourceKey, ...], why_gone: str) -> str:
    if not closed:
        return f"Its environment is gone and the stack still stands. {why_gone}".strip()
    parts = [f"branch {key} is gone" if key.branch else f"pull request {key} is closed" for key in closed]
    told = ", ".join(parts)
    return f"{told[0].upper()}{told[1:]}, and the stack still stands."
