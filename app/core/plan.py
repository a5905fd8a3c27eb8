"""The plan: from what is wanted and what is there to what is done next, and why.

One row per status that CloudFormation may show (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/
view-stack-events.html), for a stack that is wanted with payload P and for one that is to go. `tests/unit/core/
test_plan.py` has a case per cell.

    status                                    | wanted with payload P                     | to go
    ------------------------------------------+-------------------------------------------+---------------------------
    ABSENT, DELETE_COMPLETE                   | create; failed if P is what failed        | gone
    REVIEW_IN_PROGRESS                        | delete (it holds nothing), then create    | delete
    CREATE_IN_PROGRESS                        | wait                                      | delete at once
    CREATE_COMPLETE, UPDATE_COMPLETE,         | ready if P stands; failed if P failed;    | delete
      IMPORT_COMPLETE                         |   else update                             |
    UPDATE_COMPLETE_CLEANUP_IN_PROGRESS       | ready if P stands, else wait              | wait
    UPDATE_IN_PROGRESS                        | wait                                      | cancel the update once
    UPDATE_ROLLBACK_COMPLETE,                 | ready if P stands; failed if P failed;    | delete
      IMPORT_ROLLBACK_COMPLETE                |   else update                             |
    UPDATE_ROLLBACK_IN_PROGRESS,              | failed if P failed, wait                  | wait
      .._COMPLETE_CLEANUP_IN_PROGRESS         |                                           |
    ROLLBACK_IN_PROGRESS                      | failed if P failed, wait                  | delete
    CREATE_FAILED, ROLLBACK_COMPLETE,         | failed if P failed; else delete,          | delete
      ROLLBACK_FAILED                         |   then create, once for each P            |
    UPDATE_FAILED                             | failed if P failed; else roll back once,  | delete
                                              |   then delete and create                  |
    UPDATE_ROLLBACK_FAILED                    | continue the rollback once, again without | delete
                                              |   what blocks it; then failed if P        |
                                              |   failed, else delete and create          |
    DELETE_IN_PROGRESS                        | failed if P failed; wait, then create     | wait
    DELETE_FAILED                             | delete when the next try is due           | delete when due
    IMPORT_IN_PROGRESS, IMPORT_ROLLBACK_      | blocked: not our doing                    | blocked
      .._IN_PROGRESS, .._FAILED, UNKNOWN      |                                           |

A stack that stands in another account or region than it is wanted in goes like one that is to go, and is then created
where it is wanted. Where an update's answer never came, nothing is ready or failed until one was asked for again.

Several stacks advance side by side: a stack starts when those it needs are ready, and goes when those that need it are
gone. A failure skips its dependents and nothing else. What takes longer than it should is said, and followed all the
same (`lateness`). Pure: time comes in as `now`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core import teardown
from app.core.actions import Action, Prepare, Verify
from app.core.advance import step_towards
from app.core.blueprint import Blueprint, Payload, Preparation, ReferenceUnresolved
from app.core.environment import Environment, Phase, Target
from app.core.stack import StackRecord
from app.core.step import Progress, Step, short, summarise
from app.core.verification import Verification, tell_leftovers

MOST_PENDING = 3
SAFETY_NET = timedelta(seconds=15)
"""How soon a pass looks again by itself while CloudFormation works; the watch is usually quicker."""


@dataclass(frozen=True)
class Plan:
    """What to do, in which phase that puts the environment, and the one sentence that says why."""

    phase: Phase
    reason: str
    actions: tuple[Action, ...] = ()
    requeue_after: timedelta | None = None


@dataclass(frozen=True)
class Actual:
    """What is there: the records of the environment's stacks, what was made of the wanted commit (None where nothing
    was yet), and what the looks after the deletion found (None before there was one)."""

    records: tuple[StackRecord, ...] = ()
    preparation: Preparation | None = None
    verification: Verification | None = None


PayloadMaker = Callable[[Target, Blueprint, Mapping[str, Mapping[str, str]]], Payload]
"""Makes a target's payload from its blueprint and the outputs of the stacks that it needs."""


