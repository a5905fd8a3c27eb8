"""A commit as a place: its check run or commit status, and its deployment.

Each commit that was ever told of has rows of its own in the outbox, so that what was begun is also ended: a commit that
another one overtook is cancelled, and its deployment goes once something else stands.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from app.core.announcement import Announcement
from app.core.blame import Blame, line_of
from app.core.errors import MayflyError
from app.core.verdict import judge_commit
from app.github.checks import CheckReport, Checks
from app.github.client import GitHub
from app.github.deployments import DeploymentReport, Deployments
from app.github.statuses import Statuses, StatusReport
from app.github.verdicts import Locator, report_check, report_deployment, report_status
from app.repository_file import DEFAULT_TEMPLATES
from app.store.outbox import Told
from workers.channel import digest_of
from workers.ports import Place, Text

FileReader = Callable[[str, str, str], bytes | None]
"""A file of a repository at a commit."""


@dataclass(frozen=True)
class Spot:
    """A commit of a repository, in one of the forms that GitHub has for it."""

    form: str
    repository: str
    commit: str

    @property
    def name(self) -> str:
        """How it is named in the outbox."""
        return f"{self.form}:{self.repository}@{self.commit}"

    @classmethod
    def parse(cls, name: str) -> "Spot | None":
        """The spot that a name in the outbox is of; None for another kind of place."""
        form, _, rest = name.partition(":")
        repository, at, commit = rest.rpartition("@")
        return cls(form, repository, commit) if at and form in ("check", "status", "deployment") else None


@dataclass(frozen=True)
class Commits:
    """The places of an environment's commits."""

    github: GitHub
    read_file: FileReader
    public_url: str | None = None

    def places(self, announcement: Announcement, told: Mapping[str, Told]) -> Iterator[Place]:
        """The wanted commit's, and those of the commits before it of which something was told."""
        current = [Spot(form, *announcement.wanted) for form in self._forms] if announcement.wanted else []
        earlier = [spot for name in told if (spot := Spot.parse(name)) and spot not in current]
        for spot in (*current, *earlier):
            text = self._text(announcement, spot)
            if text is not None:
                yield CommitPlace(spot.name, text, is_needed=spot in current)

    @property
    def _forms(self) -> tuple[str, str]:
        return ("check" if self.github.is_app else "status", "deployment")

    def _text(self, announcement: Announcement, spot: Spot) -> Text | None:
        """What there is to tell; None where what stands is to stay."""
        verdict = judge_commit(announcement, spot.repository, spot.commit)
        page = page_of(self.public_url, announcement.environment)
        if spot.form == "deployment":
            wants_another = announcement.wanted not in (None, (spot.repository, spot.commit))
            if wants_another and announcement.commit == spot.commit:
                return None
            deployments = Deployments(self.github, spot.repository, spot.commit, announcement.environment)
            return DeploymentText(deployments, report_deployment(announcement, verdict, page))
        if verdict is None:
            return None
        if spot.form == "check":
            report = report_check(announcement, spot.commit, verdict, self._locator(spot), page)
            return CheckText(Checks(self.github, spot.repository, spot.commit), report)
        status = report_status(announcement, verdict, page)
        return StatusText(Statuses(self.github, spot.repository, spot.commit), status) if status else None

    def _locator(self, spot: Spot) -> Locator:
        """Looks a failure's resource up in the template at the commit, which may be one of the usual ones; where no
        template can be read, it is the first line."""

        def locate(blame: Blame) -> tuple[str, int]:
            usual = DEFAULT_TEMPLATES if not blame.file else (blame.file,)
            if blame.line is not None and blame.file:
                return blame.file, blame.line
            for file in usual:
                text = self._read(spot, file)
                if text is not None:
                    return file, blame.line or line_of(text, blame.logical_id or "")
            return usual[0], 1

        return locate

    def _read(self, spot: Spot, file: str) -> str | None:
        try:
            content = self.read_file(spot.repository, file, spot.commit)
        except MayflyError:
            return None
        return None if content is None else content.decode("utf-8", "replace")


@dataclass(frozen=True)
class CommitPlace:
    """One form of one commit."""

    name: str
    text: Text
    is_needed: bool = True
    under: str | None = None
    room: str | None = None

    def tell(self, root: str | None) -> Text:  # noqa: ARG002 - a commit stands by itself
        """What there is to tell of the commit."""
        return self.text


@dataclass(frozen=True)
class CheckText:
    """A check run on its way to a commit."""

    checks: Checks
    report: CheckReport

    @property
    def digest(self) -> str:
        """Equal for runs that read the same."""
        return digest_of(asdict(self.report))

    def post(self) -> str:
        """Start the run; its id."""
        return self.checks.post(self.report)

    def edit(self, reference: str) -> bool:
        """Say more in the run; False where a further one is needed."""
        return self.checks.edit(reference, self.report)

    def find(self, since: datetime) -> str | None:  # noqa: ARG002 - it is found by its key
        """The run, should it have been started without anybody noting it."""
        return self.checks.find(self.report.key)


@dataclass(frozen=True)
class StatusText:
    """A commit status on its way."""

    statuses: Statuses
    report: StatusReport

    @property
    def digest(self) -> str:
        """Equal for statuses that read the same."""
        return digest_of(asdict(self.report))

    def post(self) -> str:
        """Set the status; its id."""
        return self.statuses.post(self.report)

    def edit(self, _reference: str) -> bool:
        """Set another, which takes the place of the one before."""
        if not self.statuses.says(self.report):
            self.statuses.post(self.report)
        return True

    def find(self, since: datetime) -> str | None:  # noqa: ARG002 - the latest counts, whenever it was set
        """Something to go on from, should a status have been set without anybody noting it."""
        return "set" if self.statuses.says(self.report) else None


@dataclass(frozen=True)
class DeploymentText:
    """The state of a deployment on its way."""

    deployments: Deployments
    report: DeploymentReport

    @property
    def digest(self) -> str:
        """Equal for states that read the same; whatever is over is over in the same way."""
        return digest_of(asdict(self.report))

    def post(self) -> str:
        """Announce the deployment with its state; its id."""
        return self.deployments.post(self.report)

    def edit(self, reference: str) -> bool:
        """Tell the state, or take the deployment away; False where there is none."""
        return self.deployments.edit(reference, self.report)

    def find(self, since: datetime) -> str | None:  # noqa: ARG002 - it is found by its task
        """The deployment, should it have been announced without anybody noting it."""
        return self.deployments.find()


def page_of(public_url: str | None, environment: str) -> str | None:
    """Where an environment is shown on the dashboard; None where nobody knows how people reach it."""
    return f"{public_url.rstrip('/')}/#{environment}" if public_url else None
