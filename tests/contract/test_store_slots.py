"""The slots of wake-ups: those whose pass was lost are woken afresh, those of what is no more are forgotten."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from dbos import DBOSClient

from app.store.database import Database
from app.store.environments import save_environment
from app.store.orders import Order, Origin, add_order, settle_order
from app.store.sources import save_source
from app.store.tables import wakes as table
from app.store.wake import Kind, Wakes, parse_pass
from tests.contract.records import ENVIRONMENT, NOW, SOURCE

KEY = str(SOURCE.key)
HOUR = timedelta(hours=1)


class Slots:
    """Wakes keys, plays the engine's part, and looks at the slots."""

    def __init__(self, database: Database, wakes: Wakes) -> None:
        self.database, self.wakes = database, wakes
        self.client = DBOSClient(system_database_engine=database.engine)

    def wake(self, key: str = KEY, kind: Kind = Kind.SOURCE, delay: timedelta = timedelta(0)) -> str:
        """The id of the pass that is queued for a key."""
        with self.database.begin() as connection:
            self.wakes.wake(connection, kind, key, delay)
        return f"{kind}|{self.row(key, kind).sequence}|{key}"

    def run(self, pass_id: str, *, fails: bool = False) -> None:
        """A pass begins and ends; the engine still remembers it."""
        running = parse_pass(pass_id)
        with self.database.begin() as connection:
            assert self.wakes.begin_pass(connection, running)
            if fails:
                self.wakes.fail_pass(connection, running, "no", HOUR)
                connection.execute(table.update().values(due_at=None))
            else:
                self.wakes.end_pass(connection, running, None)

    def lose(self, *ids: str) -> None:
        """The engine forgets passes."""
        self.client.delete_workflows(list(ids))

    def row(self, key: str = KEY, kind: Kind = Kind.SOURCE) -> sa.Row[tuple[object, ...]]:
        with self.database.read() as connection:
            return connection.execute(sa.select(table).where(table.c.key == key, table.c.kind == kind)).one()

    @property
    def keys(self) -> set[str]:
        with self.database.read() as connection:
            return set(connection.execute(sa.select(table.c.key)).scalars())

    @property
    def waiting(self) -> set[str]:
        return {workflow.workflow_id for workflow in self.client.list_workflows(status="ENQUEUED")}

    def change(self, pass_id: str, column: str, value: str) -> None:
        """What the engine notes of a pass becomes otherwise."""
        name = "workflow_status" if self.database.is_sqlite else "dbos.workflow_status"
        with self.database.begin() as connection:
            statement = sa.text(f"UPDATE {name} SET {column} = :value WHERE workflow_uuid = :id")
            connection.execute(statement, {"value": value, "id": pass_id})


@pytest.fixture
def slots(database: Database, wakes: Wakes) -> Iterator[Slots]:
    """The slots of an empty store."""
    slots = Slots(database, wakes)
    yield slots
    slots.client.destroy()


