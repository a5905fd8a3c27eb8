"""The notifier: each place is told once, edited from then on, and never held up by another."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from app.core.announcement import Announcement
from app.core.environment import Phase
from app.core.errors import PermanentError, TransientError
from app.store.database import Database
from app.store.environments import save_environment
from app.store.outbox import Told, list_told
from app.store.schema import migrate
from tests.builders import NOW, an_environment
from tests.twins import Clock
from workers.notifier import Notifier
from workers.speaker import MOST_REFUSALS


@dataclass
class Wall:
    """A place in memory: what hangs on it, by reference, and what goes wrong with it next."""

    name: str = "wall"
    sheets: dict[str, str] = field(default_factory=dict)
    faults: list[Exception] = field(default_factory=list)
    is_answer_lost: bool = False
    edits: int = 0
    under: str | None = None
    is_needed: bool = True
    room: str | None = None
    words: str = ""
    roots: list[str | None] = field(default_factory=list)

    def tell(self, root: str | None) -> "Sheet":
        self.roots.append(root)
        return Sheet(self, self.words)


@dataclass
class Sheet:
    """A text on its way to the wall."""

    wall: Wall
    text: str

    @property
    def digest(self) -> str:
        return self.text

    def post(self) -> str:
        self._meet_fault()
        reference = str(len(self.wall.sheets) + 1)
        self.wall.sheets[reference] = self.text
        if self.wall.is_answer_lost:
            raise TransientError("the answer was lost")
        return reference

    def edit(self, reference: str) -> bool:
        self._meet_fault()
        if reference not in self.wall.sheets:
            return False
        self.wall.edits += 1
        self.wall.sheets[reference] = self.text
        return True

    def find(self, since: datetime) -> str | None:
        assert since <= NOW
        return next(iter(self.wall.sheets), None)

    def _meet_fault(self) -> None:
        if self.wall.faults:
            raise self.wall.faults.pop(0)


@dataclass
class Walls:
    """The directory of the places there are."""

    places: Sequence[Wall]

    def of(self, announcement: Announcement, _told: Mapping[str, Told]) -> Sequence[Wall]:
        for wall in self.places:
            wall.words = f"{announcement.environment}: {announcement.reason}"
        return self.places


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    path: Path = tmp_path_factory.mktemp("store") / "mayfly.db"
    database = Database(f"sqlite:///{path}")
    migrate(database)
    yield database
    database.close()


class Desk:
    """A notifier, the environment that it tells of, and two walls."""

    def __init__(self, database: Database, name: str) -> None:
        self.database, self.environment = database, an_environment(name)
        self.wall, self.other = Wall(), Wall("other")
        self.clock = Clock()
        self.notifier = Notifier(database, Walls([self.wall, self.other]), self.clock)

    def tell(self, reason: str = "It is ready.") -> timedelta | None:
        self.environment = replace(self.environment, phase=Phase.READY, reason=reason)
        with self.database.begin() as connection:
            save_environment(connection, self.environment)
        return self.notifier(self.environment.name)


@pytest.fixture
def desk(database: Database, request: pytest.FixtureRequest) -> Desk:
    """One desk for each test, with an environment of its own."""
    return Desk(database, request.node.name)


def texts(wall: Wall) -> list[str]:
    return [text.partition(": ")[2] for text in wall.sheets.values()]


def test_every_place_is_told(desk: Desk) -> None:
    assert desk.tell() is None
    assert (texts(desk.wall), texts(desk.other)) == (["It is ready."], ["It is ready."])


def test_a_change_edits_what_was_told(desk: Desk) -> None:
    desk.tell()
    desk.tell("It failed.")
    assert (texts(desk.wall), desk.wall.edits) == (["It failed."], 1)


def test_what_is_known_is_not_told_again(desk: Desk) -> None:
    desk.tell()
    desk.tell()
    assert (len(desk.wall.sheets), desk.wall.edits) == (1, 0)


def test_nothing_is_told_of_what_does_not_exist(desk: Desk) -> None:
    assert desk.notifier("nowhere") is None
    assert desk.wall.sheets == {}


def test_a_post_whose_answer_was_lost_is_found_and_not_repeated(desk: Desk) -> None:
    desk.wall.is_answer_lost = True
    assert desk.tell() == timedelta(seconds=2)
    desk.wall.is_answer_lost = False
    assert desk.tell("It changed meanwhile.") is None
    assert texts(desk.wall) == ["It changed meanwhile."]


def test_what_somebody_took_down_is_posted_anew(desk: Desk) -> None:
    desk.tell()
    desk.wall.sheets.clear()
    desk.tell("It failed.")
    assert texts(desk.wall) == ["It failed."]


@pytest.mark.parametrize("fault", [TransientError("away"), PermanentError("no"), KeyError("surprise")], ids=repr)
def test_one_place_that_fails_holds_up_no_other(desk: Desk, fault: Exception) -> None:
    desk.wall.faults = [fault]
    assert desk.tell() is not None
    assert (texts(desk.wall), texts(desk.other)) == ([], ["It is ready."])
    assert desk.tell() is None
    assert texts(desk.wall) == ["It is ready."]


def test_the_pause_grows_with_each_failure(desk: Desk) -> None:
    desk.wall.faults = [TransientError("away")] * 3
    assert [desk.tell() for _ in range(3)] == [timedelta(seconds=seconds) for seconds in (2, 4, 8)]


def test_the_pause_is_the_one_that_the_place_asks_for(desk: Desk) -> None:
    desk.wall.faults = [TransientError("slow down", timedelta(seconds=30))]
    assert desk.tell() == timedelta(seconds=30)


def test_a_place_that_keeps_refusing_is_left_alone_until_there_is_news(desk: Desk) -> None:
    desk.wall.faults = [PermanentError("no")] * MOST_REFUSALS
    assert [desk.tell() for _ in range(MOST_REFUSALS)][-1] is None
    desk.tell("There is news.")
    assert texts(desk.wall) == ["There is news."]


def test_the_last_state_is_told_to_a_place_that_was_out_of_reach(desk: Desk) -> None:
    desk.wall.faults = [TransientError("away")] * 2
    for reason in ("Creating.", "Updating.", "It is ready."):
        desk.tell(reason)
    assert (texts(desk.wall), desk.wall.edits) == (["It is ready."], 0)


class TestBelow:
    """A reply stands below its root."""

    def test_it_is_told_where_the_root_stands(self, desk: Desk) -> None:
        desk.other.under = "wall"
        desk.tell()
        assert (texts(desk.other), desk.other.roots) == (["It is ready."], ["1"])

    def test_it_waits_for_a_root_that_could_not_be_told(self, desk: Desk) -> None:
        desk.other.under = "wall"
        desk.wall.faults = [TransientError("away")]
        assert desk.tell() == timedelta(seconds=2)
        assert texts(desk.other) == []
        desk.tell()
        assert texts(desk.other) == ["It is ready."]


def test_what_is_not_needed_is_only_kept_up_to_date(desk: Desk) -> None:
    desk.other.is_needed = False
    desk.tell()
    assert texts(desk.other) == []
    desk.other.is_needed = True
    desk.tell("It is busy.")
    desk.other.is_needed = False
    desk.tell("It is over.")
    assert texts(desk.other) == ["It is over."]


class TestTurns:
    """Places in one room speak in turn."""

    @pytest.fixture(autouse=True)
    def _in_one_room(self, desk: Desk) -> None:
        desk.wall.room = desk.other.room = "#previews"

    def test_the_last_state_is_told_when_the_turn_comes(self, desk: Desk) -> None:
        desk.tell("one")
        assert desk.tell("two") == timedelta(seconds=1)
        assert (texts(desk.wall), texts(desk.other)) == (["two"], ["one"])
        desk.clock.pass_(timedelta(seconds=1))
        assert desk.tell("three") == timedelta(seconds=1)
        assert (texts(desk.wall), texts(desk.other)) == (["two"], ["three"])
        desk.clock.pass_(timedelta(seconds=1))
        assert desk.tell("three") is None
        assert (texts(desk.wall), texts(desk.other)) == (["three"], ["three"])

    def test_a_room_that_asks_for_a_pause_gets_it_from_everybody(self, desk: Desk) -> None:
        desk.wall.faults = [TransientError("slow down", timedelta(seconds=30))]
        assert desk.tell() == timedelta(seconds=30)
        assert texts(desk.other) == []
        desk.clock.pass_(timedelta(seconds=29))
        assert desk.tell() == timedelta(seconds=1)
        assert (texts(desk.wall), texts(desk.other)) == ([], [])

    def test_whoever_waits_has_not_failed(self, desk: Desk) -> None:
        for reason in ("one", "two", "three"):
            desk.tell(reason)
        with desk.database.read() as connection:
            assert {row.attempts for row in list_told(connection, desk.environment.name).values()} == {0}
