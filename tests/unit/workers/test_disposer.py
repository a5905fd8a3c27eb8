"""Deleting what outlived its stack: step by step, by a rule or a click, and never past a refusal."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from app.core.errors import PermanentError
from app.core.finding import Finding, Reply, ReplyKind, Rule, State, Subject, describe_resource
from app.store.findings import add_reply, find_finding, save_findings
from tests.builders import a_finding, a_loose_case
from tests.unit.workers.stage import Stage
from workers.disposer import AGAIN, Disposer


@dataclass
class Shredder:
    """AWS: `left` steps are needed, and a refusal comes first where there is one."""

    left: int = 1
    refusal: str | None = None
    asked: list[str] = field(default_factory=list)

    def step(self, subject: Subject) -> bool:
        self.asked.append(subject.name)
        if self.refusal:
            raise PermanentError(self.refusal)
        self.left -= 1
        return self.left <= 0


@dataclass
class Labels:
    """AWS: the tags of everything; None where they cannot be read."""

    tags: dict[str, str] | None = field(default_factory=dict)

    def tags_of(self, _account: str, _region: str, arns: Sequence[str]) -> dict[str, dict[str, str] | None]:
        return dict.fromkeys(arns, self.tags)


@dataclass
class Yard:
    stage: Stage
    shredder: Shredder = field(default_factory=Shredder)
    labels: Labels = field(default_factory=Labels)

    def put(self, **changes: object) -> Finding:
        values = {"subject": describe_resource(a_loose_case()), "acted_at": self.stage.clock(), **changes}
        finding = a_finding(Rule.LEFTOVER, State.DELETING, **values)
        with self.stage.database.begin() as connection:
            save_findings(connection, [finding])
        return finding

    def step(self, finding: Finding) -> timedelta | None:
        stage = self.stage
        return Disposer(stage.database, stage._wakes, self.shredder, self.labels, stage.clock)(finding.id)

    def now(self, finding: Finding) -> Finding:
        with self.stage.database.read() as connection:
            found = find_finding(connection, finding.id)
        assert found
        return found


@pytest.fixture
def yard(stage: Stage) -> Yard:
    return Yard(stage)


def test_a_bucket_that_refills_while_it_is_emptied_goes_in_the_end(yard: Yard) -> None:
    finding = yard.put()
    yard.shredder.left = 3
    assert [yard.step(finding) for _ in range(3)] == [AGAIN, AGAIN, None]
    assert (yard.now(finding).state, yard.now(finding).note) == (State.CLEARED, "It was deleted.")
    yard.step(finding)
    assert len(yard.shredder.asked) == 3


@pytest.mark.parametrize(
    ("tags", "why"),
    [
        ({"mayfly:keep": "true"}, "Its tag mayfly:keep says so."),
        (None, "Its tags could not be read, and one of them may keep it."),
    ],
    ids=["a keep tag set since the look", "unreadable"],
)
def test_the_tags_of_this_moment_decide(yard: Yard, tags: dict[str, str] | None, why: str) -> None:
    finding = yard.put()
    yard.labels.tags = tags
    assert yard.step(finding) is None
    assert yard.shredder.asked == []
    assert (yard.now(finding).state, yard.now(finding).note) == (State.FLAGGED, f"It was not deleted. {why}")


def test_one_that_is_never_empty_is_given_back_to_people(yard: Yard) -> None:
    finding = yard.put()
    yard.shredder.left = 99
    yard.step(finding)
    yard.stage.clock.pass_(timedelta(hours=7))
    assert yard.step(finding) is None
    assert yard.now(finding).note == "It could not be emptied: somebody keeps writing to it."
    assert yard.now(finding).state is State.FLAGGED


def test_a_refusal_is_told_and_not_repeated(yard: Yard) -> None:
    finding = yard.put()
    yard.shredder.refusal = "AccessDenied"
    assert yard.step(finding) is None
    assert (yard.now(finding).state, yard.now(finding).note) == (
        State.FLAGGED,
        "It could not be deleted: AccessDenied",
    )


@pytest.mark.parametrize("state", [each for each in State if each is not State.DELETING])
def test_only_what_is_to_be_deleted_is(yard: Yard, state: State) -> None:
    finding = yard.put()
    with yard.stage.database.begin() as connection:
        save_findings(connection, [replace(finding, state=state)])
    yard.step(finding)
    assert yard.shredder.asked == []


def test_without_a_rule_that_may_or_a_persons_click_nothing_is_deleted(yard: Yard) -> None:
    finding = yard.put(may_act=False)
    yard.step(finding)
    assert yard.shredder.asked == []
    with yard.stage.database.begin() as connection:
        add_reply(connection, Reply(ReplyKind.DELETE, finding.subject.key, "ann", yard.stage.clock()))
    yard.step(finding)
    assert yard.shredder.asked == ["shop-42-assets"]


def test_a_keep_that_comes_in_between_is_heeded(yard: Yard) -> None:
    finding = yard.put()
    with yard.stage.database.begin() as connection:
        add_reply(connection, Reply(ReplyKind.NOT_OURS, finding.subject.key, "ann", yard.stage.clock()))
    yard.step(finding)
    assert yard.shredder.asked == []


def test_a_stack_is_not_the_disposers_business(yard: Yard) -> None:
    finding = a_finding(Rule.IDLE, State.DELETING)
    with yard.stage.database.begin() as connection:
        save_findings(connection, [finding])
    yard.step(finding)
    assert yard.shredder.asked == []
