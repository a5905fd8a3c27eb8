"""What the store keeps comes back as it was, on SQLite and on PostgreSQL."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.core.deployment import Outcome
from app.core.environment import Desired, Phase
from app.core.source import Source, SourceKey
from app.core.stack import StackStatus
from app.core.verification import Verification
from app.store.database import Database
from app.store.decisions import list_decisions, record_decision
from app.store.deployments import end_deployment, last_deployed, list_deployments, save_deployment
from app.store.environments import (
    every_stack,
    find_environment,
    find_verification,
    list_environments,
    save_environment,
    save_stack,
    save_verification,
    stacks_at,
    stacks_of,
    want,
)
from app.store.inventory import inventory_of, save_inventory
from app.store.leaks import list_leaks, save_leaks
from app.store.outbox import Told, find_told, save_told
from app.store.preparations import (
    find_preparation,
    forget_artifacts,
    known_artifacts,
    save_artifact,
    save_preparation,
)
from app.store.sources import every_source, find_source, pull_requests_on, save_source, sources_of
from tests.contract.records import (
    DECISION,
    DEPLOYMENT,
    DESIRED,
    ENVIRONMENT,
    ITEM,
    LEAK,
    NOW,
    PREPARATION,
    SOURCE,
    STACK,
    TOLD,
    VERIFICATION,
    defaulted,
)

NOT_KEPT = ["base", "base_commit", "body", "labels", "is_bot"]
"""Fields of a source that are read anew each time."""


@pytest.mark.parametrize(
    ("record", "left"),
    [
        (ENVIRONMENT, []),
        (DESIRED, []),
        (STACK, []),
        (SOURCE, NOT_KEPT),
        (DEPLOYMENT, []),
        (PREPARATION, []),
        (ITEM, []),
        (LEAK, []),
        (VERIFICATION, []),
        (TOLD, []),
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_records_of_these_tests_set_every_field(record: Any, left: list[str]) -> None:
    assert defaulted(record) == left


class TestEnvironments:
    def test_every_field_comes_back(self, database: Database) -> None:
        with database.begin() as connection:
            save_environment(connection, ENVIRONMENT)
        with database.read() as connection:
            assert find_environment(connection, "SHOP-42") == ENVIRONMENT

    def test_an_environment_with_nothing_optional_comes_back(self, database: Database) -> None:
        bare = replace(
            ENVIRONMENT,
            ticket=None,
            desired=Desired(is_wanted=False),
            pull_request=None,
            channel=None,
            deployed_commit=None,
            expires_at=None,
            keep_until=None,
            gone_at=None,
            cost_per_month=None,
        )
        with database.begin() as connection:
            save_environment(connection, bare)
            assert find_environment(connection, "SHOP-42", lock=True) == bare

    def test_an_unknown_name_is_nothing(self, database: Database) -> None:
        with database.read() as connection:
            assert find_environment(connection, "SHOP-43") is None

    def test_saving_again_overwrites(self, database: Database) -> None:
        later = replace(ENVIRONMENT, phase=Phase.READY, reason="is ready", expires_at=None)
        with database.begin() as connection:
            save_environment(connection, ENVIRONMENT)
            save_environment(connection, later)
            assert list_environments(connection) == [later]

    def test_gone_ones_are_listed_only_where_asked_for_and_the_newest_is_first(self, database: Database) -> None:
        gone = replace(ENVIRONMENT, name="SHOP-1", phase=Phase.GONE)
        newer = replace(ENVIRONMENT, name="SHOP-3", created_at=NOW + timedelta(seconds=1))
        with database.begin() as connection:
            for environment in (gone, ENVIRONMENT, newer):
                save_environment(connection, environment)
            assert list_environments(connection) == [newer, ENVIRONMENT]
            assert list_environments(connection, with_gone=True) == [newer, gone, ENVIRONMENT]

    def test_wanting_something_else_voids_what_was_found(self, database: Database) -> None:
        with database.begin() as connection:
            save_environment(connection, ENVIRONMENT)
            assert find_verification(connection, "SHOP-42") is None
            save_verification(connection, "SHOP-42", VERIFICATION)
            save_environment(connection, ENVIRONMENT)
            assert find_verification(connection, "SHOP-42") == VERIFICATION
            want(connection, "SHOP-42", Desired(is_wanted=True), NOW + timedelta(days=1))
            assert find_verification(connection, "SHOP-42") is None
            found = find_environment(connection, "SHOP-42")
        assert found == replace(ENVIRONMENT, desired=Desired(is_wanted=True), last_activity_at=NOW + timedelta(days=1))

    def test_a_look_that_found_nothing_is_no_missing_look(self, database: Database) -> None:
        with database.begin() as connection:
            save_environment(connection, ENVIRONMENT)
            save_verification(connection, "SHOP-42", Verification(NOW, NOW))
            assert find_verification(connection, "SHOP-42") == Verification(NOW, NOW)

    def test_hostile_text_is_kept_as_far_as_a_database_can(self, database: Database) -> None:
        hostile = "a\x00b \ud800 '; DROP TABLE environments; -- <script>"
        with database.begin() as connection:
            save_environment(connection, replace(ENVIRONMENT, reason=hostile, desired=replace(DESIRED, fault=hostile)))
            found = find_environment(connection, "SHOP-42")
        assert found
        assert found.reason == "a\ufffdb \ufffd '; DROP TABLE environments; -- <script>"
        assert found.desired.fault == hostile


class TestStacks:
    def test_every_field_comes_back(self, database: Database) -> None:
        with database.begin() as connection:
            save_stack(connection, STACK)
            assert stacks_of(connection, "SHOP-42") == [STACK]
            assert stacks_of(connection, "SHOP-43") == []

    def test_saving_again_overwrites(self, database: Database) -> None:
        later = replace(STACK, status=StackStatus.UPDATE_COMPLETE, operation=None, resources=(), outputs={})
        with database.begin() as connection:
            save_stack(connection, STACK)
            save_stack(connection, later)
            assert stacks_of(connection, "SHOP-42") == [later]

    def test_a_watch_sees_those_at_work_in_its_place(self, database: Database) -> None:
        done = replace(STACK, stack="bus", status=StackStatus.CREATE_COMPLETE)
        elsewhere = replace(STACK, stack="web", region="us-east-1")
        with database.begin() as connection:
            for record in (STACK, done, elsewhere):
                save_stack(connection, record)
            assert stacks_at(connection, "dev", "eu-west-1") == [STACK]


class TestSources:
    def test_what_is_kept_comes_back(self, database: Database) -> None:
        with database.begin() as connection:
            save_source(connection, SOURCE, "SHOP-42", NOW)
            assert find_source(connection, SOURCE.key) == (SOURCE, "SHOP-42")
            assert sources_of(connection, "SHOP-42") == [SOURCE]

    def test_a_branch_is_found_by_its_key(self, database: Database) -> None:
        branch = Source("acme/shop", None, "main#2@x", "c" * 40, "ada")
        with database.begin() as connection:
            save_source(connection, branch, None, NOW)
            assert find_source(connection, SourceKey("acme/shop", branch="main#2@x")) == (branch, None)
            assert find_source(connection, SourceKey("acme/shop", branch="main")) is None

    def test_a_push_concerns_the_open_pull_requests_of_its_branch(self, database: Database) -> None:
        mine = replace(SOURCE, is_open=True, fork=False)
        others = [
            replace(mine, pull_request=58, is_open=False),
            replace(mine, pull_request=59, fork=True),
            replace(mine, pull_request=60, branch="other"),
            replace(mine, pull_request=None),
            replace(mine, repository="acme/bus"),
        ]
        with database.begin() as connection:
            for source in (mine, *others):
                save_source(connection, source, None, NOW)
            assert pull_requests_on(connection, "acme/shop", SOURCE.branch) == [mine.key]


class TestDeployments:
    def test_every_field_comes_back(self, database: Database) -> None:
        with database.begin() as connection:
            save_deployment(connection, DEPLOYMENT)
            assert list_deployments(connection, "SHOP-42") == [DEPLOYMENT]

    def test_one_that_runs_ends_and_the_newest_comes_first(self, database: Database) -> None:
        running = replace(
            DEPLOYMENT, id="2", outcome=Outcome.RUNNING, started_at=NOW + timedelta(hours=1), ended_at=None
        )
        with database.begin() as connection:
            save_deployment(connection, DEPLOYMENT)
            save_deployment(connection, running)
            end_deployment(connection, running, Outcome.SUCCEEDED, NOW + timedelta(hours=2))
            ended = replace(running, outcome=Outcome.SUCCEEDED, ended_at=NOW + timedelta(hours=2), cause=None)
            assert list_deployments(connection, "SHOP-42") == [ended, DEPLOYMENT]


class TestDecisions:
    def test_the_log_keeps_its_order(self, database: Database) -> None:
        later = replace(DECISION, at=NOW + timedelta(seconds=1), reason="is ready", actions=())
        of_the_source = replace(DECISION, subject="acme/shop#57", phase=None)
        with database.begin() as connection:
            for decision in (DECISION, of_the_source, later):
                assert record_decision(connection, decision)
            assert list_decisions(connection, ["SHOP-42", "acme/shop#57"]) == [DECISION, of_the_source, later]
            assert list_decisions(connection, ["SHOP-42"]) == [DECISION, later]

    def test_the_same_again_with_nothing_done_is_not_written_down(self, database: Database) -> None:
        idle = replace(DECISION, actions=())
        with database.begin() as connection:
            assert record_decision(connection, idle)
            assert not record_decision(connection, replace(idle, at=NOW + timedelta(hours=1)))
            assert record_decision(connection, DECISION)
            assert record_decision(connection, replace(idle, phase="ready"))


class TestPreparations:
    def test_every_field_comes_back(self, database: Database) -> None:
        with database.begin() as connection:
            save_preparation(connection, "SHOP-42", PREPARATION)
            assert find_preparation(connection, "SHOP-42", PREPARATION.commit) == PREPARATION
            assert find_preparation(connection, "SHOP-42", "d" * 40) is None

    def test_the_newest_commit_replaces_the_last_and_can_be_forgotten(self, database: Database) -> None:
        newer = replace(PREPARATION, commit="d" * 40, fault=None)
        with database.begin() as connection:
            save_preparation(connection, "SHOP-42", PREPARATION)
            save_preparation(connection, "SHOP-42", newer)
            assert find_preparation(connection, "SHOP-42", PREPARATION.commit) is None
            assert find_preparation(connection, "SHOP-42", newer.commit) == newer

    def test_artifacts_are_known_by_bucket(self, database: Database) -> None:
        with database.begin() as connection:
            save_artifact(connection, "one", "key", NOW)
            save_artifact(connection, "one", "key", NOW + timedelta(hours=1))
            save_artifact(connection, "two", "other", NOW)
            assert known_artifacts(connection, "one", NOW) == {"key"}
            assert known_artifacts(connection, "three", NOW) == frozenset()

    def test_artifacts_that_were_sent_too_long_ago_are_not_relied_upon(self, database: Database) -> None:
        with database.begin() as connection:
            save_artifact(connection, "one", "old", NOW - timedelta(seconds=1))
            save_artifact(connection, "one", "new", NOW)
            assert known_artifacts(connection, "one", NOW) == {"new"}

    def test_artifacts_are_forgotten_by_repository(self, database: Database) -> None:
        keys = ["acme/shop/1.zip", "acme/shop2/1.zip", "acme/shop_/1.zip", "acme/shopx/1.zip"]
        with database.begin() as connection:
            for key in keys:
                save_artifact(connection, "one", key, NOW)
            save_artifact(connection, "two", keys[0], NOW)
            assert forget_artifacts(connection, "Acme/Shop") == 2
            assert forget_artifacts(connection, "acme/shop_") == 1
            assert known_artifacts(connection, "one", NOW) == {keys[1], keys[3]}


class TestOutbox:
    def test_every_field_comes_back(self, database: Database) -> None:
        with database.begin() as connection:
            save_told(connection, TOLD)
            assert find_told(connection, "SHOP-42", "slack") == TOLD

    def test_nothing_told_is_an_empty_record(self, database: Database) -> None:
        with database.read() as connection:
            assert find_told(connection, "SHOP-42", "slack") == Told("SHOP-42", "slack")


class TestInventory:
    def test_what_is_gone_stays_noted(self, database: Database) -> None:
        other = replace(ITEM, logical_id="Queue")
        with database.begin() as connection:
            save_inventory(connection, "SHOP-42", [ITEM, other])
            save_inventory(connection, "SHOP-42", [replace(ITEM, physical_id="renamed")])
            save_inventory(connection, "SHOP-43", [ITEM])
            assert inventory_of(connection, "SHOP-42") == [replace(ITEM, physical_id="renamed"), other]


class TestLeaks:
    def test_a_look_replaces_the_one_before_and_keeps_since_when(self, database: Database) -> None:
        later = NOW + timedelta(hours=6)
        again, new = replace(LEAK, found_at=later), replace(LEAK, arn="arn:new", found_at=later)
        with database.begin() as connection:
            save_leaks(connection, "SHOP-42", [LEAK, replace(LEAK, arn="arn:old")])
            save_leaks(connection, "SHOP-43", [replace(LEAK, environment="SHOP-43")])
            save_leaks(connection, "SHOP-42", [again, new])
            assert list_leaks(connection, "SHOP-42") == [LEAK, new]
            assert {leak.environment for leak in list_leaks(connection)} == {"SHOP-42", "SHOP-43"}


class TestWhatTheReaperAsks:
    def test_every_stack_of_every_environment(self, database: Database) -> None:
        other = replace(STACK, environment="SHOP-7", id="arn:7")
        with database.begin() as connection:
            for record in (STACK, other):
                save_stack(connection, record)
            assert every_stack(connection) == [STACK, other]

    def test_the_last_success_of_each_environment(self, database: Database) -> None:
        ends = [(1, Outcome.SUCCEEDED), (2, Outcome.SUCCEEDED), (3, Outcome.FAILED)]
        with database.begin() as connection:
            for hours, outcome in ends:
                end_deployment(connection, replace(DEPLOYMENT, id=str(hours)), outcome, NOW + timedelta(hours=hours))
            assert last_deployed(connection) == {"SHOP-42": NOW + timedelta(hours=2)}

    def test_the_sources_of_each_environment(self, database: Database) -> None:
        with database.begin() as connection:
            save_source(connection, SOURCE, "SHOP-42", NOW)
            save_source(connection, replace(SOURCE, pull_request=58), "SHOP-42", NOW)
            save_source(connection, replace(SOURCE, pull_request=59), None, NOW)
            first, second = (SourceKey("acme/shop", pull_request=number) for number in (57, 58))
            assert every_source(connection) == {"SHOP-42": [first, second]}
