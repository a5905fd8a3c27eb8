"""A round of resync: what it wakes, what it lets go and when, and that it fails closed."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count

import pytest
import sqlalchemy as sa

from app.core.environment import Phase
from app.core.errors import TransientError
from app.core.naming import name_for_ticket
from app.core.source import Source, SourceKey
from app.core.stack import ObservedStack, StackStatus
from app.sandbox.slack import SlackSandbox
from app.slack.client import Slack
from app.store.database import Connection
from app.store.decisions import list_decisions
from app.store.sources import find_source
from app.store.tables import wakes
from tests.builders import a_source
from tests.unit.workers.stage import ONE, Stage
from workers.alarm import Alarm
from workers.resync import MOST_ASKED, PORTION, SUBJECT, Resync, Round

EVERY = timedelta(minutes=5)
GRACE = timedelta(minutes=15)
SHOP = "acme/shop"
CHANNEL = "#previews"


@dataclass
class SurveyTwin:
    """GitHub's lists and AWS's, taken from the stage's twins; `dark` repositories cannot be read."""

    stage: Stage
    dark: set[str] = field(default_factory=set)
    is_empty: bool = False
    is_aws_dark: bool = False

    def repositories(self) -> Sequence[str]:
        return [SHOP]

    def openings(self, repositories: Sequence[str]) -> tuple[dict[SourceKey, str], set[str]]:
        shown = {
            source.key: source.commit
            for source in self.stage.pulls.sources.values()
            if source.is_open and source.pull_request and source.repository not in self.dark and not self.is_empty
        }
        return shown, set(repositories) - self.dark

    def stacks(self) -> tuple[list[ObservedStack], set[tuple[str, str]]]:
        if self.is_aws_dark:
            return [], set()
        found = self.stage.cloud.every_stack("default", "eu-west-1")
        return [stack for stack in found if stack.tags.get("mayfly:managed")], {("default", "eu-west-1")}


@dataclass
class Rounds:
    """Rounds of resync on a stage."""

    stage: Stage
    survey: SurveyTwin
    slack: Slack | None = None

    @property
    def resync(self) -> Resync:
        stage = self.stage
        alarm = Alarm(stage.database, self.slack, CHANNEL, stage.clock)
        return Resync(stage.database, stage._wakes, stage.pulls, self.survey, EVERY, GRACE, stage.clock, alarm)

    def look(self, *, is_confirmed: bool = False) -> Round:
        return self.resync.look(is_confirmed=is_confirmed)

    def play(self, *, is_confirmed: bool = False) -> Round:
        """One round, and what it wakes is handled."""
        found = self.look(is_confirmed=is_confirmed)
        self.resync.apply(found)
        for source in (*found.to_look_at, *found.closings.due):
            self.stage._intake(str(source))
        return found

    def let_time_pass(self) -> None:
        self.stage.clock.pass_(GRACE)


@pytest.fixture
def rounds(ready: Stage) -> Rounds:
    return Rounds(ready, SurveyTwin(ready))


@pytest.fixture
def slack(rounds: Rounds) -> Iterator[SlackSandbox]:
    """Slack, which the alarm rings in."""
    with SlackSandbox.start() as sandbox:
        rounds.slack = Slack(sandbox.bot_token, sandbox.api_url)
        yield sandbox


def quietly(stage: Stage, **changes: object) -> Source:
    """The pull request changes on GitHub and no webhook says so."""
    source = stage.pulls.sources[f"{SHOP}#{stage.number}"]
    return stage.pulls.show(replace(source, **changes))  # type: ignore[arg-type]


def woken(stage: Stage) -> set[str]:
    with stage.database.read() as connection:
        return set(connection.execute(sa.select(wakes.c.key).where(wakes.c.queued.is_not(None))).scalars())


def test_a_round_over_a_healthy_fleet_finds_nothing(rounds: Rounds) -> None:
    assert rounds.look() == Round()


def test_a_pull_request_nobody_told_of_is_deployed(rounds: Rounds) -> None:
    rounds.stage.pulls.show(a_source(58, commit="b" * 40, branch="SHOP-58"))
    rounds.play()
    assert rounds.stage.environment("SHOP-58").desired.is_wanted


def test_a_lost_push_is_caught_up_with(rounds: Rounds) -> None:
    quietly(rounds.stage, commit="c" * 40)
    rounds.play()
    assert rounds.stage.environment().desired.commit == "c" * 40


