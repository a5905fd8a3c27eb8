"""The witness: what GitHub says of sources at this moment, for the reaper.

A pull request that a whole list of open ones does not show is asked about by itself before it counts as closed. Every
error, and every answer that is not clear, means that nothing is known: of the source, or of the whole repository.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from app.core.errors import MayflyError
from app.core.finding import Word
from app.core.source import SourceKey
from workers.ports import Pulls

MOST_ASKED = 100
"""Sources that are asked about one by one in a round; the others are not known until a later one."""

log = structlog.get_logger()


class Openings(Protocol):
    """The lists of what is open."""

    def openings(self, repositories: Sequence[str]) -> tuple[dict[SourceKey, str], set[str]]:
        """Every open pull request with its commit, and the repositories whose lists came whole."""


@dataclass(frozen=True)
class Witness:
    """Asks GitHub."""

    lists: Openings
    pulls: Pulls

    def ask(self, sources: Iterable[SourceKey]) -> dict[SourceKey, Word]:
        """The word on each source."""
        asked = sorted(set(sources), key=str)
        if not asked:
            return {}
        shown, read = self.lists.openings(sorted({source.repository for source in asked}))
        words = {source: Word.OPEN if source in shown else Word.UNKNOWN for source in asked}
        open_questions = [each for each in asked if words[each] is Word.UNKNOWN and each.repository in read]
        dark: set[str] = set()
        for source in open_questions[:MOST_ASKED]:
            if source.repository not in dark:
                words[source] = self._ask_about(source, dark)
        return {
            each: Word.UNKNOWN if each.repository in dark and word is Word.CLOSED else word
            for each, word in words.items()
        }

    def _ask_about(self, source: SourceKey, dark: set[str]) -> Word:
        """The word on one source; a repository that fails to answer is dark from then on."""
        try:
            return self._look_at(source)
        except MayflyError as fault:
            log.info("GitHub gives no clear word", source=str(source), reason=str(fault))
            dark.add(source.repository)
            return Word.UNKNOWN

    def _look_at(self, source: SourceKey) -> Word:
        if source.pull_request is not None:
            pull = self.pulls.pull_request(source.repository, source.pull_request)
            if pull is None:
                return Word.UNKNOWN
            return Word.OPEN if pull.is_open else Word.CLOSED
        if self.pulls.branch(source.repository, source.branch or "") is not None:
            return Word.OPEN
        return Word.CLOSED if self.pulls.is_readable(source.repository) else Word.UNKNOWN
