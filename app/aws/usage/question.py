"""Questions: which series stand for which signal of which resource, and how the answers read.

| what a signal needs | where it comes from |
|---|---|
| the name of a REST API | its id in the list of APIs; a name that two of them share tells of neither |
| the rules on a bus | the list of rules; those that tick by themselves or that a test tool left are none of its use |
| further dimensions | ListMetrics; beyond the two weeks that it covers nobody knows |
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.aws.usage.facts import Facts, Rule
from app.aws.usage.metrics import Days, Series
from app.aws.usage.naming import parts_of
from app.aws.usage.register import BY_TYPE
from app.aws.usage.series import HORIZON, Family, Members
from app.aws.usage.signal import Kind, Signal
from app.core.stack import Resource
from app.core.toolmarks import is_left_by_tool
from app.core.usage import Reading, Window


@dataclass(frozen=True)
class Question:
    """One signal of one resource: the series to ask for, or the reading that is known without asking."""

    resource: Resource
    name: str
    signal: Signal
    series: Series | None = None
    minus: Series | None = None
    known: Reading | None = None


@dataclass(frozen=True)
class Questioner:
    """Makes the questions about a resource, with what is known of its surroundings."""

    facts: Facts
    members: Mapping[Family, Members]
    window: Window

    def ask(self, resource: Resource, *, is_loose: bool = False) -> list[Question]:
        """Every question about a resource; none about one that tells nothing of use."""
        kind = BY_TYPE.get(resource.type)
        if kind is None or not resource.physical_id or (kind.is_loose_only and not is_loose):
            return []
        if kind.needs == "secret":
            return [self._ask_secret(resource)]
        parts = {**parts_of(resource), "account": self.facts.account_id}
        return [question for signal in kind.signals for question in self._ask(resource, kind, signal, parts)]

    def _ask(self, resource: Resource, kind: Kind, signal: Signal, parts: Mapping[str, str]) -> list[Question]:
        bare = Question(resource, parts["name"], signal)
        if kind.needs == "api_name":
            return [self._ask_api(bare)]
        if kind.needs == "rule":
            return self._ask_rule(bare, parts)
        if kind.needs == "bus":
            return self._ask_bus(bare)
        if signal.series_by:
            return self._ask_members(bare, _fill(signal, parts))
        return [_asked(bare, _fill(signal, parts))]

    def _ask_api(self, bare: Question) -> Question:
        names = self.facts.api_names
        name = names.known.get(bare.name)
        if name is None:
            return _untold(bare, names.fault or f"The REST API {bare.name} is in no list.")
        if list(names.known.values()).count(name) > 1:
            return _asked(replace(bare, known=_shared(bare, name)), {"ApiName": name})
        return _asked(replace(bare, name=name), {"ApiName": name})

    def _ask_rule(self, bare: Question, parts: Mapping[str, str]) -> list[Question]:
        rules = self.facts.rules
        if rules.fault:
            return [_untold(bare, rules.fault)]
        rule = rules.known.get(bare.name)
        return [] if rule is not None and rule.schedule else [_asked(bare, _fill(bare.signal, parts))]

    def _ask_bus(self, bare: Question) -> list[Question]:
        rules = self.facts.rules
        if rules.fault:
            return [_untold(bare, rules.fault)]
        on_it = [rule for rule in rules.known.values() if rule.bus == bare.name and _is_somebodys(rule)]
        return [_asked(replace(bare, name=rule.name), _dimensions_of(rule)) for rule in on_it]

    def _ask_members(self, bare: Question, own: Mapping[str, str]) -> list[Question]:
        if self.window.length > HORIZON:
            return [_untold(bare, f"CloudWatch names the series of {bare.signal.title} for {HORIZON.days} days only.")]
        members = self.members[Family.of(bare.signal)]
        if members.fault:
            return [_untold(bare, members.fault)]
        return [_asked(bare, dimensions) for dimensions in members.under(own)]

    def _ask_secret(self, resource: Resource) -> Question:
        secrets, name = self.facts.secrets, parts_of(resource)["name"]
        bare = Question(resource, name, Signal("AWS/SecretsManager", "LastAccessedDate", {}))
        if secrets.fault or name not in secrets.known:
            return _untold(bare, secrets.fault or f"The secret {name} is in no list.")
        return replace(bare, known=Reading(bare.signal.title, name, secrets.known[name]))


def _fill(signal: Signal, parts: Mapping[str, str]) -> dict[str, str]:
    filled = {name: form.format_map(parts) for name, form in signal.dimensions.items()}
    return {name: value for name, value in filled.items() if value}


def _dimensions_of(rule: Rule) -> dict[str, str]:
    return {"RuleName": rule.name, **({} if rule.bus == "default" else {"EventBusName": rule.bus})}


def _is_somebodys(rule: Rule) -> bool:
    return not rule.schedule and not is_left_by_tool(rule.name, rule.bus)


def _asked(bare: Question, dimensions: Mapping[str, str]) -> Question:
    signal = bare.signal
    series = Series(signal.namespace, signal.metric, signal.statistic, tuple(sorted(dimensions.items())), signal.region)
    return replace(bare, series=series, minus=replace(series, metric=signal.minus) if signal.minus else None)


def _untold(bare: Question, why: str) -> Question:
    return replace(bare, known=Reading(bare.signal.title, bare.name, fault=why))


def _shared(bare: Question, name: str) -> Reading:
    return Reading(
        bare.signal.title, name, fault=f"Several REST APIs are named {name}, and CloudWatch counts them as one."
    )


def read_answer(question: Question, answers: Mapping[Series, Days]) -> tuple[Reading, Mapping[datetime, float]]:
    """What became of a question: the reading, and the days with use behind it."""
    if question.series is None:
        return question.known or Reading(question.signal.title, question.name, fault="It was not asked about."), {}
    days, less = answers[question.series], answers[question.minus] if question.minus else Days({})
    amounts = {at: value - less.amounts.get(at, 0.0) for at, value in days.amounts.items()}
    used = {at: value for at, value in amounts.items() if value > question.signal.above}
    fault = days.fault or less.fault
    title, name = question.signal.title, question.name
    if question.known is not None and (used or fault):
        return question.known, {}
    last = max(used, default=None)
    if last is None or less.fault:
        return Reading(title, name, fault=fault), {}
    return Reading(title, name, last, used[last]), used


def families_of(resources: Sequence[Resource]) -> list[Family]:
    """The families whose members the questions about these resources need."""
    kinds = [BY_TYPE[each.type] for each in resources if each.type in BY_TYPE]
    return [
        Family.of(signal)
        for kind in dict.fromkeys(k.type for k in kinds)
        for signal in BY_TYPE[kind].signals
        if signal.series_by
    ]