def test_a_pull_request_that_gets_nothing_is_not_asked_about_again(rounds: Rounds) -> None:
    rounds.stage.show(a_source(59, commit="d" * 40, branch="SHOP-59", fork=True))
    assert rounds.look().to_look_at == ()


def test_a_lost_closing_takes_two_rounds_and_the_grace_time(rounds: Rounds) -> None:
    quietly(rounds.stage, is_open=False)
    rounds.play()
    assert rounds.stage.environment().desired.is_wanted
    rounds.play()
    assert rounds.stage.environment().desired.is_wanted
    rounds.let_time_pass()
    rounds.play()
    assert not rounds.stage.environment().desired.is_wanted
    rounds.stage.calm()
    assert rounds.stage.phase() is Phase.GONE


def test_one_that_is_reopened_meanwhile_stays(rounds: Rounds) -> None:
    quietly(rounds.stage, is_open=False)
    rounds.play()
    quietly(rounds.stage, is_open=True)
    rounds.play()
    rounds.let_time_pass()
    quietly(rounds.stage, is_open=False)
    assert rounds.play().closings.due == ()


def test_an_empty_list_alone_closes_nothing(rounds: Rounds) -> None:
    rounds.survey.is_empty = True
    for _ in range(3):
        rounds.play()
        rounds.let_time_pass()
    assert rounds.stage.environment().desired.is_wanted


def test_a_repository_that_cannot_be_read_keeps_everything(rounds: Rounds) -> None:
    rounds.survey.dark.add(SHOP)
    quietly(rounds.stage, is_open=False)
    for _ in range(3):
        found = rounds.play()
        rounds.let_time_pass()
    assert found.unread == (SHOP,)
    assert rounds.stage.environment().desired.is_wanted


def test_a_pull_request_that_is_not_shown_at_all_keeps_its_environment(rounds: Rounds) -> None:
    """A lost permission looks like that."""
    rounds.stage.pulls.sources.clear()
    for _ in range(3):
        rounds.play()
        rounds.let_time_pass()
    assert rounds.stage.environment().desired.is_wanted


def test_github_failing_for_one_question_is_no_answer(rounds: Rounds, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_repository: str, _number: int) -> Source | None:
        raise TransientError("GitHub answered 502")

    rounds.survey.is_empty = True
    monkeypatch.setattr(rounds.stage.pulls, "pull_request", fail)
    found = rounds.look()
    assert (found.closings.sightings, found.unread) == ((), (f"{SHOP}#57",))


def test_a_round_that_could_not_ask_forgets_no_sighting(rounds: Rounds, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_repository: str, _number: int) -> Source | None:
        raise TransientError("GitHub answered 502")

    quietly(rounds.stage, is_open=False)
    rounds.play()
    rounds.let_time_pass()
    with monkeypatch.context() as outage:
        outage.setattr(rounds.stage.pulls, "pull_request", fail)
        assert rounds.play().closings.due == ()
    assert [str(source) for source in rounds.play().closings.due] == [f"{SHOP}#57"]


def test_a_branch_among_many_is_let_go_although_each_round_asks_about_few(rounds: Rounds) -> None:
    stage, branch = rounds.stage, SourceKey(SHOP, branch="release/7")
    for number in range(2 * MOST_ASKED):
        commit = f"{number:040}"
        stage.pulls.files[commit, ".mayfly.yml"] = b"triggers: {branches: ['release/*']}\n" + ONE.encode()
        stage.show(a_source(None, branch=f"release/{number}", commit=commit))
    assert is_open(stage, branch)
    del stage.pulls.sources[str(branch)]
    for _ in range(8):
        rounds.play()
        stage.clock.pass_(EVERY)
    assert not is_open(stage, branch)


def is_open(stage: Stage, key: SourceKey) -> bool:
    with stage.database.read() as connection:
        found = find_source(connection, key)
    assert found is not None
    return found[0].is_open


def test_the_breaker_holds_a_mass_closing_until_somebody_confirms(rounds: Rounds) -> None:
    stage = rounds.stage
    close_many(rounds)
    found = rounds.play()
    assert (len(found.closings.held), found.closings.due) == (6, ())
    assert stage.environment().desired.is_wanted
    with stage.database.read() as connection:
        assert any("--confirm" in each.reason for each in list_decisions(connection, [SUBJECT]))
    rounds.play(is_confirmed=True)
    assert not stage.environment().desired.is_wanted


