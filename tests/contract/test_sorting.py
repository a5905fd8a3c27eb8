"""`mayfly replay`: a stored delivery is handled again, what people said at most once."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from app.core.errors import MayflyError
from app.sorting import Sorter, replay
from app.store.arrivals import keep_arrivals
from app.store.database import Database
from app.store.inbox import mark_handled
from app.store.orders import settle_order
from app.store.tables import deliveries, orders
from app.store.tables import wakes as slots
from app.store.wake import Wakes
from tests.contract.records import NOW

ID = "0e0ac16e-5f8b-4c5c-8e6b-aaaaaaaaaaaa"
SHOP = {"repository": {"full_name": "acme/shop"}}
ADA = {"login": "ada", "id": 7, "type": "User"}
COMMENT = {"id": 99, "body": "/mayfly destroy", "html_url": "https://github.com/x", "user": ADA}
SAID = {"action": "created", "issue": {"number": 57, "pull_request": {}}, "comment": COMMENT, "sender": ADA, **SHOP}
OPENED = {"action": "opened", "number": 57, **SHOP}

Replay = Callable[..., Any]


class Archive:
    """Deliveries that came, and what became of them."""

    def __init__(self, database: Database, wakes: Wakes) -> None:
        self.database, self.wakes = database, wakes

    def keep(self, event: str, content: dict[str, Any], *, listed: tuple[str, ...] = ()) -> None:
        """A delivery came; a pass has looked at it, and its order was carried out."""
        arrived = Sorter(listed).sort(ID, event, json.dumps(content).encode(), 0, NOW)
        with self.database.begin() as connection:
            keep_arrivals(connection, self.wakes, [arrived])
            mark_handled(connection, str(arrived.source), 10)
            if arrived.order:
                settle_order(connection, arrived.order.id, "done", NOW)
            connection.execute(slots.delete())

    def change(self, **columns: Any) -> None:
        with self.database.begin() as connection:
            connection.execute(deliveries.update().values(**columns))

    def replay(self, delivery: str = ID, listed: tuple[str, ...] = ()) -> Any:
        with self.database.begin() as connection:
            return replay(connection, self.wakes, Sorter(listed), delivery, NOW)

    def states(self) -> list[str]:
        with self.database.read() as connection:
            return list(connection.execute(sa.select(deliveries.c.state)).scalars())

    def woken(self) -> set[str]:
        with self.database.read() as connection:
            return set(connection.execute(sa.select(slots.c.key)).scalars())


@pytest.fixture
def archive(database: Database, wakes: Wakes) -> Archive:
    """An empty one, on each database."""
    return Archive(database, wakes)


def test_its_source_is_woken_again(archive: Archive) -> None:
    archive.keep("pull_request", OPENED)
    told = archive.replay(f" {ID.upper()} ")
    assert (told["delivery"], told["woken"], told["is_body_kept"]) == (ID, ["source acme/shop#57"], True)
    assert (archive.woken(), archive.states()) == ({"acme/shop#57"}, ["received"])


def test_what_was_said_and_done_is_not_done_again(archive: Archive) -> None:
    archive.keep("issue_comment", SAID)
    told = archive.replay()
    assert (told["woken"], told["order"]) == (["source acme/shop#57"], "comment:99")
    assert archive.woken() == {"acme/shop#57"}


def test_what_was_said_and_never_carried_out_is_woken_again(archive: Archive) -> None:
    archive.keep("issue_comment", SAID)
    with archive.database.begin() as connection:
        connection.execute(orders.update().values(settled_at=None))
    assert archive.replay()["woken"] == ["order comment:99", "source acme/shop#57"]


def test_it_is_sorted_as_it_would_be_today(archive: Archive) -> None:
    archive.keep("issue_comment", SAID, listed=("acme/bus",))
    assert archive.states() == ["ignored"]
    assert archive.replay()["woken"] == ["order comment:99", "source acme/shop#57"]
    archive.change(state="received")
    assert archive.replay(listed=("acme/bus",))["woken"] == []
    assert archive.states() == ["ignored"]


def test_one_that_was_kept_aside_is_sorted_again(archive: Archive) -> None:
    archive.keep("pull_request", OPENED)
    archive.change(state="quarantined", source=None)
    assert archive.replay()["woken"] == ["source acme/shop#57"]


def test_of_one_whose_body_was_pruned_the_source_is_woken_and_that_is_said(archive: Archive) -> None:
    archive.keep("issue_comment", SAID)
    archive.change(body=None)
    told = archive.replay()
    assert (told["woken"], told["order"], told["is_body_kept"]) == (["source acme/shop#57"], None, False)
    archive.change(body=None, state="ignored")
    assert archive.replay()["woken"] == []


def test_an_id_that_nobody_knows_is_refused_in_one_line(archive: Archive) -> None:
    with pytest.raises(MayflyError, match="there is no delivery 'x\\\\ny'"):
        archive.replay("x\ny")


def test_what_concerns_nothing_of_ours_wakes_nobody(archive: Archive) -> None:
    archive.keep("ping", {"zen": "x"})
    assert (archive.replay()["woken"], archive.states()) == ([], ["ignored"])
