"""The listener: what it hears becomes tidings and wakes, and nothing that it could not write down is lost."""

import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.aws.client import AwsUnreachable
from app.aws.queue import Message
from app.core.pace import Hearing
from app.core.stack import StackStatus
from app.store.database import Database
from app.store.environments import save_stack
from app.store.hearing import find_hearing
from app.store.tables import stacks, wakes
from app.store.tidings import tidings_of
from app.store.wake import Kind, Wakes
from tests.builders import NOW, REGION, a_record, a_stack_id
from tests.unit.workers.stage import opened_database
from tests.waiting import wait_until
from workers.listener import Listener

PLACE = f"default/{REGION}"
STACK = a_stack_id("SHOP-42-api")


@dataclass
class QueueTwin:
    """A queue in memory: a message stays until it is deleted."""

    messages: list[Message] = field(default_factory=list)
    asked: int = 0
    fault: Exception | None = None

    def send(self, body: str) -> None:
        self.messages.append(Message(f"r{len(self.messages)}", body))

    def tell(self, status: str, stack_id: str = STACK, time: str = "2026-03-02T10:00:00Z", token: str = "t1") -> None:
        detail = {"stack-id": stack_id, "status-details": {"status": status}, "client-request-token": token}
        kind = "CloudFormation Stack Status Change"
        self.send(json.dumps({"source": "aws.cloudformation", "detail-type": kind, "time": time, "detail": detail}))

    def receive(self, seconds: int) -> list[Message]:
        assert seconds == 0
        self.asked += 1
        if self.fault is not None:
            raise self.fault
        return self.messages[:10]

    def delete(self, messages: Sequence[Message]) -> None:
        self.messages = [each for each in self.messages if each not in messages]


class Room:
    """A listener in a house with one environment under way."""

    def __init__(self, database: Database) -> None:
        self.database, self.wakes, self.queue = database, Wakes(database), QueueTwin()
        self.listener = Listener(database, self.wakes, self.queue, lambda: NOW, wait=0)
        self.record(StackStatus.CREATE_IN_PROGRESS)

    def record(self, status: StackStatus, stack_id: str | None = STACK, token: str = "t1") -> None:
        with self.database.begin() as connection:
            save_stack(connection, a_record(status=status, id=stack_id, operation="create", token=token))

    def heard(self) -> StackStatus | None:
        with self.database.read() as connection:
            tiding = tidings_of(connection, [STACK]).get(STACK)
        return tiding.status if tiding else None

    def woken(self, kind: Kind = Kind.ENVIRONMENT) -> list[str]:
        with self.database.read() as connection:
            query = sa.select(wakes.c.key).where(wakes.c.kind == kind, wakes.c.queued.is_not(None))
            return list(connection.execute(query).scalars())

    def watches(self) -> list[str]:
        return self.woken(Kind.WATCH)

    def hearing(self) -> Hearing:
        with self.database.read() as connection:
            return find_hearing(connection, PLACE)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with opened_database(tmp_path) as database:
        room = Room(database)
        yield room
        room.wakes.close()


def test_a_stack_of_ours_that_moved_wakes_its_environment(room: Room) -> None:
    room.queue.tell("CREATE_COMPLETE")
    room.listener.listen_once()
    assert (room.heard(), room.woken()) == (StackStatus.CREATE_COMPLETE, ["SHOP-42"])
    assert (room.queue.messages, room.hearing()) == ([], Hearing(NOW, NOW))


def test_what_is_known_already_wakes_nobody(room: Room) -> None:
    room.queue.tell("CREATE_IN_PROGRESS")
    room.listener.listen_once()
    assert (room.heard(), room.woken(), room.queue.messages) == (None, [], [])
    assert room.hearing() == Hearing(NOW, NOW)


def test_events_in_any_order_leave_the_last_one(room: Room) -> None:
    room.queue.tell("CREATE_COMPLETE", time="2026-03-02T10:00:09Z")
    room.queue.tell("CREATE_IN_PROGRESS", time="2026-03-02T10:00:00Z")
    room.listener.listen_once()
    assert room.heard() is StackStatus.CREATE_COMPLETE


def test_a_stack_whose_creation_was_not_answered_yet_is_known_by_its_token(room: Room) -> None:
    room.record(StackStatus.ABSENT, None, "t9")
    room.queue.tell("CREATE_COMPLETE", token="t9")
    room.listener.listen_once()
    assert room.woken() == ["SHOP-42"]


def test_what_is_foreign_or_no_event_is_dropped(room: Room) -> None:
    room.queue.tell("CREATE_COMPLETE", stack_id="arn:another", token="another")
    room.queue.send("rubbish")
    room.queue.send(json.dumps({"source": "aws.s3"}))
    room.listener.listen_once()
    assert (room.heard(), room.woken(), room.queue.messages) == (None, [], [])
    assert room.hearing() == Hearing(NOW, None)


def test_what_could_not_be_written_down_comes_again(room: Room) -> None:
    room.queue.tell("CREATE_COMPLETE")
    with room.database.begin() as connection:
        connection.execute(sa.text("ALTER TABLE tidings RENAME TO elsewhere"))
    with pytest.raises(sa.exc.OperationalError):
        room.listener.listen_once()
    assert len(room.queue.messages) == 1
    with room.database.begin() as connection:
        connection.execute(sa.text("ALTER TABLE elsewhere RENAME TO tidings"))
    room.listener.listen_once()
    assert room.heard() is StackStatus.CREATE_COMPLETE


def test_a_queue_that_does_not_answer_is_not_noted_as_answering(room: Room) -> None:
    room.queue.fault = AwsUnreachable("SQS: away")
    with pytest.raises(AwsUnreachable):
        room.listener.listen_once()
    assert room.hearing() == Hearing()


def test_when_the_queue_does_not_answer_the_watches_that_rest_are_woken(room: Room) -> None:
    room.listener.listen_once()
    room.queue.fault = AwsUnreachable("SQS: away")
    room.listener.start()
    wait_until(lambda: room.watches() == [PLACE])
    room.listener.stop()
    assert room.hearing() == Hearing()


def test_it_goes_on_by_itself_until_it_is_stopped(room: Room) -> None:
    room.listener.start()
    room.queue.tell("CREATE_COMPLETE")
    wait_until(lambda: room.heard() is StackStatus.CREATE_COMPLETE)
    room.listener.stop()
    asked = room.queue.asked
    assert "listener" not in [thread.name for thread in threading.enumerate()]
    assert room.queue.asked == asked


def test_nothing_is_taken_off_the_queue_once_it_is_stopped(room: Room) -> None:
    room.queue.tell("CREATE_COMPLETE")
    room.listener._stopping.set()
    room.listener.listen_once()
    assert (room.heard(), len(room.queue.messages)) == (None, 1)


def test_the_same_event_twice_does_no_harm(room: Room) -> None:
    for _ in range(2):
        room.queue.tell("CREATE_COMPLETE")
    room.listener.listen_once()
    with room.database.begin() as connection:
        connection.execute(stacks.update().values(status=StackStatus.CREATE_COMPLETE.value))
    room.queue.tell("CREATE_COMPLETE", time=(NOW + timedelta(days=1)).isoformat())
    room.listener.listen_once()
    assert room.queue.messages == []
