"""Retention: what is old goes, what is younger or still needed stays, a portion at a time."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.core.environment import Environment, Phase
from app.store.database import Database
from app.store.decisions import record_decision
from app.store.deployments import save_deployment
from app.store.environments import save_environment, save_stack
from app.store.inbox import store_deliveries, store_double
from app.store.inventory import save_inventory
from app.store.leaks import save_leaks
from app.store.orders import Order, Origin, add_order, find_order
from app.store.outbox import save_told
from app.store.preparations import save_preparation
from app.store.retention import BODIES, DELIVERIES, GONE, RULES, STRAY, Rule
from app.store.retention import forget_bodies as bodies
from app.store.retention import forget_deliveries as old_deliveries
from app.store.retention import forget_doubles as old_doubles
from app.store.retention import forget_environments as gone_environments
from app.store.retention import forget_orders as old_orders
from app.store.retention import forget_stray_decisions as stray_decisions
from app.store.retention import forget_stray_sources as stray_sources
from app.store.sources import save_source
from app.store.tables import artifacts, deliveries, environments, metadata, sources
from app.store.tables import decisions as decisions_table
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
    a_delivery,
)

MOMENT = timedelta(seconds=1)
KEY = str(SOURCE.key)
GONE_FOR_LONG = replace(
    ENVIRONMENT, phase=Phase.GONE, desired=replace(DESIRED, is_wanted=False), gone_at=NOW - GONE - MOMENT
)


class Attic:
    """A store full of old things, and the rules that clear it."""

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection

    def forget(self, rule: Rule, most: int = 100) -> int:
        return rule(self.connection, NOW, most)

    def keep(self, environment: Environment = GONE_FOR_LONG, *, is_open: bool = False) -> None:
        """An environment with one of everything."""
        name = environment.name
        save_environment(self.connection, environment)
        save_stack(self.connection, replace(STACK, environment=name))
        save_preparation(self.connection, name, PREPARATION)
        save_deployment(self.connection, replace(DEPLOYMENT, environment=name, id=name))
        save_told(self.connection, replace(TOLD, environment=name))
        save_inventory(self.connection, name, [ITEM])
        save_leaks(self.connection, name, [replace(LEAK, environment=name)])
        save_source(self.connection, replace(SOURCE, is_open=is_open), name, NOW)
        for subject in (name, KEY):
            record_decision(self.connection, replace(DECISION, subject=subject))

    def keep_delivery(self, number: int, age: timedelta) -> None:
        store_deliveries(self.connection, [a_delivery(number, received_at=NOW - age)])

    def decide(self, subject: str, age: timedelta) -> None:
        record_decision(self.connection, replace(DECISION, subject=subject, at=NOW - age))

    def left(self, column: sa.Column[str]) -> set[str]:
        return set(self.connection.execute(sa.select(column)).scalars())

    def filled(self) -> set[str]:
        """The tables in which anything is left."""
        names = {table.name for table in metadata.sorted_tables if self.connection.execute(sa.select(table)).first()}
        return names - {"installation"}


@pytest.fixture
def attic(database: Database) -> Iterator[Attic]:
    """An empty one, on each database."""
    with database.begin() as connection:
        yield Attic(connection)


class TestDeliveries:
    def test_bodies_go_first_and_the_rows_later(self, attic: Attic) -> None:
        ages = [BODIES - MOMENT, BODIES + MOMENT, DELIVERIES - MOMENT, DELIVERIES + MOMENT]
        for number, age in enumerate(ages):
            attic.keep_delivery(number, age)
        assert (attic.forget(bodies), attic.forget(old_deliveries)) == (3, 1)
        rows = attic.connection.execute(sa.select(deliveries).order_by(deliveries.c.number)).all()
        assert [row.body is not None for row in rows] == [True, False, False]
        assert all(row.body_sha256 for row in rows)

    def test_what_was_emptied_is_not_emptied_again(self, attic: Attic) -> None:
        attic.keep_delivery(1, BODIES + MOMENT)
        assert (attic.forget(bodies), attic.forget(bodies)) == (1, 0)

    @pytest.mark.parametrize("rule", [bodies, old_deliveries])
    def test_they_go_in_portions_the_oldest_first(self, attic: Attic, rule: Rule) -> None:
        for number in range(5):
            attic.keep_delivery(number, DELIVERIES + MOMENT)
        assert [attic.forget(rule, 2) for _ in range(4)] == [2, 2, 1, 0]


class TestDoubles:
    def test_they_go_with_the_deliveries_whose_ids_they_bear(self, attic: Attic) -> None:
        for number, age in enumerate([DELIVERIES - MOMENT, DELIVERIES + MOMENT]):
            store_double(attic.connection, a_delivery(number, received_at=NOW - age, body=b"%d" % number))
        assert (attic.forget(old_doubles), attic.forget(old_doubles)) == (1, 0)


class TestOrders:
    def test_they_stay_as_long_as_the_deliveries_they_came_with(self, attic: Attic) -> None:
        for number, age in enumerate([DELIVERIES - MOMENT, DELIVERIES + MOMENT]):
            add_order(attic.connection, Order(str(number), Origin.COMMENT, NOW - age))
        assert attic.forget(old_orders) == 1
        assert find_order(attic.connection, "0") is not None


class TestEnvironments:
    def test_one_that_has_been_gone_for_long_goes_with_all_that_was_known_of_it(self, attic: Attic) -> None:
        attic.keep()
        assert attic.filled() == {
            "environments", "stacks", "inventory", "leaks", "preparations", "deployments", "outbox", "sources",
            "decisions"
        }  # fmt: skip
        assert attic.forget(gone_environments) == 1
        assert attic.filled() == set()

    @pytest.mark.parametrize(
        "environment",
        [
            replace(GONE_FOR_LONG, gone_at=NOW - GONE + MOMENT),
            replace(GONE_FOR_LONG, gone_at=None),
            replace(GONE_FOR_LONG, phase=Phase.LEAKED),
            replace(GONE_FOR_LONG, phase=Phase.CREATING),
            replace(GONE_FOR_LONG, desired=DESIRED),
        ],
        ids=["still shown", "gone when nobody knows", "leaked", "alive again", "wanted again"],
    )
    def test_it_stays_whole(self, attic: Attic, environment: Environment) -> None:
        attic.keep(environment)
        before = attic.filled()
        assert [attic.forget(rule) for rule in RULES.values()] == [0] * len(RULES)
        assert attic.filled() == before

    def test_one_that_was_destroyed_by_hand_stays_while_its_source_is_open(self, attic: Attic) -> None:
        """Were its source forgotten, the next round of resync would deploy it."""
        attic.keep(is_open=True)
        assert attic.forget(gone_environments) == 0
        assert attic.left(sources.c.key) == {KEY}

    def test_others_keep_what_is_theirs(self, attic: Attic) -> None:
        attic.keep(replace(ENVIRONMENT, name="SHOP-7"))
        before = attic.filled()
        save_environment(attic.connection, GONE_FOR_LONG)
        assert attic.forget(gone_environments) == 1
        assert (attic.filled(), attic.left(environments.c.name)) == (before, {"SHOP-7"})

    def test_they_go_in_portions(self, attic: Attic) -> None:
        for number in range(3):
            save_environment(attic.connection, replace(GONE_FOR_LONG, name=f"SHOP-{number}"))
        assert [attic.forget(gone_environments, 2) for _ in range(3)] == [2, 1, 0]


class TestStrays:
    def test_decisions_about_no_environment_go_when_they_are_old(self, attic: Attic) -> None:
        attic.keep(ENVIRONMENT)
        attic.connection.execute(decisions_table.delete())
        old, young = STRAY + MOMENT, STRAY - MOMENT
        for subject, age in [
            ("acme/shop#9", old),
            ("round:resync", old),
            ("acme/shop#8", young),
            ("SHOP-42", old),
            (KEY, old),
        ]:
            attic.decide(subject, age)
        assert attic.forget(stray_decisions) == 2
        assert attic.left(decisions_table.c.subject) == {"acme/shop#8", "SHOP-42", KEY}

    def test_decisions_about_a_source_that_got_no_environment_go_too(self, attic: Attic) -> None:
        save_source(attic.connection, SOURCE, None, NOW)
        attic.decide(KEY, STRAY + MOMENT)
        assert attic.forget(stray_decisions) == 1

    def test_they_go_in_portions(self, attic: Attic) -> None:
        for number in range(3):
            attic.decide(f"acme/shop#{number}", STRAY + MOMENT)
        assert [attic.forget(stray_decisions, 2) for _ in range(3)] == [2, 1, 0]

    def test_closed_sources_that_never_had_an_environment_go_when_they_are_old(self, attic: Attic) -> None:
        old, young = NOW - STRAY - MOMENT, NOW - STRAY + MOMENT
        cases = {1: (False, None, old), 2: (True, None, old), 3: (False, "SHOP-42", old), 4: (False, None, young)}
        for number, (is_open, environment, seen_at) in cases.items():
            source = replace(SOURCE, pull_request=number, is_open=is_open)
            save_source(attic.connection, source, environment, seen_at)
        assert attic.forget(stray_sources) == 1
        assert attic.left(sources.c.key) == {f"acme/shop#{number}" for number in (2, 3, 4)}


def test_what_was_uploaded_is_never_forgotten(attic: Attic) -> None:
    row = {"bucket": "b", "key": "k", "uploaded_at": NOW - timedelta(days=4000)}
    attic.connection.execute(artifacts.insert().values(row))
    assert sum(attic.forget(rule) for rule in RULES.values()) == 0
    assert attic.filled() == {"artifacts"}
