"""The probe: the verdict on each stack, asked for in stages.

1. What is remembered, or was deployed in the window, needs no question.
2. The strong signals of the rest: invocations of functions, which settle most stacks that are in use.
3. Everything else, of those that are still without a use that somebody outside caused.
"""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from datetime import datetime

from app.aws.caller import Caller
from app.aws.usage.facts import Fact, Facts, Rule, read_api_names, read_fact, read_secrets
from app.aws.usage.metrics import Series, read_series
from app.aws.usage.passive import is_passive
from app.aws.usage.question import Question, Questioner, families_of, read_answer
from app.aws.usage.register import BY_TYPE
from app.aws.usage.schedules import Schedules
from app.aws.usage.series import HORIZON, find_members
from app.aws.usage.signal import Kind
from app.core.fleet import Evidence, Usage, Verdict
from app.core.stack import Resource
from app.core.usage import Reading, Window, is_settled, judge_loose, judge_stack

_FUNCTION = "AWS::Lambda::Function"


@dataclass(frozen=True)
class Subject:
    """What is to be judged: a stack with its resources, or one loose resource. `remembered` is its last use so far.

    One that `was_quiet` in an earlier look is asked about everything at once, since it will hardly be in use now.
    """

    id: str
    resources: tuple[Resource, ...]
    created_at: datetime | None
    updated_at: datetime | None = None
    remembered: Evidence | None = None
    was_quiet: bool = False
    is_loose: bool = False


@dataclass
class _Case:
    """A subject on its way to a verdict."""

    subject: Subject
    readings: list[Reading] = field(default_factory=list)
    days: dict[str, Mapping[datetime, float]] = field(default_factory=dict)

    @property
    def unread(self) -> list[str]:
        """The resources that nobody knows how to look at."""
        types = dict.fromkeys(each.type for each in self.subject.resources)
        return [
            f"Nobody knows how to tell whether {each} is used."
            for each in types
            if each not in BY_TYPE and not is_passive(each)
        ]

    def judge(self, window: Window) -> Usage:
        """The verdict as it stands."""
        subject = self.subject
        if subject.is_loose:
            return judge_loose(self.readings, window, subject.created_at)
        return judge_stack(self.readings, window, subject.created_at, subject.updated_at, self.unread)


class Probe:
    """Asks CloudWatch about subjects, over one window."""

    def __init__(self, caller: Caller, account_id: str, rules: Fact[Rule], window: Window, pool: Executor) -> None:
        self._caller = caller
        self._account_id = account_id
        self._rules = rules
        self._window = window
        self._pool = pool

    def judge(self, subjects: Sequence[Subject]) -> dict[str, Usage]:
        """The verdict on each subject, by its id. Raises nothing: what fails leaves its subject unknown."""
        verdicts = {subject.id: usage for subject in subjects if (usage := self._known(subject))}
        cases = [_Case(subject) for subject in subjects if subject.id not in verdicts]
        empty: Fact[str] = Fact({})
        facts = Facts(self._account_id, self._rules, empty, Fact({}))
        self._read([case for case in cases if not case.subject.was_quiet], facts, is_first=True)
        quiet = [case for case in cases if case.judge(self._window).verdict is not Verdict.USED]
        self._read(quiet, self._learn(quiet), is_first=False)
        return {**verdicts, **{case.subject.id: case.judge(self._window) for case in cases}}

    def _known(self, subject: Subject) -> Usage | None:
        if subject.remembered is not None and is_settled(subject.remembered, self._window):
            return Usage(Verdict.USED, (subject.remembered,))
        if subject.is_loose:
            return None
        usage = judge_stack((), self._window, subject.created_at, subject.updated_at)
        return usage if usage.verdict is Verdict.USED else None

    def _learn(self, cases: Iterable[_Case]) -> Facts:
        """The facts that the signals of these subjects need."""
        needs = {
            kind.needs
            for case in cases
            for resource in case.subject.resources
            if (kind := BY_TYPE.get(resource.type)) is not None
        }
        names = self._pool.submit(read_fact, read_api_names, self._caller) if "api_name" in needs else None
        secrets = self._pool.submit(read_fact, read_secrets, self._caller) if "secret" in needs else None
        return Facts(
            self._account_id,
            self._rules,
            names.result() if names else Fact({}),
            secrets.result() if secrets else Fact({}),
        )

    def _read(self, cases: Sequence[_Case], facts: Facts, *, is_first: bool) -> None:
        """Ask the questions of one stage about every case and note the answers."""
        asked = [
            (case, resource)
            for case in cases
            for resource in case.subject.resources
            if resource.type in BY_TYPE and _is_due(case.subject, BY_TYPE[resource.type], is_first=is_first)
        ]
        is_short = self._window.length <= HORIZON
        members = find_members(self._caller, families_of([each for _, each in asked]) if is_short else (), self._pool)
        questioner = Questioner(facts, members, self._window)
        questions = [
            (case, question)
            for case, resource in asked
            for question in questioner.ask(resource, is_loose=case.subject.is_loose)
        ]
        answers = read_series(self._caller, _series_of(question for _, question in questions), self._window, self._pool)
        for case, question in questions:
            reading, days = read_answer(question, answers)
            case.readings.append(reading)
            if question.resource.type == _FUNCTION:
                case.days[reading.resource] = days
        self._explain([case for case in cases if case.subject.was_quiet is not is_first], facts)

    def _explain(self, cases: Sequence[_Case], facts: Facts) -> None:
        """Mark what a stack's own schedules had run."""
        schedules = Schedules(self._caller, facts)
        for case in cases:
            if any(case.days.values()) and schedules.has_any(case.subject.resources):
                explained = schedules.explain(case.subject.resources, case.days)
                case.readings = [
                    replace(reading, is_scheduled=True) if reading.resource in explained else reading
                    for reading in case.readings
                ]


def _is_due(subject: Subject, kind: Kind, *, is_first: bool) -> bool:
    """Whether a kind's turn has come: the strong ones come first, but where nothing is expected all come together."""
    return kind.is_strong is is_first or (subject.was_quiet and not is_first)


def _series_of(questions: Iterable[Question]) -> Iterable[Series]:
    for question in questions:
        if question.series is not None:
            yield question.series
        if question.minus is not None:
            yield question.minus
