"""What counts for the limits, on both databases."""

import threading
from dataclasses import replace
from datetime import timedelta

from app.core.environment import Phase
from app.core.stack import StackRecord, StackStatus
from app.store.admissions import count_creations, list_claims, list_queued, lock_admissions
from app.store.database import Database
from app.store.environments import save_environment, save_stack
from tests.builders import a_desired, an_environment
from tests.contract.records import NOW

HOUR_AGO = NOW - timedelta(hours=1)


def a_creation(name: str, **changes: object) -> StackRecord:
    record = StackRecord(name, "api", name, "default", "eu-west-1", operation="create", payload="p", started_at=NOW)
    return replace(record, **changes)  # type: ignore[arg-type]


class TestAdmissions:
    def test_claims_are_those_that_hold_a_place_or_would_like_one(self, database: Database) -> None:
        waiting = an_environment("SHOP-1", phase=Phase.QUEUED)
        inside = an_environment("SHOP-2", phase=Phase.READY, admitted_at=NOW)
        going = an_environment("SHOP-3", phase=Phase.DELETING, admitted_at=NOW, desired=a_desired(is_wanted=False))
        broken = an_environment("SHOP-4", phase=Phase.FAILED, desired=a_desired(fault="line 1: no YAML"))
        unwanted = an_environment("SHOP-5", phase=Phase.DELETING, desired=a_desired(is_wanted=False))
        with database.begin() as connection:
            for environment in (waiting, inside, going, broken, unwanted):
                save_environment(connection, environment)
            claims = {claim.environment: claim.is_admitted for claim in list_claims(connection)}
            assert claims == {"SHOP-1": False, "SHOP-2": True, "SHOP-3": True}
            assert list_queued(connection) == ["SHOP-1"]

    def test_creations_count_once_decided_upon_and_while_under_way(self, database: Database) -> None:
        decided = a_creation("SHOP-1")
        under_way = a_creation("SHOP-2", id="arn:2", status=StackStatus.CREATE_IN_PROGRESS)
        done = a_creation("SHOP-3", id="arn:3", status=StackStatus.CREATE_COMPLETE)
        refused = a_creation("SHOP-4", failed="p")
        forgotten = a_creation("SHOP-5", started_at=NOW - timedelta(hours=2))
        elsewhere = a_creation("SHOP-6", region="us-east-1")
        with database.begin() as connection:
            for record in (decided, under_way, done, refused, forgotten, elsewhere):
                save_stack(connection, record)
            assert count_creations(connection, "default", "eu-west-1", HOUR_AGO) == 2

    def test_admissions_exclude_each_other(self, database: Database) -> None:
        entered = threading.Event()

        def enter() -> None:
            with database.begin() as connection:
                lock_admissions(connection)
                entered.set()

        with database.begin() as connection:
            lock_admissions(connection)
            other = threading.Thread(target=enter)
            other.start()
            assert not entered.wait(0.3)
        other.join(10)
        assert entered.is_set()
