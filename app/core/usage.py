"""Usage: what the readings of a stack's signals add up to.

| readings over the window | verdict |
|---|---|
| the stack was deployed in it | used: somebody works on it |
| a use in it, whatever else could not be read | used |
| no use, and a signal or a resource could not be read | unknown |
| no use, and nothing in the stack tells of its use | unknown |
| no use, and nobody knows that it stood for the whole window | unknown |
| no use but what its own schedule made | unused, `is_own_schedule` |
| no use at all | unused |

A dead-letter queue, an alarm's topic or a quiet index never makes a stack unused: the last use of all its resources
counts, so one that is idle by design adds nothing. CloudWatch counts by days of UTC; a day that the window covers in
part counts whole.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.core.fleet import Evidence, Usage, Verdict

DAY = timedelta(days=1)
DEPLOYED = "deployed"
"""The signal of a stack that was created or updated."""
_MOST_EVIDENCE = 12


@dataclass(frozen=True)
class Reading:
    """What one signal said of one resource: the last day with use and its amount, or in `fault` why nobody knows.

    `is_scheduled` where a schedule of the same stack accounts for all of it.
    """

    signal: str
    resource: str
    last_used_at: datetime | None = None
    value: float | None = None
    fault: str | None = None
    is_scheduled: bool = False

    @property
    def evidence(self) -> Evidence:
        """The reading as it is shown."""
        return Evidence(self.signal, self.resource, self.last_used_at, self.value)


@dataclass(frozen=True)
class Window:
    """The time that is judged, up to `now`."""

    now: datetime
    length: timedelta

    @property
    def since(self) -> datetime:
        """When it begins."""
        return self.now - self.length

    def holds(self, day: datetime | None) -> bool:
        """Whether a use on that day may have been inside."""
        return day is not None and day + DAY > self.since

    def precedes(self, moment: datetime | None) -> bool:
        """Whether a moment, such as a birth, is known to lie before all of it."""
        return moment is not None and moment <= self.since


def judge_stack(
    readings: Sequence[Reading],
    window: Window,
    created_at: datetime | None,
    updated_at: datetime | None = None,
    unread: Sequence[str] = (),
) -> Usage:
    """The verdict on a stack. `unread` says, a sentence each, which of its resources nobody can tell about."""
    deployed = max((moment for moment in (created_at, updated_at) if moment), default=None)
    if deployed is not None and deployed > window.since:
        return Usage(Verdict.USED, (Evidence(DEPLOYED, "stack", deployed), *_shown(readings)))
    return _judge(readings, window, created_at, unread)


def judge_loose(readings: Sequence[Reading], window: Window, created_at: datetime | None) -> Usage:
    """The verdict on a resource that belongs to no stack; having been made is no use of it."""
    return _judge(readings, window, created_at, ())


def _judge(readings: Sequence[Reading], window: Window, created_at: datetime | None, unread: Sequence[str]) -> Usage:
    used = [reading for reading in readings if window.holds(reading.last_used_at)]
    evidence = _shown(readings)
    if any(not reading.is_scheduled for reading in used):
        return Usage(Verdict.USED, evidence)
    faults = [*dict.fromkeys([*unread, *(reading.fault for reading in readings if reading.fault)])]
    if not faults and not readings:
        faults = ["Nothing in it tells whether it is used."]
    if not faults and not window.precedes(created_at):
        faults = [f"It is not known to be older than {window.length.days} days."]
    if faults:
        return Usage(Verdict.UNKNOWN, evidence, faults[0])
    return Usage(Verdict.UNUSED, evidence, is_own_schedule=bool(used))


def _shown(readings: Sequence[Reading]) -> tuple[Evidence, ...]:
    """The last uses, the newest and greatest first; then the signals that showed none."""
    told = [reading.evidence for reading in readings if not reading.fault]
    told.sort(key=lambda each: (each.last_used_at or datetime.min.replace(tzinfo=UTC), each.value or 0), reverse=True)
    return tuple(told[:_MOST_EVIDENCE])


def last_use(usage: Usage) -> Evidence | None:
    """The newest use that is worth remembering; None where only a schedule or a deployment stands behind it."""
    if usage.verdict is not Verdict.USED:
        return None
    return next((each for each in usage.evidence if each.last_used_at and each.signal != DEPLOYED), None)


def is_settled(remembered: Evidence | None, window: Window) -> bool:
    """Whether what is remembered answers for the whole window, so that nothing need be asked."""
    return remembered is not None and window.holds(remembered.last_used_at)


_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_CRON = re.compile(r"cron\((\S+) (\S+) \S+ \S+ \S+ \S+\)")
_MINUTES = {"minute": 1, "hour": 60, "day": 1440}


def most_per_day(expression: str) -> int | None:
    """How often at most a schedule runs in one day of UTC; None for an expression that cannot be read.

    The forms are EventBridge's (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html);
    days are taken as if every one of them matched.
    """
    if expression.startswith("at("):
        return 1
    if rate := _RATE.fullmatch(expression):
        every = int(rate[1]) * _MINUTES[rate[2]]
        return -(-1440 // every) if every else None
    if cron := _CRON.fullmatch(expression):
        minutes, hours = _count(cron[1], 60), _count(cron[2], 24)
        return minutes * hours if minutes and hours else None
    return None


def _count(field: str, size: int) -> int | None:
    """How many values of 0 to `size` - 1 a field of a cron expression names, at most."""
    counts = [_count_part(part, size) for part in field.split(",")]
    return None if None in counts else sum(count or 0 for count in counts)


def _count_part(part: str, size: int) -> int | None:
    span, _, step = part.partition("/")
    begin, _, end = span.partition("-")
    if not all(each.isdigit() for each in (step or "1", *(() if span == "*" else (begin, end or "0")))):
        return None
    if span == "*":
        first, last = 0, size - 1
    else:
        first, last = int(begin), int(end) if end else (size - 1 if step else int(begin))
    every = int(step or "1")
    return max(0, -(-(last - first + 1) // every)) if every else None


def is_explained(invocations: Mapping[datetime, float], runs: Sequence[int | None]) -> bool:
    """Whether schedules that run at most so often a day account for every invocation of every day."""
    if not runs or None in runs:
        return False
    return all(number <= sum(run or 0 for run in runs) for number in invocations.values())
