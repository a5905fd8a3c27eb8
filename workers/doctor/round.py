"""All examinations, one after the other. One that cannot be made is a diagnosis and ends no round."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from app.core.diagnosis import Diagnosis, ill
from app.core.errors import MayflyError
from app.settings import Settings, require_webhook_secret
from app.store.database import Database
from workers.composition import connect_to_aws, connect_to_github, connect_to_slack
from workers.doctor.aws import examine_aws
from workers.doctor.database import examine_database
from workers.doctor.door import examine_door
from workers.doctor.github import examine_github
from workers.doctor.slack import examine_slack


def examine(settings: Settings, database: Database, clock: Callable[[], datetime]) -> Iterator[Diagnosis]:
    """Everything that the settings lead to."""
    examinations: Mapping[str, Callable[[], Iterator[Diagnosis]]] = {
        "settings": lambda: _examine_settings(settings),
        "database": lambda: examine_database(database, clock),
        "github": lambda: examine_github(settings, connect_to_github(settings)),
        "door": lambda: examine_door(settings),
        "slack": lambda: examine_slack(settings.slack, connect_to_slack(settings)),
        "aws": lambda: examine_aws(settings.aws, connect_to_aws(settings)),
    }
    for name, examination in examinations.items():
        yield from _tried(name, examination)


def _tried(name: str, examination: Callable[[], Iterator[Diagnosis]]) -> Iterator[Diagnosis]:
    try:
        yield from examination()
    except MayflyError as fault:
        yield ill(name, str(fault), "mend this first; the rest of it could not be tried")


def _examine_settings(settings: Settings) -> Iterator[Diagnosis]:
    """Raises ConfigurationError, whose text says what to do."""
    require_webhook_secret(settings)
    return iter(())
