"""The stage: the real passes on a real database, with twins for the world around them and no engine."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import sqlalchemy as sa

from app.aws.prices import prices_of
from app.core.admission import Limits
from app.core.environment import Environment, Phase
from app.core.lifetime import Lifetime
from app.core.source import Source
from app.core.stack import StackRecord
from app.core.tagging import keep_of
from app.core.tiding import Tiding
from app.store.database import Database
from app.store.environments import find_environment, stacks_of
from app.store.schema import migrate
from app.store.tidings import hear
from app.store.wake import Wakes
from tests.builders import INSTALLATION, REGION, a_source
from tests.twin_stack import TwinStack
from tests.twins import Clock, CloudTwin, EstateTwin, PreparerTwin, PullsTwin
from workers.executor import Executor
from workers.follower import Follower
from workers.gate import Gate
from workers.inquiry import Inquiry, places_in
from workers.intake import Intake
from workers.lookout import Lookout
from workers.observer import Observer
from workers.reconciler import Reconciler
from workers.steward import Steward
from workers.wish import WishReader

FURTHER_REGION = "us-east-1"
ROOMY = Limits(environments=10**6, per_repository=10**6, per_author=10**6)
AGELESS = Lifetime(idle=timedelta(days=10**4), longest=timedelta(days=10**4), warnings=())
"""For the stories in which nobody grows old."""
ONE = "stacks: {api: {template: t}}"
"""A repository's file with one stack."""


@contextmanager
def opened_database(folder: Path) -> Iterator[Database]:
    """A database of its own, brought up to date, which need not survive a power cut."""
    path = folder / "mayfly.db"
    path.write_bytes(_migrated())
    database = Database(f"sqlite:///{path}")
    sa.event.listen(database.engine, "connect", _hurry)
    yield database
    database.close()


@cache
def _migrated() -> bytes:
    """The content of a database that was brought up to date, which takes its time, once for all."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "mayfly.db")
        database = Database(f"sqlite:///{path}")
        migrate(database)
        database.close()
        return path.read_bytes()


def _hurry(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA synchronous=OFF").close()


@dataclass
class Stage:
    """One pull request's environment, from GitHub to CloudFormation."""

    database: Database
    number: int = 57
    cloud: CloudTwin = field(default_factory=CloudTwin)
    pulls: PullsTwin = field(default_factory=PullsTwin)
    preparer: PreparerTwin = field(default_factory=PreparerTwin)
    clock: Clock = field(default_factory=Clock)
    limits: Limits = ROOMY
    concurrent_creates: int = 10**6
    lifetime: Lifetime = AGELESS
    shared_tickets: bool = False
    estate: EstateTwin = None  # type: ignore[assignment]  # that of the cloud unless another is given
    pushes: int = 0

    def __post_init__(self) -> None:
        self._wakes = Wakes(self.database)
        self.estate = self.estate or EstateTwin(self.cloud)
        observer = Observer(self.cloud, Inquiry(self.cloud, places_in(self.database)), INSTALLATION, self.clock)
        executor = Executor(self.database, self._wakes, self.cloud, self.estate, self.preparer, observer, self.clock)
        gate, steward = Gate(self._wakes, self.limits, self.concurrent_creates), Steward(self._wakes, self.lifetime)
        lookout = Lookout(self.database, self._wakes, observer, self.clock)
        self._reconciler = Reconciler(
            self.database, self._wakes, lookout, executor, gate, steward, INSTALLATION, self.clock, prices_of
        )
        self._follower = Follower(self.database, self._wakes, self.cloud, self.clock)
        wishes = WishReader(self.pulls, {"default": (REGION, FURTHER_REGION)}, self.shared_tickets)
        self._intake = Intake(self.database, self._wakes, self.pulls, wishes, self.clock)

    @property
    def name(self) -> str:
        return f"SHOP-{self.number}"

    def close(self) -> None:
        """Let go of the engine's client."""
        self._wakes.close()

    def push(self, version: str = "v1", file: str | None = None, number: int | None = None) -> Source:
        """A pull request is opened, or gets a further commit."""
        self.pushes += 1
        number = number or self.number
        commit = f"{number:05}{self.pushes:035}"
        self.preparer.versions[commit] = version
        if file is not None:
            self.pulls.files[commit, ".mayfly.yml"] = file.encode()
        return self.show(a_source(number, commit=commit, branch=f"{self.name}-cart"))

    def show(self, source: Source) -> Source:
        """GitHub shows the source like this, and says so."""
        self.pulls.show(source)
        self._intake(str(source.key))
        return source

    def set_open(self, is_open: bool) -> None:
        """The pull request is closed or reopened."""
        self.show(replace(self.pulls.sources[f"acme/shop#{self.number}"], is_open=is_open))

    def take(self, source: Source) -> None:
        """A delivery about a source is handled (again)."""
        self._intake(str(source.key))

    def reconcile(self) -> timedelta | None:
        """One pass, after the watch and resync have told what moved; None where it looks again never, or only because
        of the environment's age."""
        self.hear()
        self.cloud.mutations.clear()
        again = self._reconciler(self.name)
        return None if again is not None and again > timedelta(days=1) else again

    def hear(self) -> None:
        """The watch looks at what is under way, and resync at what stands."""
        for region in (REGION, FURTHER_REGION):
            self._follower(f"default/{region}")
        standing = {stack.id: (stack.status, keep_of(stack.stands.tags)) for stack in self.cloud.stacks}
        with self.database.begin() as connection:
            for record in self.records():
                is_at_rest = record.is_alive and not record.status.is_in_progress
                if (
                    is_at_rest
                    and record.id is not None
                    and standing.get(record.id) != (record.status, record.kept_until)
                ):
                    hear(connection, Tiding(record.id, self.clock()))

    def verbs(self) -> list[str]:
        """What the last pass asked CloudFormation to do."""
        return [verb for verb, _ in self.cloud.mutations]

    def environment(self, name: str | None = None) -> Environment:
        with self.database.read() as connection:
            environment = find_environment(connection, name or self.name)
        assert environment is not None
        return environment

    def phase(self) -> Phase:
        """The phase that people are told now."""
        return self.environment().phase

    def records(self) -> list[StackRecord]:
        with self.database.read() as connection:
            return stacks_of(connection, self.name)

    def stack(self, name: str | None = None) -> TwinStack:
        return self.cloud.live(name or self.name)

    def calm(self, rounds: int = 40) -> None:
        """Nothing further happens, and whatever is under way goes well."""
        for _ in range(rounds):
            if self.reconcile() is None and not self.cloud.moving():
                return
            for stack in self.cloud.moving():
                stack.goes_on()
            self.clock.pass_(timedelta(hours=1))
