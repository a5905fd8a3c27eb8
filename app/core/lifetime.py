"""Lifetimes: when an environment that nobody needs any more goes by itself, and what is said before.

    idle     business time since the last activity: hours of days that are no workdays do not count, so a push on
             Friday at 17:00 with `idle: 3d` ends on Wednesday at 17:00
    max      calendar time since the environment was created
    extend   moves the end, never past max
    keep     holds past everything until its date

The end is the first of idle (or what it was extended to) and max, and never before the end of a keep. A repository's
file can shorten the server's idle and max, not lengthen them. Business time runs by the clock on the wall of the
server's time zone, so a day on which that clock is changed counts as a day.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta, tzinfo

from app.core.environment import Environment
from app.core.span import format_span, parse_span

_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LONGEST_DATE = len("2026-12-24")
"""Characters of a date without a time of day."""
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Lifetime:
    """How long environments live. `workdays` are numbered from Monday, 0; `warnings` are spans before the end."""

    idle: timedelta = timedelta(days=3)
    longest: timedelta = timedelta(days=14)
    warnings: tuple[timedelta, ...] = (timedelta(hours=24), timedelta(hours=2))
    workdays: frozenset[int] = frozenset(range(5))
    zone: tzinfo = UTC

    def of(self, environment: Environment) -> "Lifetime":
        """What holds for one environment, whose repository's file may have shortened it."""
        idle, longest = environment.desired.idle, environment.desired.longest
        return replace(
            self,
            idle=min(self.idle, parse_span(idle)) if idle else self.idle,
            longest=min(self.longest, parse_span(longest)) if longest else self.longest,
        )


def parse_workdays(text: str) -> frozenset[int]:
    """`mon-fri`, `sun-thu` or `mon,wed,fri` as numbers from Monday, 0. Raises ValueError."""
    days: set[int] = set()
    for part in text.lower().replace(" ", "").split(","):
        first, dash, last = part.partition("-")
        if first not in _WEEK or (dash and last not in _WEEK):
            raise ValueError(f"{text!r} names no days; write them like mon-fri or mon,wed,fri")
        begin, end = _WEEK.index(first), _WEEK.index(last or first)
        days |= {(begin + step) % 7 for step in range((end - begin) % 7 + 1)}
    return frozenset(days)


@dataclass(frozen=True)
class Notice:
    """A warning that is due: `span` before the end, and what it says."""

    span: timedelta
    text: str


def expires_at(environment: Environment, lifetime: Lifetime) -> datetime:
    """When the environment goes by itself."""
    own = lifetime.of(environment)
    idle = add_business_time(environment.last_activity_at, own.idle, own.workdays, own.zone)
    end = min(max(idle, environment.extended_until or idle), latest_end(environment, own))
    return max(end, environment.keep_until or end)


def latest_end(environment: Environment, lifetime: Lifetime) -> datetime:
    """The end that no extension passes."""
    return environment.created_at + lifetime.of(environment).longest


def is_kept(environment: Environment, now: datetime) -> bool:
    """Whether somebody's keep is in force."""
    return environment.keep_until is not None and environment.keep_until > now


def why_expired(environment: Environment, lifetime: Lifetime) -> str:
    """Why the environment ends when it does, in one sentence."""
    own = lifetime.of(environment)
    end = expires_at(environment, lifetime)
    if environment.keep_until == end:
        return f"It was kept until {at(end)}."
    if end == latest_end(environment, lifetime):
        return f"It reached its greatest age, {format_span(own.longest)}."
    if environment.extended_until == end:
        return f"It was extended until {at(end)}."
    return f"Nobody worked with it since {at(environment.last_activity_at)}, for {format_span(own.idle)} of workdays."


def warning(environment: Environment, lifetime: Lifetime, now: datetime) -> Notice | None:
    """The warning that is due: of those whose time has come the nearest to the end, and none after the end.

    A span that is longer than the whole life is none: it would be said at birth.
    """
    end = expires_at(environment, lifetime)
    due = [span for span in _spans(environment, lifetime, end) if end - span <= now < end]
    if not due:
        return None
    is_last = end == latest_end(environment, lifetime)
    remedy = "`/mayfly keep` holds it" if is_last else "a push, `/mayfly extend 1d` or `/mayfly keep` prevents it"
    span = min(due)
    text = f"{environment.name} goes by itself at {at(end)}, in less than {format_span(span)}; {remedy}."
    return Notice(span, text)


def next_moment(environment: Environment, lifetime: Lifetime, now: datetime) -> timedelta:
    """How long until something is to be said or done about the environment's age; zero where that is now."""
    end = expires_at(environment, lifetime)
    moments = [end, *(end - span for span in _spans(environment, lifetime, end))]
    return max(min((moment for moment in moments if moment > now), default=now) - now, timedelta(0))


def _spans(environment: Environment, lifetime: Lifetime, end: datetime) -> list[timedelta]:
    begun = max(environment.created_at, environment.last_activity_at)
    return [span for span in lifetime.warnings if end - span > begun]


def add_business_time(since: datetime, span: timedelta, workdays: frozenset[int], zone: tzinfo) -> datetime:
    """The moment at which `span` of workdays' time has passed, in UTC."""
    weeks = max(span // (_DAY * len(workdays)) - 1, 0)
    place = since.astimezone(zone).replace(tzinfo=None) + weeks * 7 * _DAY
    left = span - weeks * len(workdays) * _DAY
    while True:
        midnight = datetime.combine(place.date() + _DAY, time())
        if place.weekday() in workdays:
            if place + left <= midnight:
                return (place + left).replace(tzinfo=zone).astimezone(UTC)
            left -= midnight - place
        place = midnight


def parse_until(text: str, now: datetime, zone: tzinfo) -> datetime:
    """The moment that a date (its whole day included), a time or a span from now names. Raises ValueError."""
    text = text.strip()
    try:
        return now + parse_span(text)
    except ValueError:
        pass
    try:
        found = datetime.fromisoformat(text)
        if len(text) <= LONGEST_DATE:
            found += _DAY
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"{text[:40]!r} is no date; write it like 2026-12-24, or a span like 7d") from None


def at(moment: datetime) -> str:
    """A moment as people read it."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
