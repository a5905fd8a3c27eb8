"""Intake: what a source on GitHub means for its environment.

A pass is woken with a source's key, looks at the pull request or branch as it is now, reads the repository's file at
the commit that counts, and writes down what is wanted. It never touches AWS. Whatever the webhooks said, in whatever
order and however often, the outcome depends on what GitHub shows at the moment of the look.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from app.core.source import Source, SourceKey
from app.store.database import Connection, Database
from app.store.decisions import Decision, record_decision
from app.store.inbox import last_number, mark_handled
from app.store.sources import find_source, pull_requests_on
from app.store.wake import Kind, Wakes
from workers.petition import Petition, answer, read_petition
from workers.ports import Pulls
from workers.settlement import absent_sources, release, settle
from workers.ticket_requests import request_ticket
from workers.wish import WishReader

GATHER = timedelta(seconds=1)
"""How long a change of the source waits to be told: mostly the environment moves at once, and both are one edit."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Intake:
    """One pass per source."""

    database: Database
    wakes: Wakes
    pulls: Pulls
    wishes: WishReader
    clock: Callable[[], datetime]

    def __call__(self, key_text: str) -> timedelta | None:
        """Look at a source. Raises TransientError where GitHub does not answer."""
        key = SourceKey.parse(key_text)
        with self.database.read() as connection:
            newest = last_number(connection)
            petition = read_petition(connection, key, newest)
        if key.pull_request is not None:
            self._look_at_pull_request(key, key.pull_request, petition)
        else:
            self._look_at_branch(key, key.branch or "", petition)
        with self.database.begin() as connection:
            mark_handled(connection, key_text, newest)
        return None

    def _look_at_pull_request(self, key: SourceKey, number: int, petition: Petition) -> None:
        source = self.pulls.pull_request(key.repository, number)
        if source is None:
            self._note(key, f"GitHub does not show {key} (any more); nothing is changed for it.", petition)
        elif not source.is_open:
            self._release(source, f"Pull request {key} was closed.", petition)
        elif self._is_orphan(key, source):
            self._release(source, f"Branch {source.branch} of {key} was deleted.", petition)
        else:
            self._want(source, petition)

    def _is_orphan(self, key: SourceKey, source: Source) -> bool:
        """Whether a pull request that we let go is still open in name alone, its branch being gone."""
        with self.database.read() as connection:
            known = find_source(connection, key)
        if known is None or known[0].is_open or source.fork:
            return False
        return self.pulls.branch(key.repository, source.branch) is None

    def _look_at_branch(self, key: SourceKey, branch: str, petition: Petition) -> None:
        found = self.pulls.branch(key.repository, branch)
        if found is None and not self.pulls.is_readable(key.repository):
            self._note(key, f"{key.repository} cannot be read; nothing is changed for {key}.", petition)
            return
        with self.database.read() as connection:
            known = find_source(connection, key)
            pull_requests = pull_requests_on(connection, key.repository, branch)
        for pull_request in pull_requests:
            self._follow_branch(pull_request, branch, is_deleted=found is None)
        if found is not None:
            self._want(found, petition)
        elif known is not None:
            self._release(known[0], f"Branch {branch} was deleted.", petition)

    def _follow_branch(self, key: SourceKey, branch: str, *, is_deleted: bool) -> None:
        """A push to the branch of a pull request wakes it; a deletion takes its environment along."""
        with self.database.begin() as connection:
            known = find_source(connection, key)
            if not is_deleted:
                self.wakes.wake(connection, Kind.SOURCE, str(key))
        if is_deleted and known is not None:
            self._release(known[0], f"Branch {branch} of {key} was deleted.", Petition())

    def _want(self, shown: Source, petition: Petition) -> None:
        source, now = petition.allow(shown), self.clock()
        wish = self.wishes.read(source)
        with self.database.begin() as connection:
            answer(connection, petition, source, "", now)
            name = settle(connection, source, wish, now, petition)
            if wish.asks_for_ticket:
                request_ticket(connection, self.wakes, source.key, now)
            if name is not None:
                self._tell(connection, name)
                for absent in absent_sources(connection, name):
                    self.wakes.wake(connection, Kind.SOURCE, absent)
        if wish.refusal is not None and source.pull_request is not None:
            self._note(source.key, wish.refusal, Petition())
        log.info("source looked at", commit=source.commit, environment=name, refusal=wish.refusal)

    def _tell(self, connection: Connection, name: str) -> None:
        self.wakes.wake(connection, Kind.ENVIRONMENT, name)
        self.wakes.wake(connection, Kind.ANNOUNCEMENT, name, GATHER)

    def _release(self, source: Source, why: str, petition: Petition) -> None:
        now = self.clock()
        with self.database.begin() as connection:
            answer(connection, petition, None, why, now)
            name = release(connection, source, why, now)
            if name is not None:
                self._tell(connection, name)
        log.info("source let go", environment=name, why=why)

    def _note(self, key: SourceKey, reason: str, petition: Petition) -> None:
        now = self.clock()
        with self.database.begin() as connection:
            answer(connection, petition, None, reason, now)
            record_decision(connection, Decision(str(key), now, None, reason))
