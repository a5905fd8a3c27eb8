"""Which environment a source keeps alive, and under which name."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from app.core.environment import Environment, Phase
from app.core.graph import StackWish
from app.core.source import Source
from app.core.verification import Verification
from app.store.database import Connection
from app.store.environments import find_environment, find_verification, save_environment, save_verification
from app.store.sources import find_source
from tests.builders import NOW, a_source
from tests.unit.workers.stage import opened_database
from workers.settlement import release, settle
from workers.wish import Wish

ONE = {"api": StackWish("t", ("eu-west-1",))}
WISH = Wish("SHOP-42", "SHOP-42", ONE, "previews")
LATER = NOW + timedelta(hours=1)
FIRST, SECOND, OTHER = a_source(57), a_source(58), a_source(5, repository="acme/api")


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    with opened_database(tmp_path) as database, database.begin() as connection:
        yield connection


def found(connection: Connection, name: str = "SHOP-42") -> Environment:
    environment = find_environment(connection, name)
    assert environment is not None
    return environment


def name_in_store(connection: Connection, source: Source) -> str | None:
    known = find_source(connection, source.key)
    return known[1] if known else None


class TestBirth:
    def test_an_environment_is_born_with_the_facts_of_its_first_source(self, connection: Connection) -> None:
        assert settle(connection, FIRST, WISH, NOW) == "SHOP-42"
        born = found(connection)
        assert (born.ticket, born.owner, born.repository, born.pull_request) == ("SHOP-42", "ann", "acme/shop", 57)
        assert (born.channel, born.phase, born.created_at, born.branch) == (
            "previews",
            Phase.QUEUED,
            NOW,
            "SHOP-42-cart",
        )
        assert [target.name for target in born.desired.targets] == ["SHOP-42"]

    def test_a_refusal_brings_nothing_to_life(self, connection: Connection) -> None:
        assert settle(connection, FIRST, replace(WISH, refusal="is a draft"), NOW) is None
        assert find_environment(connection, "SHOP-42") is None

    def test_a_fault_does_since_people_are_told_there(self, connection: Connection) -> None:
        assert settle(connection, FIRST, Wish("SHOP-42", "SHOP-42", fault="line 2: no"), NOW) == "SHOP-42"
        assert (found(connection).desired.fault, found(connection).desired.targets) == ("line 2: no", ())


class TestChange:
    @pytest.fixture(autouse=True)
    def _born(self, connection: Connection) -> None:
        settle(connection, FIRST, WISH, NOW)

    def test_a_push_is_news_and_activity(self, connection: Connection) -> None:
        assert settle(connection, replace(FIRST, commit="d" * 40), WISH, LATER) == "SHOP-42"
        assert (found(connection).desired.commit, found(connection).last_activity_at) == ("d" * 40, LATER)

    def test_the_same_again_is_neither(self, connection: Connection) -> None:
        assert settle(connection, FIRST, WISH, LATER) is None
        assert found(connection).last_activity_at == NOW

    def test_a_title_is_told_but_changes_nothing(self, connection: Connection) -> None:
        before = found(connection)
        assert settle(connection, replace(FIRST, title="SHOP-99"), replace(WISH, name="SHOP-99"), LATER) == "SHOP-42"
        assert found(connection) == before

    def test_a_refusal_ends_nothing_that_lives(self, connection: Connection) -> None:
        pushed = replace(FIRST, commit="d" * 40, draft=True)
        assert settle(connection, pushed, replace(WISH, refusal="is a draft"), LATER) == "SHOP-42"
        assert found(connection).desired.commit == "d" * 40

    def test_a_fault_keeps_the_stacks_that_were_wanted(self, connection: Connection) -> None:
        targets = found(connection).desired.targets
        settle(connection, replace(FIRST, commit="d" * 40), Wish("SHOP-42", "SHOP-42", fault="line 2: no"), LATER)
        assert (found(connection).desired.targets, found(connection).desired.fault) == (targets, "line 2: no")


class TestSecondEnvironments:
    @pytest.fixture(autouse=True)
    def _born(self, connection: Connection) -> None:
        settle(connection, FIRST, WISH, NOW)

    def test_of_one_repository_bear_the_pull_requests_number(self, connection: Connection) -> None:
        assert settle(connection, SECOND, WISH, NOW) == "SHOP-42-pr58"
        assert found(connection, "SHOP-42-pr58").ticket == "SHOP-42"

    def test_of_another_repository_bear_its_name(self, connection: Connection) -> None:
        assert settle(connection, OTHER, WISH, NOW) == "SHOP-42-api"

    def test_of_a_repository_of_the_same_name_go_on_from_there(self, connection: Connection) -> None:
        settle(connection, OTHER, WISH, NOW)
        elsewhere = a_source(9, repository="globex/api")
        assert settle(connection, elsewhere, WISH, NOW) == "SHOP-42-api-api"

    def test_keep_their_names_when_the_first_is_gone(self, connection: Connection) -> None:
        settle(connection, SECOND, WISH, NOW)
        release(connection, FIRST, "closed", NOW)
        assert settle(connection, replace(SECOND, commit="d" * 40), WISH, NOW) == "SHOP-42-pr58"

    def test_get_the_tickets_name_where_the_first_is_gone_before_they_come(self, connection: Connection) -> None:
        release(connection, FIRST, "closed", NOW)
        assert settle(connection, SECOND, WISH, NOW) == "SHOP-42"


class TestReopening:
    @pytest.fixture(autouse=True)
    def _closed(self, connection: Connection) -> None:
        settle(connection, FIRST, WISH, NOW)
        release(connection, FIRST, "Pull request acme/shop#57 was closed.", NOW)

    def test_after_a_closing_nothing_is_wanted_and_the_reason_is_kept(self, connection: Connection) -> None:
        desired = found(connection).desired
        assert (desired.is_wanted, desired.why_gone) == (False, "Pull request acme/shop#57 was closed.")
        assert [target.name for target in desired.targets] == ["SHOP-42"]

    def test_gives_the_old_name_back(self, connection: Connection) -> None:
        assert settle(connection, FIRST, replace(WISH, name="SHOP-99"), LATER) == "SHOP-42"
        assert found(connection).desired.is_wanted

    def test_is_a_birth(self, connection: Connection) -> None:
        gone = replace(found(connection), phase=Phase.GONE, gone_at=NOW, deployed_commit=None)
        save_environment(connection, gone)
        settle(connection, FIRST, WISH, LATER)
        reborn = found(connection)
        assert (reborn.phase, reborn.created_at, reborn.gone_at) == (Phase.QUEUED, LATER, None)

    def test_finds_another_name_where_the_old_one_was_taken_up(self, connection: Connection) -> None:
        assert settle(connection, SECOND, WISH, NOW) == "SHOP-42"
        assert settle(connection, FIRST, WISH, NOW) == "SHOP-42-pr57"
        assert found(connection).pull_request == 58

    def test_as_a_draft_that_is_refused_keeps_the_name_for_later(self, connection: Connection) -> None:
        assert settle(connection, FIRST, replace(WISH, refusal="is a draft"), NOW) is None
        assert name_in_store(connection, FIRST) == "SHOP-42"
        assert settle(connection, FIRST, WISH, NOW) == "SHOP-42"


class TestRelease:
    def test_of_an_unknown_source_means_nothing(self, connection: Connection) -> None:
        assert release(connection, FIRST, "closed", NOW) is None

    def test_of_a_source_without_environment_means_nothing(self, connection: Connection) -> None:
        settle(connection, FIRST, replace(WISH, refusal="is a draft"), NOW)
        assert release(connection, FIRST, "closed", NOW) is None

    def test_a_second_time_means_nothing(self, connection: Connection) -> None:
        settle(connection, FIRST, WISH, NOW)
        assert release(connection, FIRST, "closed", NOW) == "SHOP-42"
        assert release(connection, FIRST, "closed", NOW) is None

    def test_voids_the_census_of_an_earlier_life(self, connection: Connection) -> None:
        settle(connection, FIRST, WISH, NOW)
        save_verification(connection, "SHOP-42", Verification(NOW, NOW))
        release(connection, FIRST, "closed", NOW)
        assert find_verification(connection, "SHOP-42") is None

    def test_of_a_source_that_lost_its_name_spares_who_took_it_up(self, connection: Connection) -> None:
        settle(connection, FIRST, WISH, NOW)
        release(connection, FIRST, "closed", NOW)
        settle(connection, SECOND, WISH, NOW)
        assert release(connection, FIRST, "closed", NOW) is None
        assert found(connection).desired.is_wanted
