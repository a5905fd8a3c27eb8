"""The introduction: the doors learn from a worker whose bot Mayfly is in Slack."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.sandbox.slack import SlackSandbox
from app.sandbox.slack.workspace import APP, TEAM
from app.slack.client import Slack, SlackUnreachable
from app.store.database import Database
from app.store.workspace import Workspace, known_workspace, note_workspace
from tests.unit.workers.stage import opened_database
from workers.introduction import EVERY, ROUND, Introduction

BEFORE = Workspace("T0BEFORE", None)


@pytest.fixture
def sandbox() -> Iterator[SlackSandbox]:
    with SlackSandbox.start() as sandbox:
        yield sandbox


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """An empty one."""
    with opened_database(tmp_path) as opened:
        yield opened


def _known(database: Database) -> Workspace:
    with database.read() as connection:
        return known_workspace(connection)


@pytest.fixture
def introduction(database: Database, sandbox: SlackSandbox) -> Introduction:
    """One in a house that knows another workspace from before."""
    with database.begin() as connection:
        note_workspace(connection, BEFORE)
    return Introduction(database, Slack(sandbox.bot_token, sandbox.api_url))


def test_what_slack_says_now_is_what_is_known(database: Database, introduction: Introduction) -> None:
    assert introduction(ROUND) == EVERY
    assert _known(database) == Workspace(TEAM, APP)


def test_a_slack_that_refuses_changes_nothing(
    database: Database, sandbox: SlackSandbox, introduction: Introduction
) -> None:
    sandbox.refuse("auth.test", "invalid_auth")
    assert introduction(ROUND) == EVERY
    assert _known(database) == BEFORE


def test_a_slack_that_does_not_answer_is_asked_again(
    database: Database, sandbox: SlackSandbox, introduction: Introduction
) -> None:
    sandbox.down()
    with pytest.raises(SlackUnreachable):
        introduction(ROUND)
    assert _known(database) == BEFORE


def test_without_slack_there_is_nothing_to_ask(database: Database) -> None:
    assert Introduction(database, None)(ROUND) is None
