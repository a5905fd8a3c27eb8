"""A round of resync over a large fleet: how long it takes, and how many questions it asks.

GitHub is the stand-in; CloudFormation is a script that answers DescribeStacks a hundred stacks a page, as AWS does, so
that boto3 and HTTP are part of the figure.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from unittest.mock import patch

from app.aws.client import Aws
from app.aws.cloud import Cloud
from app.core.environment import Phase
from app.core.source import SourceKey
from app.github.client import connect_github
from app.github.pulls import Pulls
from app.sandbox.github import GitHubSandbox
from app.store.database import Connection, Database
from app.store.environments import save_environment, save_stack
from app.store.sources import save_source
from app.store.wake import Wakes
from tests.bench.gauges import on_each
from tests.bench.paged_stacks import PagedStacks
from tests.bench.walk import write
from tests.builders import INSTALLATION, REGION, a_record, a_source, a_stack_id, an_environment
from workers.alarm import Alarm
from workers.clock import system_clock
from workers.resync import Resync, Round
from workers.survey import Survey

REPOSITORIES = [f"acme/shop-{number}" for number in range(20)]
PULL_REQUESTS = 100
MINUTE = timedelta(minutes=1)


@dataclass
class Rounds:
    """Rounds, and what they ask."""

    github: GitHubSandbox
    stacks: PagedStacks
    resync: Resync

    def play(self) -> tuple[Round, str]:
        """One round, with its calls and its time."""
        asked, paged, began = len(self.github.requests), self.stacks.calls, time.monotonic()
        found = self.resync.look()
        looked = time.monotonic()
        self.resync.apply(found)
        ended = time.monotonic()
        calls = f"{len(self.github.requests) - asked} + {self.stacks.calls - paged}"
        return found, f"{calls}; {looked - began:.1f} + {ended - looked:.1f} s"


def measure() -> None:
    """Rounds over a fleet that nobody knows yet, and over one that is in order."""
    write(f"Resync of {len(REPOSITORIES) * PULL_REQUESTS} pull requests and as many stacks")
    with GitHubSandbox.start() as github:
        fill(github)
        on_each(lambda url: rounds(github, url))


def fill(github: GitHubSandbox) -> None:
    """Every repository with its pull requests."""
    for repository in REPOSITORIES:
        github.create_repository(repository, files={"README.md": "# Shop\n"})
        for number in range(PULL_REQUESTS):
            github.create_branch(repository, f"SHOP-{number}")
            github.open_pull_request(repository, f"SHOP-{number}", title="A change")


def rounds(github: GitHubSandbox, url: str) -> dict[str, str]:
    """The calls to GitHub and to AWS, and the seconds of looking and of writing down."""
    with playing(github, url) as played:
        database = played.resync.database
        with database.begin() as connection:
            names = remember(connection, played.resync.survey.openings(REPOSITORIES)[0])
        played.stacks.names = names
        calm, told = played.play()
        assert calm == Round(), f"a fleet in order, and yet: {calm.lines()[:3]}"
        played.stacks.names = names[: len(names) // 2]
        lost, told_of_lost = played.play()
        assert len(lost.environments) == len(names) - len(names) // 2
    return {
        "in order: calls to GitHub + AWS; look + write": told,
        "half of the stacks lost: the same": told_of_lost,
    }


@contextmanager
def playing(github: GitHubSandbox, url: str) -> Iterator[Rounds]:
    """Rounds on a database, with real adapters."""
    database = Database(url)
    wakes = Wakes(database)
    hub = connect_github(github.api_url, github.token, None, None)
    try:
        with PagedStacks(INSTALLATION) as stacks, patch.dict(os.environ, stacks.environment):
            aws = Aws((REGION,))
            alarm = Alarm(database, None, None, system_clock)
            survey = Survey(hub, aws, Cloud(aws), INSTALLATION, REPOSITORIES)
            resync = Resync(database, wakes, Pulls(hub), survey, 5 * MINUTE, 15 * MINUTE, system_clock, alarm)
            yield Rounds(github, stacks, resync)
    finally:
        wakes.close()
        database.close()


def remember(connection: Connection, shown: dict[SourceKey, str]) -> list[str]:
    """Records of everything that is shown, each with an environment of one stack; the stacks' names."""
    names = []
    for number, (key, commit) in enumerate(shown.items()):
        name, ready = f"SHOP-{number}", Phase.READY
        save_source(
            connection, a_source(key.pull_request, repository=key.repository, commit=commit), name, system_clock()
        )
        save_environment(connection, an_environment(name, phase=ready, deployed_commit=commit))
        save_stack(connection, a_record(environment=name, name=name, id=a_stack_id(name)))
        names.append(name)
    return names