class TestHealing:
    def test_a_key_whose_pass_is_gone_is_woken_afresh(self, slots: Slots) -> None:
        slots.lose(slots.wake())
        assert slots.wakes.heal(slots.database) == [KEY]
        assert slots.waiting == {f"source|2|{KEY}"}
        assert slots.row().queued == f"source|2|{KEY}"

    @pytest.mark.parametrize("status", ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"])
    def test_so_is_one_whose_pass_ended_before_it_began(self, slots: Slots, status: str) -> None:
        slots.change(slots.wake(), "status", status)
        assert slots.wakes.heal(slots.database) == [KEY]
        assert slots.waiting == {f"source|2|{KEY}"}

    def test_so_is_one_whose_pass_waits_for_a_version_that_is_no_more(self, slots: Slots) -> None:
        slots.change(slots.wake(), "application_version", "0")
        assert slots.wakes.heal(slots.database) == [KEY]

    @pytest.mark.parametrize("status", ["ENQUEUED", "DELAYED", "PENDING"])
    def test_one_that_the_engine_will_run_is_left_alone(self, slots: Slots, status: str) -> None:
        pass_id = slots.wake()
        slots.change(pass_id, "status", status)
        assert slots.wakes.heal(slots.database) == []
        assert slots.row().queued == pass_id

    def test_keys_that_rest_or_wait_for_their_time_are_left_alone(self, slots: Slots) -> None:
        pass_id = slots.wake()
        slots.run(pass_id)
        slots.lose(pass_id)
        slots.wake("later", delay=HOUR)
        assert slots.wakes.heal(slots.database) == []
        assert slots.waiting == set()

    def test_what_is_lost_is_found_among_many(self, slots: Slots) -> None:
        ids = [slots.wake(f"k{number}", kind) for number in range(4) for kind in (Kind.SOURCE, Kind.WATCH)]
        slots.lose(*ids[::3])
        lost = {parse_pass(each).key for each in ids[::3]}
        assert set(slots.wakes.heal(slots.database, portion=2)) == lost
        assert len(slots.waiting) == len(ids)
        assert slots.wakes.heal(slots.database, portion=2) == []


class TestForgetting:
    def test_a_key_that_rests_and_belongs_to_nothing_is_forgotten(self, slots: Slots) -> None:
        for kind in (Kind.SOURCE, Kind.ENVIRONMENT, Kind.ANNOUNCEMENT):
            pass_id = slots.wake("nothing", kind)
            slots.run(pass_id)
            slots.lose(pass_id)
        assert slots.wakes.forget_slots(slots.database, portion=2) == 3
        assert slots.keys == set()

    def test_one_whose_last_pass_the_engine_remembers_stays(self, slots: Slots) -> None:
        """It may be running, and the first pass of a new slot would bear its name."""
        slots.run(slots.wake())
        assert slots.wakes.forget_slots(slots.database) == 0

    def test_one_that_waits_stays(self, slots: Slots) -> None:
        slots.lose(slots.wake())
        slots.wake("later", delay=HOUR)
        assert slots.wakes.forget_slots(slots.database) == 0
        assert slots.keys == {KEY, "later"}

    def test_one_that_failed_last_stays(self, slots: Slots) -> None:
        pass_id = slots.wake()
        slots.run(pass_id, fails=True)
        slots.lose(pass_id)
        assert slots.wakes.forget_slots(slots.database) == 0

    def test_keys_of_what_is_known_and_of_no_single_thing_stay(self, slots: Slots) -> None:
        with slots.database.begin() as connection:
            save_source(connection, SOURCE, "SHOP-42", NOW)
            save_environment(connection, ENVIRONMENT)
        woken = [(KEY, Kind.SOURCE), ("SHOP-42", Kind.ENVIRONMENT), ("SHOP-42", Kind.ANNOUNCEMENT)]
        woken += [("all", Kind.RESYNC), ("all", Kind.UPKEEP), ("default/eu-west-1", Kind.WATCH)]
        for key, kind in woken:
            pass_id = slots.wake(key, kind)
            slots.run(pass_id)
            slots.lose(pass_id)
        assert slots.wakes.forget_slots(slots.database) == 0

    def test_that_of_an_order_stays_until_it_was_carried_out(self, slots: Slots) -> None:
        with slots.database.begin() as connection:
            add_order(connection, Order("comment:1", Origin.COMMENT, NOW))
        pass_id = slots.wake("comment:1", Kind.ORDER)
        slots.run(pass_id)
        slots.lose(pass_id)
        assert slots.wakes.forget_slots(slots.database) == 0
        with slots.database.begin() as connection:
            settle_order(connection, "comment:1", "done", NOW)
        assert slots.wakes.forget_slots(slots.database) == 1

    def test_a_key_that_was_forgotten_is_woken_like_a_new_one(self, slots: Slots) -> None:
        pass_id = slots.wake()
        slots.run(pass_id)
        slots.lose(pass_id)
        slots.wakes.forget_slots(slots.database)
        assert slots.wake() == f"source|1|{KEY}"
        assert slots.waiting == {f"source|1|{KEY}"}

    @pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
    def test_one_that_is_forgotten_while_it_is_being_woken_is_woken(self, slots: Slots) -> None:
        """Between the statements of one wake; on SQLite nobody comes between."""
        pass_id = slots.wake()
        slots.run(pass_id)
        slots.lose(pass_id)
        moments, forgotten = iter(["after the first statement"]), []

        def come_between(*_: object) -> None:
            if next(moments, None):
                forgotten.append(slots.wakes.forget_slots(slots.database))

        sa.event.listen(slots.database.engine, "after_cursor_execute", come_between)
        assert slots.wake() == pass_id
        assert (forgotten, slots.waiting) == ([1], {pass_id})
