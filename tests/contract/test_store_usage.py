"""What looks remember comes back as it was, each account and region for itself."""

from datetime import timedelta

from app.core.fleet import Evidence
from app.core.memory import Memory, StackMemory
from app.core.stack import Resource
from app.store.database import Database
from app.store.usage import load_memory, save_memory
from tests.contract.records import NOW, defaulted

QUEUE = Resource("Queue", "AWS::SQS::Queue", "https://sqs.test/1/orders", "CREATE_COMPLETE")
STACK = StackMemory(Evidence("Lambda Invocations", "checkout", NOW, 12.5), (QUEUE,), NOW - timedelta(days=1))
MEMORY = Memory(
    {"arn:1": STACK, "arn:2": StackMemory()},
    {"arn:queue": {"team": "shop"}, "arn:bucket": None},
    frozenset({"arn:hand"}),
    NOW,
)


def remember(database: Database, memory: Memory, region: str = "eu-west-1") -> Memory:
    with database.begin() as connection:
        save_memory(connection, "dev", region, memory)
    return recall(database, region)


def recall(database: Database, region: str = "eu-west-1") -> Memory:
    with database.read() as connection:
        return load_memory(connection, "dev", region)


def test_it_comes_back_as_it_was(database: Database) -> None:
    assert defaulted(STACK) == defaulted(MEMORY) == []
    assert remember(database, MEMORY) == MEMORY


def test_nothing_is_remembered_at_first(database: Database) -> None:
    assert recall(database) == Memory()


def test_the_latest_look_takes_the_place_of_the_one_before(database: Database) -> None:
    remember(database, MEMORY)
    after = Memory({"arn:3": StackMemory(resources=())}, audited_at=NOW + timedelta(hours=1))
    assert remember(database, after) == after


def test_each_region_is_remembered_for_itself(database: Database) -> None:
    remember(database, MEMORY)
    remember(database, Memory(), "us-east-1")
    assert recall(database) == MEMORY
