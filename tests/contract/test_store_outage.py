"""A PostgreSQL that goes away and comes back: senders are told in time, and everything goes on by itself."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import sqlalchemy as sa

from app.store.database import Database
from app.store.wake import Wakes
from app.web.receiver import Receiver
from app.web.writer import DeliveryWriter
from tests.contract.postgresql import PostgreSql
from tests.contract.stage import playing
from tests.unit.web.door import NOW, SECRET, Door
from tests.waiting import wait_until


@dataclass(frozen=True)
class Place:
    """A database of its own on the server."""

    server: PostgreSql
    name: str

    @property
    def url(self) -> str:
        """Where it is found."""
        return self.server.url(self.name)


@pytest.fixture
def place(postgresql: PostgreSql, migrated_postgresql: str) -> Place:
    """A database that is up to date."""
    return Place(postgresql, postgresql.create(migrated_postgresql))


@pytest.fixture
def door(place: Place) -> Iterator[Door]:
    """GitHub's door before it."""
    database = Database(place.url)
    wakes = Wakes(database)
    writer = DeliveryWriter(database, wakes)
    writer.start()
    yield Door(Receiver([SECRET], [], writer, lambda: NOW))
    writer.stop()
    wakes.close()
    database.close()


class TestTheDoor:
    def test_a_database_that_is_gone_is_told_within_seconds_and_heals_alone(self, place: Place, door: Door) -> None:
        assert door.deliver().status == 202
        with place.server.away(place.name):
            began = time.monotonic()
            assert door.deliver().status == 503
            assert time.monotonic() - began < 7
        assert door.deliver().status == 202

    def test_a_table_that_is_locked_is_told_within_seconds_and_heals_alone(self, place: Place, door: Door) -> None:
        other = Database(place.url)
        with other.begin() as connection:
            connection.execute(sa.text("LOCK TABLE deliveries IN ACCESS EXCLUSIVE MODE"))
            began = time.monotonic()
            assert door.deliver().status == 503
            assert time.monotonic() - began < 7
        assert door.deliver().status == 202
        other.close()


class TestTheEngine:
    def test_passes_go_on_when_the_database_is_back(self, place: Place) -> None:
        with playing(place.url) as stage:
            stage.wake("before")
            wait_until(lambda: stage.count("before") == 1)
            with place.server.away(place.name):
                time.sleep(4.5)  # longer than a process may be silent
            wait_until(stage.database.is_reachable)
            stage.wake("after")
            wait_until(lambda: stage.count("after") == 1, seconds=20)
