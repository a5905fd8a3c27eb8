"""What people click, type and comment reaches the store of a running Mayfly, and is woken, before they are answered."""

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from app.store.database import Database
from app.store.orders import Origin
from app.store.tables import orders
from app.store.workspace import Workspace, known_workspace
from tests.scenarios.world import CHANNEL, REPOSITORY, World, until


@pytest.fixture
def database(world: World) -> Iterator[Database]:
    """Mayfly's own, looked at from beside."""
    opened = Database(world.settings["MAYFLY_DATABASE_URL"])
    yield opened
    opened.close()


def contents(database: Database, origin: Origin) -> list[dict[str, Any]]:
    with database.read() as connection:
        return list(connection.execute(sa.select(orders.c.content).where(orders.c.origin == origin)).scalars())


def workspace(database: Database) -> Workspace:
    with database.read() as connection:
        return known_workspace(connection)


def test_a_slash_command_is_kept_and_answered(world: World, database: Database) -> None:
    ada = world.slack.add_user("ada")
    until(lambda: workspace(database).team, "the workspace is known")
    reply = world.slack.slash("/mayfly", "status", "ada")
    assert reply.is_acknowledged
    (content,) = contents(database, Origin.SLACK_COMMAND)
    assert (content["user"], content["text"]) == (ada.id, "status")
    assert any(message.ephemeral_to == ada.id for message in world.slack.ephemeral(CHANNEL))


def test_a_comment_is_kept_as_an_order(world: World, database: Database) -> None:
    number = world.open("SHOP-901")
    world.github.comment(REPOSITORY, number, "/mayfly status\nplease")
    world.github.comment(REPOSITORY, number, "no command")
    world.github.wait_delivered()
    (content,) = contents(database, Origin.COMMENT)
    assert (content["pull_request"], content["line"], content["author"]) == (number, "/mayfly status", "octocat")
