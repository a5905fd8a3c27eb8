"""Rounds of the reaper on a stage: the real tour, rules and store, between twins of AWS and GitHub."""

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from app.core.finding import Finding, Rule
from app.core.fleet import FleetStack
from app.core.lifetime import Lifetime
from app.core.mark import Mark
from app.core.reaping import Mode, Policy
from app.core.round import Round
from app.slack.client import Slack
from app.store.findings import list_findings
from app.store.marks import list_marks
from app.store.rounds import last_round
from tests.builders import INSTALLATION, NOW, a_fleet_stack, unused
from tests.twin_fleet import FleetTwin
from tests.unit.workers.stage import ROOMY, Stage
from tests.unit.workers.test_resync import SurveyTwin
from workers.alarm import Alarm
from workers.casebook import GRACES
from workers.reaper import Reaper
from workers.tour import Terms, Tour, Verdicts
from workers.witness import Witness

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CHANNEL = "#reaper"
DAILY = "0 10 * * *"
"""The stage's clock begins on a Monday at ten."""


@dataclass
class Reaping:
    """A reaper on a stage."""

    stage: Stage
    fleet: FleetTwin = field(default_factory=FleetTwin)
    mode: Mode = Mode.DESTROY
    schedule: str = DAILY
    slack: Slack | None = None
    terms: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.survey = SurveyTwin(self.stage)

    @property
    def reaper(self) -> Reaper:
        stage, clock = self.stage, self.stage.clock
        week = Lifetime(workdays=frozenset(range(7)))
        values = {"window": 14 * DAY, "limits": ROOMY, "lifetime": week, "installation": INSTALLATION, **self.terms}
        terms = Terms(Policy(self.mode, GRACES), self.schedule, **values)
        tour = Tour(stage.database, self.fleet, Witness(self.survey, stage.pulls), terms, clock)
        return Reaper(stage.database, stage._wakes, tour, clock, Alarm(stage.database, self.slack, CHANNEL, clock))

    def show_stage(self, **changes: Any) -> FleetStack:
        """The stage's own stacks stand, idle for long unless told otherwise."""
        for record in self.stage.records():
            tags = {"mayfly:managed": INSTALLATION, "mayfly:environment": record.environment}
            values = {"id": record.id, "tags": tags, "usage": unused(), "account": record.account, **changes}
            self.fleet.show(a_fleet_stack(record.name, **values))
        return next(iter(self.fleet.stacks.values()))

    def look(self, after: timedelta = timedelta(0), **options: bool) -> Verdicts:
        """What a round would find then, changing nothing."""
        self.stage.clock.pass_(after)
        return self.reaper.tour.take(**options)

    def play(self, after: timedelta = timedelta(0), **options: bool) -> Verdicts:
        """One round, then."""
        found = self.look(after, **options)
        self.reaper.apply(found)
        return found

    def wake(self, after: timedelta = timedelta(0)) -> timedelta | None:
        """The reaper's pass, then; when it wants to come back."""
        self.stage.clock.pass_(after)
        return self.reaper("all")

    def age(self) -> None:
        """It is ten in the morning, and the stage's environment was deployed long ago."""
        self.stage.clock.pass_(NOW + 30 * DAY - self.stage.clock())

    @property
    def findings(self) -> list[Finding]:
        with self.stage.database.read() as connection:
            return list_findings(connection)

    def finding(self, rule: Rule) -> Finding:
        """The one open finding of a rule."""
        (found,) = [each for each in self.findings if each.rule is rule]
        return found

    @property
    def last(self) -> Round:
        with self.stage.database.read() as connection:
            found = last_round(connection)
        assert found
        return found

    @property
    def marks(self) -> list[Mark]:
        with self.stage.database.read() as connection:
            return [mark for _, mark in list_marks(connection, self.stage.name)]

    def close_quietly(self, *, is_open: bool = False) -> None:
        """The pull request is closed on GitHub, and no webhook says so."""
        source = self.stage.pulls.sources[f"acme/shop#{self.stage.number}"]
        self.stage.pulls.show(replace(source, is_open=is_open))