def plan(environment: Environment, actual: Actual, make_payload: PayloadMaker, now: datetime) -> Plan:
    """The next step of one environment."""
    desired = environment.desired
    if not desired.is_wanted:
        return _plan_removal(environment, actual, now)
    if desired.fault is not None:
        return Plan(Phase.FAILED, desired.fault)
    preparation = actual.preparation
    if preparation is not None and preparation.fault is not None:
        return Plan(Phase.FAILED, preparation.fault)
    if preparation is None or any(target.stack not in preparation.blueprints for target in desired.targets):
        phase = Phase.UPDATING if environment.deployed_commit else Phase.CREATING
        return Plan(phase, f"Reading commit {short(desired.commit)}.", (Prepare(desired.commit),))
    return _plan_commit(environment, actual, preparation.blueprints, make_payload, now)


def _plan_removal(environment: Environment, actual: Actual, now: datetime) -> Plan:
    why = environment.desired.why_gone or "Nobody wants it any more."
    steps = teardown.plan_removal(environment.desired.targets, actual.records, now)
    if steps:
        phase, reason = summarise(steps, Phase.DELETING)
        return Plan(phase, f"{why} {reason}", _actions(steps), _requeue(steps, now))
    if actual.records:
        return _plan_verification(actual.verification, why, now)
    return Plan(Phase.GONE, f"{why} Everything is gone.")


def _plan_verification(seen: Verification | None, why: str, now: datetime) -> Plan:
    """The stacks are deleted: what the looks for them say, and the next look where one is due."""
    if seen is None:
        return Plan(Phase.VERIFYING, f"{why} Looking for what the stacks may have left.", (Verify(),))
    told = {
        Phase.VERIFYING: f"Waiting until {', '.join(seen.pending[:MOST_PENDING])} is really gone.",
        Phase.LEAKED: tell_leftovers(seen.leftovers),
        Phase.GONE: "Everything is gone.",
    }
    looks = (Verify(),) if seen.next_at and seen.next_at <= now else ()
    again = None if seen.next_at is None else max(seen.next_at - now, timedelta(0))
    return Plan(seen.phase, f"{why} {told[seen.phase]}", looks, again or (SAFETY_NET if looks else None))


def _plan_commit(
    environment: Environment,
    actual: Actual,
    blueprints: Mapping[str, Blueprint],
    make_payload: PayloadMaker,
    now: datetime,
) -> Plan:
    desired = environment.desired
    records = {record.stack: record for record in actual.records}
    steps: dict[str, Step] = {}
    for target in desired.targets:
        steps[target.stack] = _step_in_turn(target, records, steps, blueprints, make_payload, now)
    unlisted = teardown.plan_unlisted(desired.targets, actual.records, list(steps.values()), now)
    every = [*steps.values(), *unlisted]
    busy = Phase.UPDATING if environment.deployed_commit else Phase.CREATING
    phase, reason = summarise(every, busy, desired.commit)
    return Plan(phase, reason, _actions(every), _requeue(every, now))


def _step_in_turn(
    target: Target,
    records: Mapping[str, StackRecord],
    steps: Mapping[str, Step],
    blueprints: Mapping[str, Blueprint],
    make_payload: PayloadMaker,
    now: datetime,
) -> Step:
    """One target's step, once the stacks that it needs stand (targets come in the order of their needs)."""
    unready = [need for need in target.needs if steps[need].progress is not Progress.READY]
    broken = [need for need in unready if steps[need].progress in (Progress.FAILED, Progress.SKIPPED)]
    if broken:
        return Step(target.name, Progress.SKIPPED, f"{target.name} was skipped: it needs {broken[0]}, which failed.")
    if unready:
        return Step(target.name, Progress.WAITING, f"{target.name} waits for {', '.join(unready)}.")
    outputs = {need.partition("@")[0]: records[need].outputs for need in target.needs}
    try:
        payload = make_payload(target, blueprints[target.stack], outputs)
    except ReferenceUnresolved as unresolved:
        return Step(target.name, Progress.FAILED, str(unresolved))
    return step_towards(target, records.get(target.stack), payload, now)


def _actions(steps: list[Step]) -> tuple[Action, ...]:
    return tuple(step.action for step in steps if step.action is not None)


def _requeue(steps: list[Step], now: datetime) -> timedelta | None:
    """When to look again by itself: soon while something moves, at the next try where one is set, else never."""
    waits = [max(step.not_before - now, timedelta(0)) for step in steps if step.not_before]
    if any(step.is_moving for step in steps):
        waits.append(SAFETY_NET)
    return min(waits, default=None)
