"""The lookout sees what is queued, whoever queued it, and outlives its connection."""

from collections.abc import Iterator

import pytest

from app.core.errors import TransientError
from app.store.database import Database
from app.store.lookout import Lookout
from app.store.wake import Kind, Wakes, parse_pass

PASS = "environment|1|SHOP-1"


@pytest.fixture
def lookout(database: Database) -> Iterator[Lookout]:
    """A lookout that has looked once."""
    looking = Lookout(database)
    assert not looking.is_anything_queued()
    yield looking
    looking.close()


class TestLookout:
    def test_it_sees_a_pass_that_waits_until_it_begins(
        self, lookout: Lookout, database: Database, wakes: Wakes
    ) -> None:
        with database.begin() as connection:
            wakes.wake(connection, Kind.ENVIRONMENT, "SHOP-1")
        assert lookout.is_anything_queued()
        with database.begin() as connection:
            assert wakes.begin_pass(connection, parse_pass(PASS))
        assert not lookout.is_anything_queued()

    def test_it_takes_no_lock_and_waits_for_none(self, lookout: Lookout, database: Database, wakes: Wakes) -> None:
        with database.begin() as connection:
            wakes.wake(connection, Kind.ENVIRONMENT, "SHOP-1")
            assert not lookout.is_anything_queued()
        assert lookout.is_anything_queued()

    def test_it_connects_anew_after_its_connection_was_lost(self, lookout: Lookout) -> None:
        lookout._cursor.connection.close()
        with pytest.raises(TransientError):
            lookout.is_anything_queued()
        assert not lookout.is_anything_queued()
