"""The house: what every process needs, whatever else it does.

Apart from `composition`, so that the doors alone need not carry what only the workers use.
"""

from dataclasses import dataclass

from app.settings import Settings
from app.store.database import Database
from app.store.schema import migrate
from app.store.wake import Wakes
from workers.clock import Clock, system_clock


@dataclass(frozen=True)
class House:
    """What every process needs: the settings, the database and the way to wake a key."""

    settings: Settings
    database: Database
    wakes: Wakes
    clock: Clock = system_clock

    def close(self) -> None:
        """Let go of the database."""
        self.wakes.close()
        self.database.close()


def open_house(settings: Settings) -> House:
    """The database, brought up to date. Raises ConfigurationError or TransientError."""
    database = Database(settings.database_url)
    migrate(database)
    return House(settings, database, Wakes(database))
