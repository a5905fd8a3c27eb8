"""The ground: the real passes and the real adapters on AWS over real HTTP, with a clock that moves when it is told to.

For what takes CloudFormation a minute and us a day: a deletion is tried again after up to six hours.
"""

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import boto3
import pytest

from app.aws.client import DEFAULT_ACCOUNT, Aws
from app.aws.cloud import Cloud
from app.aws.estate import Estate
from app.core.blueprint import Blueprint, Preparation
from app.core.environment import Environment
from app.core.errors import TransientError
from app.core.plan import SAFETY_NET
from app.core.verification import Leak
from app.sandbox.aws import AwsSandbox
from app.store.leaks import list_leaks
from tests.builders import REGION
from tests.twins import PreparerTwin
from tests.unit.workers.stage import ONE, Stage, opened_database
from tests.waiting import wait_until

CAPABILITIES = ("CAPABILITY_NAMED_IAM",)


class TemplatePreparer(PreparerTwin):
    """A commit's version is its template."""

    def prepare(self, environment: Environment) -> Preparation:
        commit = environment.desired.commit
        body = self.versions[commit]
        digest = hashlib.sha256(body.encode()).hexdigest()
        targets = environment.desired.targets
        made = {each.stack: Blueprint(each.stack, body, None, digest, CAPABILITIES, ()) for each in targets}
        return replace(Preparation(commit), blueprints=made)


LONGEST = 60.0
"""Seconds within which an environment comes to rest, on a machine that has other work too."""


class Ground:
    """One environment of one stack, on the AWS of the test."""

    def __init__(self, stage: Stage, cloud: Cloud, aws: AwsSandbox) -> None:
        self.stage, self.cloud, self.aws = stage, cloud, aws
        self._clients: dict[str, Any] = {}

    def close(self) -> None:
        for client in self._clients.values():
            client.close()
        self.stage.close()

    def client(self, service: str) -> Any:
        """A client that looks for the story, past Mayfly."""
        if service not in self._clients:
            self._clients[service] = boto3.client(service, region_name=REGION)  # type: ignore[call-overload]
        return self._clients[service]

    def stand(self, template: str) -> None:
        """The environment stands, with this template."""
        self.stage.push(template, ONE)
        self.settle()
        assert self.stage.phase() == "ready", self.stage.environment().reason

    def leave(self) -> None:
        """The pull request is closed, and everything happens that happens at once."""
        self.stage.set_open(False)
        self.settle()

    def pass_(self, span: timedelta) -> None:
        """Time passes, and everything happens that is due then."""
        self.stage.clock.pass_(span)
        self.settle()

    def settle(self) -> None:
        """Passes until nothing is under way and none is asked for soon. What does not get through is tried again.

        The watch looks before each pass, as it does in earnest; it is what says that something moved.
        """
        again: timedelta | None = SAFETY_NET
        deadline = time.monotonic() + LONGEST
        while again is not None and again <= SAFETY_NET:
            assert time.monotonic() < deadline, f"it never settles: {self.stage.environment().reason}"
            with suppress(TransientError):
                self.stage._follower(f"{DEFAULT_ACCOUNT}/{REGION}")
                again = self.stage._reconciler(self.stage.name)
            wait_until(lambda: not self.cloud.in_progress(DEFAULT_ACCOUNT, REGION))

    def physical_id(self, logical_id: str) -> str:
        """The name that AWS gave a resource of the stack."""
        (record,) = self.stage.records()
        resources = self.cloud.resources(DEFAULT_ACCOUNT, REGION, record.id or "")
        return next(each.physical_id for each in resources if each.logical_id == logical_id)

    def stacks(self) -> set[str]:
        """Every stack that exists."""
        return {stack.name for stack in self.cloud.every_stack(DEFAULT_ACCOUNT, REGION)}

    def leaks(self) -> dict[str, Leak]:
        """What is recorded as leaked, by its ARN."""
        with self.stage.database.read() as connection:
            return {leak.arn: leak for leak in list_leaks(connection, self.stage.name)}


@contextmanager
def opened_ground(aws: AwsSandbox, folder: Path) -> Iterator[Ground]:
    """A ground on an AWS that holds nothing."""
    aws.control.reset()
    with pytest.MonkeyPatch.context() as patch, opened_database(folder) as database:
        for name, value in aws.environment().items():
            patch.setenv(name, value)
        reached = Aws([REGION])
        cloud = Cloud(reached)
        stage = Stage(
            database, cloud=cast("Any", cloud), preparer=TemplatePreparer(), estate=cast("Any", Estate(reached))
        )
        ground = Ground(stage, cloud, aws)
        yield ground
        ground.close()
