"""Tidings, durations and hearing, on each database."""

from dataclasses import replace
from datetime import timedelta

from app.core.pace import Hearing
from app.core.stack import ObservedStack, StackStatus
from app.core.tiding import Tiding
from app.store.database import Database
from app.store.durations import expected_durations, save_duration
from app.store.environments import save_environment
from app.store.hearing import find_hearing, note_asked, note_heard, note_missed
from app.store.tidings import hear, heed, tidings_of
from tests.contract.records import ENVIRONMENT, NOW, STACK

OBSERVED = ObservedStack("arn:1", "SHOP-42", StackStatus.CREATE_COMPLETE, "", {"a": "b"}, {"Url": "ü"}, NOW, NOW)
TIDING = Tiding("arn:1", NOW, StackStatus.CREATE_COMPLETE, OBSERVED)


def test_every_field_of_a_tiding_comes_back(database: Database) -> None:
    bare = Tiding("arn:2", NOW)
    with database.begin() as connection:
        hear(connection, TIDING)
        hear(connection, bare)
        assert tidings_of(connection, ["arn:1", "arn:2", "arn:3"]) == {"arn:1": TIDING, "arn:2": bare}


def test_what_was_heard_last_counts_and_is_taken_away_once_heeded(database: Database) -> None:
    later = Tiding("arn:1", NOW + timedelta(seconds=1), StackStatus.DELETE_IN_PROGRESS)
    with database.begin() as connection:
        hear(connection, TIDING)
        hear(connection, later)
        heed(connection, [TIDING])
        assert tidings_of(connection, ["arn:1"]) == {"arn:1": later}
        heed(connection, [later])
        assert tidings_of(connection, ["arn:1"]) == {}


def test_durations_are_known_across_the_environments_of_a_repository(database: Database) -> None:
    sibling, stranger = replace(ENVIRONMENT, name="SHOP-43"), replace(ENVIRONMENT, name="LIB-1", repository="acme/lib")
    with database.begin() as connection:
        for environment in (ENVIRONMENT, sibling, stranger):
            save_environment(connection, environment)
        save_duration(connection, STACK, "create", timedelta(seconds=90))
        save_duration(connection, STACK, "create", timedelta(seconds=80))
        save_duration(connection, replace(STACK, environment="nobody's"), "delete", timedelta(seconds=1))
        others = [replace(STACK, environment="SHOP-43"), replace(STACK, environment="LIB-1")]
        assert expected_durations(connection, others) == {("SHOP-43", "api", "create"): timedelta(seconds=80)}


def test_what_is_known_of_the_events_of_a_place(database: Database) -> None:
    later = NOW + timedelta(seconds=1)
    with database.begin() as connection:
        assert find_hearing(connection, "default/eu-west-1") == Hearing()
        note_asked(connection, NOW)
        note_heard(connection, "default/eu-west-1", NOW)
        note_heard(connection, "default/eu-west-1", later)
        note_missed(connection, "default/eu-west-1", NOW)
        note_missed(connection, "dev/eu-west-1", NOW)
        assert find_hearing(connection, "default/eu-west-1") == Hearing(NOW, later, NOW)
        assert find_hearing(connection, "dev/eu-west-1") == Hearing(NOW, None, NOW)
