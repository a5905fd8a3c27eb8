"""Random interleavings of people, CloudFormation's moods and crashes, against what must hold whatever happens.

Always: no live stack of ours without a record; nothing is called gone while a stack of ours lives, nothing ready that
does not stand as wanted; one change of one stack in one pass; a foreign stack is never touched. And once things calm
down, a wanted environment is ready or failed and an unwanted one gone.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from app.core.environment import Phase
from app.core.errors import TransientError
from app.core.source import Source
from app.core.stack import StackStatus
from app.store.database import Database
from tests.builders import REGION, a_payload
from tests.twin_stack import GOES_WRONG, UPDATABLE, TwinStack
from tests.twins import Crash, Fault
from tests.unit.workers.stage import FURTHER_REGION, Stage, opened_database

FILES = {
    "none": None,
    "one": "stacks: {api: {template: t}}",
    "renamed": "stacks: {web: {template: t}}",
    "moved": f"stacks: {{api: {{template: t, regions: [{FURTHER_REGION}]}}}}",
    "both regions": f"stacks: {{api: {{template: t, regions: [{REGION}, {FURTHER_REGION}]}}}}",
    "two": "stacks: {bus: {template: t}, api: {template: t, needs: [bus], parameters: {BusUrl: '${bus.Url}'}}}",
    "broken": "stacks: {api: {tempalte: t}}",
}
DELETABLE = frozenset({*UPDATABLE, StackStatus.CREATE_IN_PROGRESS, StackStatus.DELETE_FAILED})
MOST_FAILED_DELETIONS = 4
"""One more, and the stack is given up as leaked."""

NUMBERS = count(1000)


class Interleavings(RuleBasedStateMachine):
    """One environment under everything that may happen to it."""

    database: Database

    def __init__(self) -> None:
        super().__init__()
        self.stage = Stage(self.database, number=next(NUMBERS))
        self.failed_deletions: Counter[str] = Counter()
        self.is_open = False

    # what people do

    @rule(version=st.sampled_from(["v1", "v2", "v3"]), file=st.sampled_from(sorted(FILES)))
    def push(self, version: str, file: str) -> None:
        self.is_open = True
        self.stage.push(version, FILES[file])

    @precondition(lambda self: self.is_open)
    @rule()
    def close(self) -> None:
        self.is_open = False
        self.stage.set_open(False)

    @precondition(lambda self: self.stage.pushes and not self.is_open)
    @rule()
    def reopen(self) -> None:
        self.is_open = True
        self.stage.set_open(True)

    @precondition(lambda self: self.stage.pushes)
    @rule(labels=st.sets(st.sampled_from(["preview", "bug"])))
    def change_the_labels(self, labels: set[str]) -> None:
        """Labels gate the creation alone, and nothing here asks for one: the source is looked at, and that is all."""
        self.stage.pulls.show(replace(self.source, labels=tuple(sorted(labels))))
        self.resync()

    @precondition(lambda self: self.stage.pushes)
    @rule(times=st.integers(1, 3))
    def comment(self, times: int) -> None:
        """A comment, or any delivery that comes again: its source is looked at, and nothing else follows."""
        for _ in range(times):
            self.resync()

    @precondition(lambda self: self.stage.pushes)
    @rule(is_open=st.booleans())
    def change_without_a_webhook(self, is_open: bool) -> None:
        """It is closed or reopened, and the delivery is lost: nothing follows before the next look at the source."""
        self.stage.pulls.show(replace(self.source, is_open=is_open))

    @precondition(lambda self: self.stage.pushes)
    @rule()
    def resync(self) -> None:
        """The look that heals lost deliveries."""
        self.stage.take(self.source)
        self.is_open = self.source.is_open

    @precondition(lambda self: self.ours(*DELETABLE))
    @rule(data=st.data())
    def delete_by_hand(self, data: st.DataObject) -> None:
        stack = data.draw(st.sampled_from(self.ours(*DELETABLE)), label="stack")
        stack.begin("by hand", StackStatus.DELETE_IN_PROGRESS)

    @precondition(lambda self: self.ours(StackStatus.CREATE_COMPLETE))
    @rule(data=st.data())
    def update_by_hand(self, data: st.DataObject) -> None:
        stack = data.draw(st.sampled_from(self.ours(StackStatus.CREATE_COMPLETE)), label="stack")
        stack.asked = a_payload("by hand", tags=stack.stands.tags)
        stack.begin("by hand", StackStatus.UPDATE_IN_PROGRESS)

    @rule(suffix=st.sampled_from(["", "-api", "-bus"]))
    def plant_a_foreign_stack(self, suffix: str) -> None:
        name = f"{self.stage.name}{suffix}"
        if not any(stack.name == name and stack.is_alive for stack in self.stage.cloud.stacks):
            self.stage.cloud.stand(name, a_payload("foreign"))

    @precondition(lambda self: self.foreign())
    @rule()
    def remove_the_foreign_stacks(self) -> None:
        for stack in self.foreign():
            stack.enter(StackStatus.DELETE_COMPLETE)

    # what CloudFormation does

    @precondition(lambda self: self.stage.cloud.moving())
    @rule(data=st.data())
    def go_on(self, data: st.DataObject) -> None:
        data.draw(st.sampled_from(self.stage.cloud.moving()), label="stack").goes_on()

    @precondition(lambda self: self.fallible())
    @rule(data=st.data())
    def go_wrong(self, data: st.DataObject) -> None:
        stack = data.draw(st.sampled_from(self.fallible()), label="stack")
        self.failed_deletions[stack.id] += stack.status is StackStatus.DELETE_IN_PROGRESS
        stack.goes_wrong()

    # what happens to us

    @rule(fault=st.sampled_from(get_args(Fault)))
    def be_about_to_lose_the_next_call(self, fault: Fault) -> None:
        self.stage.cloud.fault = fault

    @rule(minutes=st.sampled_from([0, 2, 20, 400]))
    def reconcile(self, minutes: int) -> None:
        self.stage.clock.pass_(timedelta(minutes=minutes))
        if not self.stage.pushes:
            return
        with suppress(Crash, TransientError):
            self.stage.reconcile()
            self.check_the_phase()
        self.check_the_stacks()

    # what must hold

    def check_the_stacks(self) -> None:
        subjects = [subject for _, subject in self.stage.cloud.mutations]
        assert len(subjects) == len(set(subjects)), subjects
        assert not {stack.id for stack in self.foreign()} & set(subjects)
        records = self.stage.records()
        ids = {record.id for record in records}
        asked_for = {record.name for record in records if record.id is None and record.operation == "create"}
        for stack in self.ours():
            assert stack.id in ids or stack.name in asked_for, f"{stack.id} is in {stack.status} without a record"

    def check_the_phase(self) -> None:
        environment = self.stage.environment()
        if environment.phase is Phase.GONE:
            assert not self.ours()
        if environment.phase is Phase.READY:
            version = self.stage.preparer.versions[environment.desired.commit]
            records = {record.stack: record for record in self.stage.records()}
            standing = {stack.id: stack for stack in self.ours()}
            for target in environment.desired.targets:
                record = records[target.stack]
                stack = standing.pop(record.id or "")
                assert (stack.region, stack.stands.blueprint.digest, stack.outputs) == (
                    target.region,
                    version,
                    record.outputs,
                )
            assert not standing

    def teardown(self) -> None:
        """Calm down: nothing fails any more, and nobody stands in the way."""
        try:
            if self.stage.pushes:
                self.resync()
                self.stage.cloud.fault = None
                for stack in self.foreign():
                    stack.enter(StackStatus.DELETE_COMPLETE)
                self.stage.calm()
                wanted = self.stage.environment().desired.is_wanted
                assert wanted is self.is_open
                assert self.stage.phase() in ({Phase.READY, Phase.FAILED} if wanted else {Phase.GONE}), (
                    self.stage.environment().reason
                )
                self.check_the_phase()
        finally:
            self.stage.close()

    @property
    def source(self) -> Source:
        """The pull request as GitHub shows it."""
        return self.stage.pulls.sources[f"acme/shop#{self.stage.number}"]

    def ours(self, *statuses: StackStatus) -> list[TwinStack]:
        alive = [stack for stack in self.stage.cloud.stacks if stack.is_ours and stack.is_alive]
        return [stack for stack in alive if not statuses or stack.status in statuses]

    def foreign(self) -> list[TwinStack]:
        return [stack for stack in self.stage.cloud.stacks if not stack.is_ours and stack.is_alive]

    def fallible(self) -> list[TwinStack]:
        return [
            stack
            for stack in self.stage.cloud.moving()
            if stack.status in GOES_WRONG and self.failed_deletions[stack.id] < MOST_FAILED_DELETIONS
        ]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with opened_database(tmp_path) as database:
        yield database


def test_whatever_happens(database: Database) -> None:
    Interleavings.database = database
    run_state_machine_as_test(
        Interleavings,
        settings=settings(
            max_examples=200,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
