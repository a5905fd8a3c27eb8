"""The docket: all findings of a round, made of what the rules say now and of what was found before.

| the finding before                               | this round                                  | it is               |
|--------------------------------------------------|---------------------------------------------|---------------------|
| any, or none                                     | its rule speaks for the subject             | advanced            |
| open                                             | its rule is in doubt                        | frozen              |
| open                                             | its rule still holds, another speaks first  | cleared, naming it  |
| open                                             | its rule has nothing to say                 | cleared             |
| open                                             | its subject is not there                    | cleared, it is gone |
| open                                             | its subject's place was not read whole      | frozen              |
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from app.core.finding import Finding, Reply, Rule, finding_id
from app.core.fleet import Verdict
from app.core.reaping import Opinion, Policy, advance, clear, weigh

GONE = "It is gone."
HIDDEN = "Its account and region could not be read whole."


@dataclass(frozen=True)
class Docket:
    """What a round begins with. `whole` are the accounts and regions that could be read whole, `over` what is told when
    a rule has nothing to say any more.
    """

    before: Sequence[Finding]
    replies: Mapping[str, Sequence[Reply]]
    whole: frozenset[tuple[str, str]]
    over: Mapping[Rule, str]
    policy: Policy
    now: datetime

    def settle(self, opinions: Iterable[Opinion]) -> list[Finding]:
        """Every finding as it stands after this round, also those that cleared in it."""
        known = {finding.id: finding for finding in self.before if finding.is_open}
        settled: dict[str, Finding] = {}
        for opinion in opinions:
            for finding in self._of(opinion, known):
                settled[finding.id] = finding
        for finding in known.values():
            if finding.id not in settled:
                settled[finding.id] = self._without(finding)
        return list(settled.values())

    def _of(self, opinion: Opinion, known: Mapping[str, Finding]) -> Iterator[Finding]:
        """The findings about one subject."""
        replies = weigh(self.replies.get(opinion.subject.key, ()), self.now)
        leading = opinion.leading
        said = {judgement.rule: judgement for judgement in opinion.judgements}
        for rule in Rule:
            before = known.get(finding_id(rule, opinion.subject.key))
            judgement = said.get(rule)
            if judgement is not None and (judgement is leading or (judgement.doubt and before)):
                yield advance(opinion, judgement, before, replies, self.policy, self.now)
            elif before is not None:
                other = f"It is told as {leading.rule} now." if judgement and leading else self.over[rule]
                yield clear(before, other, self.now)

    def _without(self, finding: Finding) -> Finding:
        """A finding whose subject was not seen in this round."""
        if (finding.subject.account, finding.subject.region) in self.whole:
            return clear(finding, GONE, self.now)
        return replace(finding, verdict=Verdict.UNKNOWN, note=HIDDEN)
