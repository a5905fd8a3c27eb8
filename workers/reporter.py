"""The reporter: tells of the reaper's rounds in Slack, and keeps what it told up to date while people answer.

It reads the last round and its findings anew each time, so a click, a step of a finding and a new round all only wake
it. What cleared is said where it stood; without Slack, `mayfly reap` and the API tell the same.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.core.finding import Finding
from app.core.reaping import by_cost
from app.core.round import SILENT, Round
from app.slack.client import Message, Slack
from app.slack.findings import MOST_SHOWN, in_replies, write_finding, write_more, write_round
from app.store.database import Database
from app.store.findings import list_findings
from app.store.outbox import Told, list_told
from app.store.rounds import last_round
from workers.channel import Posting
from workers.pace import Pace
from workers.ports import Place
from workers.speaker import Speaker

ROOT = "slack"
"""How the round's message is named in the outbox; what stands in its thread begins with the same word."""
_FINDING, _MORE = "slack:finding:", "slack:more:"


@dataclass(frozen=True)
class Reporter:
    """One pass for all."""

    database: Database
    slack: Slack | None
    channel: str | None
    pace: Pace
    clock: Callable[[], datetime]

    def __call__(self, _key: str) -> timedelta | None:
        """Tell what is not known yet; when to go on where not everything could be told."""
        with self.database.read() as connection:
            last = last_round(connection)
            if last is None or self.slack is None or self.channel is None:
                return None
            name = f"round:{last.message}"
            told = list_told(connection, name)
            findings = sorted(list_findings(connection, since=_begun(last)), key=by_cost)
        speaker = Speaker(self.database, self.clock, self.pace)
        thread = Thread(self.slack, self.channel, name)
        pauses = [speaker.tell(name, place) for place in _places(thread, last, findings, told)]
        return min((pause for pause in pauses if pause is not None), default=None)


@dataclass(frozen=True)
class Thread:
    """One message and what stands below it."""

    slack: Slack
    channel: str
    name: str

    def part(self, place: str, message: Message, *, is_needed: bool = True) -> Posting:
        """A part of it."""
        return Posting(self.slack, self.channel, place, message, None if place == ROOT else ROOT, is_needed)


def _places(thread: Thread, last: Round, findings: Sequence[Finding], told: Mapping[str, Told]) -> Iterator[Place]:
    """The round's message and its thread, those parts included that stand there and are needed no more."""
    shown = [each for each in findings if each.state not in SILENT]
    yield thread.part(ROOT, write_round(last, shown, f"{thread.name} {ROOT}"))
    first = {finding.id for finding in shown[:MOST_SHOWN]}
    for finding in findings:
        place = f"{_FINDING}{finding.id}"
        if finding.id in first or place in told:
            message = write_finding(finding, f"{thread.name} {place}")
            yield thread.part(place, message, is_needed=finding.id in first)
    replies = list(in_replies(shown))
    standing = sum(place.startswith(_MORE) for place in told)
    for number in range(max(len(replies), standing)):
        portion, place = replies[number] if number < len(replies) else (), f"{_MORE}{number}"
        yield thread.part(place, write_more(portion, f"{thread.name} {place}"), is_needed=bool(portion))


def _begun(last: Round) -> datetime:
    """When the message about a round was begun: what cleared since may stand in its thread."""
    return datetime.strptime(last.message, "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC)