def close_many(rounds: Rounds) -> None:
    """Six pull requests are closed, no webhook says so, and the next round would let them go."""
    stage = rounds.stage
    for number in range(60, 65):
        stage.show(a_source(number, commit=f"{number:040}", branch=f"SHOP-{number}"))
    for source in list(stage.pulls.sources.values()):
        stage.pulls.show(replace(source, is_open=False))
    rounds.play()
    rounds.let_time_pass()


def shown(slack: SlackSandbox) -> list[str]:
    return [message.text for message in slack.channel(CHANNEL)]


def test_a_breaker_that_holds_is_told_once_with_the_command_that_lets_go(rounds: Rounds, slack: SlackSandbox) -> None:
    close_many(rounds)
    assert shown(slack) == []
    for _ in range(3):
        held = rounds.play().held_reason
    (text,) = shown(slack)
    assert text == held
    assert "`mayfly resync --confirm`" in text


def test_the_alarm_is_over_once_nothing_is_held(rounds: Rounds, slack: SlackSandbox) -> None:
    close_many(rounds)
    rounds.play()
    rounds.play(is_confirmed=True)
    assert shown(slack) == ["Over: resync holds nothing back any more."]


def test_a_round_that_saw_too_little_does_not_say_that_it_is_over(rounds: Rounds, slack: SlackSandbox) -> None:
    close_many(rounds)
    held = rounds.play().held_reason
    rounds.survey.dark.add(SHOP)
    assert rounds.play().closings.held == ()
    assert shown(slack) == [held]


def test_a_slack_that_is_away_does_not_fail_the_round(rounds: Rounds, slack: SlackSandbox) -> None:
    close_many(rounds)
    slack.down()
    assert rounds.play().closings.held
    slack.up()
    assert len(rounds.play().closings.held) == len(rounds.stage.pulls.sources)
    assert len(shown(slack)) == 1


def test_a_stack_deleted_by_hand_wakes_its_environment(rounds: Rounds) -> None:
    rounds.stage.stack().enter(StackStatus.DELETE_COMPLETE)
    found = rounds.play()
    assert found.environments == ("SHOP-57",)
    assert "SHOP-57" in woken(rounds.stage)


def test_stacks_that_could_not_be_listed_wake_nobody(rounds: Rounds) -> None:
    rounds.stage.stack().enter(StackStatus.DELETE_COMPLETE)
    rounds.survey.is_aws_dark = True
    found = rounds.look()
    assert (found.environments, found.unlisted) == ((), ("default/eu-west-1",))
    assert "the stacks in default/eu-west-1 could not be listed" in found.lines()


def test_many_are_woken_in_portions(rounds: Rounds, monkeypatch: pytest.MonkeyPatch) -> None:
    sources = tuple(SourceKey(SHOP, pull_request=number) for number in range(100, 102 + PORTION))
    begin, transactions = rounds.stage.database.begin, count()

    def begin_and_count() -> AbstractContextManager[Connection]:
        next(transactions)
        return begin()

    monkeypatch.setattr(rounds.stage.database, "begin", begin_and_count)
    rounds.resync.apply(Round(to_look_at=sources))
    assert woken(rounds.stage) >= {str(source) for source in sources}
    assert next(transactions) == 1 + 2


def test_a_round_is_about_nothing_that_an_environment_could_be_called(rounds: Rounds) -> None:
    assert name_for_ticket(SUBJECT) != SUBJECT
    quietly(rounds.stage, is_open=False)
    rounds.play()
    with rounds.stage.database.read() as connection:
        assert [each.phase for each in list_decisions(connection, [SUBJECT])] == [None]


def test_an_environment_on_its_way_is_woken(rounds: Rounds) -> None:
    rounds.stage.push("v2", ONE)
    rounds.stage.reconcile()
    assert rounds.look().environments == ("SHOP-57",)


def test_a_stack_with_our_mark_that_nobody_knows_is_told_and_left_alone(rounds: Rounds) -> None:
    payload = rounds.stage.stack().stands
    stranger = rounds.stage.cloud.stand("SHOP-99", payload, is_ours=True)
    found = rounds.play()
    assert found.strangers == (f"SHOP-99 ({stranger.id})",)
    assert stranger.is_alive


def test_a_dry_run_changes_nothing(rounds: Rounds) -> None:
    quietly(rounds.stage, commit="c" * 40)
    before = woken(rounds.stage)
    found = rounds.look()
    assert found.lines() == [f"look at {SHOP}#57: GitHub shows it otherwise than we know it"]
    assert woken(rounds.stage) == before
    assert rounds.stage.environment().desired.commit != "c" * 40
