"""Findings, replies and rounds come back as they were, on both databases."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.core.finding import ReplyKind, State
from app.store.database import Database
from app.store.findings import (
    add_reply,
    count_findings,
    find_finding,
    list_findings,
    list_replies,
    replies_to,
    save_findings,
)
from app.store.outbox import Told, list_told, save_told
from app.store.retention import forget_findings, forget_replies, forget_rounds
from app.store.rounds import add_round, last_round
from tests.contract.records import FINDING, NOW, REPLY, ROUND, SUBJECT, defaulted


@pytest.mark.parametrize("record", [SUBJECT, FINDING, REPLY, ROUND], ids=lambda value: type(value).__name__)
def test_the_records_of_these_tests_set_every_field(record: Any) -> None:
    assert defaulted(record) == []


class TestFindings:
    def test_every_field_comes_back(self, database: Database) -> None:
        with database.begin() as connection:
            save_findings(connection, [FINDING])
            assert find_finding(connection, FINDING.id) == FINDING
            assert find_finding(connection, "another") is None

    def test_a_later_round_overwrites_it(self, database: Database) -> None:
        later = replace(FINDING, state=State.CLEARED, note="It is used again.", evidence=())
        with database.begin() as connection:
            save_findings(connection, [FINDING])
            save_findings(connection, [later])
            assert find_finding(connection, FINDING.id) == later

    def test_those_that_are_open_are_listed_and_lately_cleared_ones_where_asked_for(self, database: Database) -> None:
        cleared = replace(FINDING, id="cleared", state=State.CLEARED, cleared_at=NOW)
        with database.begin() as connection:
            save_findings(connection, [FINDING, cleared])
            assert [each.id for each in list_findings(connection)] == [FINDING.id]
            assert [each.id for each in list_findings(connection, since=NOW)] == ["cleared", FINDING.id]
            assert [each.id for each in list_findings(connection, since=NOW + timedelta(seconds=1))] == [FINDING.id]
            assert count_findings(connection) == {("leftover", "due"): 1, ("leftover", "cleared"): 1}

    def test_what_cleared_long_ago_is_forgotten_and_nothing_else(self, database: Database) -> None:
        cleared = replace(FINDING, id="cleared", state=State.CLEARED, cleared_at=NOW)
        with database.begin() as connection:
            save_findings(connection, [replace(FINDING, cleared_at=None), cleared])
            assert forget_findings(connection, NOW + timedelta(days=89), 10) == 0
            assert forget_findings(connection, NOW + timedelta(days=91), 10) == 1
            assert [each.id for each in list_findings(connection)] == [FINDING.id]


class TestReplies:
    def test_what_people_said_comes_back_in_its_order(self, database: Database) -> None:
        forever = replace(REPLY, kind=ReplyKind.NOT_OURS, until=None, reason=None)
        with database.begin() as connection:
            for reply in (REPLY, forever, replace(REPLY, subject="another")):
                add_reply(connection, reply)
            assert replies_to(connection, SUBJECT.key) == [REPLY, forever]
            assert list(list_replies(connection)) == [SUBJECT.key, "another"]
            assert replies_to(connection, "a third") == ()

    def test_what_holds_no_more_is_forgotten_and_what_holds_for_ever_is_not(self, database: Database) -> None:
        with database.begin() as connection:
            add_reply(connection, REPLY)
            add_reply(connection, replace(REPLY, until=None))
            assert forget_replies(connection, NOW + timedelta(days=96), 10) == 0
            assert forget_replies(connection, NOW + timedelta(days=98), 10) == 1


class TestRounds:
    def test_every_field_comes_back(self, database: Database) -> None:
        with database.begin() as connection:
            assert last_round(connection) is None
            add_round(connection, ROUND)
            assert last_round(connection) == ROUND

    def test_the_last_that_went_well_is_found_behind_those_that_failed(self, database: Database) -> None:
        well = replace(ROUND, fault=None)
        with database.begin() as connection:
            for ended in (ROUND, well, ROUND, ROUND):
                add_round(connection, ended)
            assert last_round(connection, well=True) == well

    def test_old_receipts_are_forgotten(self, database: Database) -> None:
        with database.begin() as connection:
            add_round(connection, ROUND)
            assert forget_rounds(connection, NOW + timedelta(days=90), 10) == 0
            assert forget_rounds(connection, NOW + timedelta(days=91), 10) == 1

    def test_what_was_noted_of_their_messages_is_forgotten_with_them(self, database: Database) -> None:
        names = ["SHOP-42", "round:20261123T083015000000", "round:20270123T083015000000"]
        with database.begin() as connection:
            for name in names:
                save_told(connection, Told(name, "slack", "C1/1"))
            forget_rounds(connection, NOW + timedelta(days=91), 10)
            assert [bool(list_told(connection, name)) for name in names] == [True, False, True]
