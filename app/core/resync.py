"""Resync: GitHub, AWS and our records, held against each other.

What GitHub shows open and we do not know is deployed. What we hold open and GitHub shows closed is destroyed, but only
when it was seen so in two rounds and for a grace time, and never more than a few at once: an answer that is wrong in
the same way for many is more likely than many closings of which not one delivery came. Whatever could not be read says
nothing, so nothing is destroyed for it; what was seen of it before is kept in mind.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.source import SourceKey

FEWEST = 3
SHARE = 0.2
"""The breaker: a round destroys at most this share of the live environments, or the fewest, whichever is more."""


@dataclass(frozen=True)
class Sighting:
    """A source of ours that GitHub showed closed: since when, and in how many rounds."""

    source: SourceKey
    first_at: datetime
    rounds: int


@dataclass(frozen=True)
class Known:
    """A source that we hold open, at the commit that we saw last."""

    source: SourceKey
    commit: str


@dataclass(frozen=True)
class Comparison:
    """What a round found. `due` may go; `held` would be due, but are too many at once."""

    sightings: tuple[Sighting, ...] = ()
    due: tuple[SourceKey, ...] = ()
    held: tuple[SourceKey, ...] = ()


def unlike(shown: Mapping[SourceKey, str], known: Iterable[Known]) -> list[SourceKey]:
    """The sources that GitHub shows open with another commit than we know, or that we do not know at all."""
    commits = {each.source: each.commit for each in known}
    return [source for source, commit in shown.items() if commits.get(source) != commit]


def missing(shown: Mapping[SourceKey, str], known: Iterable[Known], read: Iterable[str]) -> list[SourceKey]:
    """The sources that we hold open and that were not shown, of the repositories that could be read."""
    readable = frozenset(read)
    return [each.source for each in known if each.source not in shown and each.source.repository in readable]


def judge(
    closed: Sequence[SourceKey],
    before: Sequence[Sighting],
    live: int,
    now: datetime,
    grace: timedelta,
    *,
    unclear: Collection[SourceKey] = (),
    is_confirmed: bool = False,
) -> Comparison:
    """What follows from the sources that were seen closed in this round, `live` being all that live.

    | the source, in this round | what was seen of it before | then |
    |---|---|---|
    | seen closed | nothing | kept in mind |
    | seen closed | closed, not long or not often enough | kept in mind, one round more |
    | seen closed | closed, long and often enough | due; held where too many are |
    | seen open, or not ours any more | anything | forgotten |
    | not seen, being `unclear` | anything | as it was, and never due |

    Too many are counted over all that look closed by now, due or not: a round asks about a few only, and a mistake
    must not get through in portions.
    """
    seen = {sighting.source: sighting for sighting in before}
    again = tuple(
        Sighting(source, seen[source].first_at, seen[source].rounds + 1) if source in seen else Sighting(source, now, 1)
        for source in closed
    )
    sightings = (*again, *(each for each in before if each.source in unclear and each.source not in closed))
    ripe = tuple(each.source for each in again if each.rounds >= 2 and now - each.first_at >= grace)
    if len(sightings) > most_at_once(live) and not is_confirmed:
        return Comparison(sightings=sightings, held=ripe)
    return Comparison(sightings=sightings, due=ripe)


def most_at_once(live: int) -> int:
    """How many environments a round may destroy by itself."""
    return max(FEWEST, int(live * SHARE))
