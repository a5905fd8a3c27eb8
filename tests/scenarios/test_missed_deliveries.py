"""An hour down: what GitHub sent meanwhile is fetched at the next start, all of it, and takes effect once."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.store.database import Database
from app.store.tables import deliveries, installation, missed, orders
from tests.scenarios.world import REPOSITORY, World, until

HOUR = timedelta(hours=1)


@pytest.fixture
def world(fresh_world: World) -> World:
    """One in which Mayfly is a GitHub App."""
    github = fresh_world.github
    fresh_world.settings["MAYFLY_GITHUB__APP_ID"] = str(github.app_id)
    fresh_world.settings["MAYFLY_GITHUB__PRIVATE_KEY"] = github.private_key
    return fresh_world.start()


@pytest.fixture
def database(world: World) -> Iterator[Database]:
    """Mayfly's own, looked at from beside."""
    opened = Database(world.settings["MAYFLY_DATABASE_URL"])
    yield opened
    opened.close()


def let_an_hour_pass(world: World, database: Database) -> None:
    """As if all that happened so far had happened an hour earlier."""
    for delivery in world.github.deliveries:
        delivery.delivered_at -= HOUR
    with database.begin() as connection:
        known = connection.execute(sa.select(installation.c.recovered_until)).scalar()
        connection.execute(installation.update().values(recovered_until=known and known - HOUR))


def sent(world: World) -> list[str]:
    """What GitHub has delivered so far: what Mayfly tells makes it deliver more."""
    return sorted({each.guid for each in world.github.deliveries})


def stored(database: Database) -> list[str]:
    with database.read() as connection:
        return list(connection.execute(sa.select(deliveries.c.id)).scalars())


def attempts(world: World, name: str) -> list[str]:
    found = world.environment(name)
    return [attempt["commit"] for attempt in found["deployments"]] if found else []


def test_what_was_missed_is_fetched_and_takes_effect_once(world: World, database: Database) -> None:
    first = world.open("SHOP-701")
    closing = world.open("SHOP-702")
    world.wait_for("SHOP-701", "ready")
    world.wait_for("SHOP-702", "ready")
    world.kill()
    let_an_hour_pass(world, database)
    world.open("SHOP-703")
    pushed = world.push("SHOP-701", {"change.txt": "another"})
    world.github.close_pull_request(REPOSITORY, closing)
    world.github.comment(REPOSITORY, first, "/mayfly status")
    world.github.wait_delivered()
    failed = [each.guid for each in world.github.deliveries if not each.is_delivered]
    assert len(failed) >= 6
    world.start()
    until(lambda: set(failed) <= set(stored(database)), "everything is fetched")
    world.wait_for("SHOP-703", "ready")
    world.wait_for("SHOP-701", "ready", commit=pushed)
    world.wait_for("SHOP-702", "gone")
    until(lambda: sorted(stored(database)) == sent(world), "each is stored once")
    assert len(attempts(world, "SHOP-701")) == len(set(attempts(world, "SHOP-701"))) == 2
    with database.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(orders)).scalar() == 1
        assert connection.execute(sa.select(missed)).all() == []
