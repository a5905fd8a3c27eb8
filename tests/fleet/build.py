"""A fleet of any size with the truth about it: what is used, what is idle, what is stuck and what is left over.

Each stack has a role, a function with its log group, a queue with its dead-letter queue, a table, a bucket, a topic and
a rule. Six in ten were used in the last two weeks: most by calls of the function, the others in one of the ways that
are easy to overlook. The rest was used last 25 days ago.
"""

from dataclasses import dataclass, field

from app.core.stack import Resource
from tests.fleet.world import ACCOUNT, REGION, FleetWorld, arn

STUCK = 12
REVIEWED = 6
OVERLOOKED = ("index", "queue", "topic", "rule")


@dataclass
class Truth:
    """What a look must find, by stack id and ARN; and our own ledger of the stacks."""

    used: set[str] = field(default_factory=set)
    idle: set[str] = field(default_factory=set)
    stuck: set[str] = field(default_factory=set)
    loose: set[str] = field(default_factory=set)
    ledger: dict[str, tuple[Resource, ...]] = field(default_factory=dict)


def a_fleet(size: int) -> tuple[FleetWorld, Truth]:
    """A world of so many stacks, the stuck ones beside them, and 400 leftovers."""
    world, truth = FleetWorld(), Truth()
    world.add("buses", "orders", "payments")
    for number in range(size):
        _add_stack(world, truth, number, is_used=number % 5 < 3)
    for number in range(STUCK + REVIEWED):
        status = "REVIEW_IN_PROGRESS" if number < REVIEWED else "DELETE_FAILED"
        stack = world.stack(f"STUCK-{number}", status)
        truth.stuck.add(stack["id"])
        if status == "DELETE_FAILED":
            bucket = f"stuck-{number}-bucket"
            world.add("buckets", bucket)
            world.tags[f"arn:aws:s3:::{bucket}"] = _tags(stack["id"], stack["name"], "Bucket")
            stack["resources"].append(("Bucket", "AWS::S3::Bucket", bucket))
            truth.ledger[stack["id"]] = (Resource("Bucket", "AWS::S3::Bucket", bucket),)
    _leave_tagged(world, truth)
    _leave_untagged(world, truth)
    _leave_tools(world, truth)
    return world, truth


def _add_stack(world: FleetWorld, truth: Truth, number: int, *, is_used: bool) -> None:
    name = f"SHOP-{number}"
    stack = world.stack(name)
    made = {
        "Role": ("AWS::IAM::Role", f"{name}-role", ""),
        "Function": ("AWS::Lambda::Function", f"{name}-fn", arn("lambda", f"function:{name}-fn")),
        "Logs": ("AWS::Logs::LogGroup", f"/aws/lambda/{name}-fn", arn("logs", f"log-group:/aws/lambda/{name}-fn")),
        "Queue": ("AWS::SQS::Queue", _url(f"{name}-queue"), arn("sqs", f"{name}-queue")),
        "Dead": ("AWS::SQS::Queue", _url(f"{name}-dlq"), arn("sqs", f"{name}-dlq")),
        "Table": ("AWS::DynamoDB::Table", f"{name}-table", arn("dynamodb", f"table/{name}-table")),
        "Bucket": ("AWS::S3::Bucket", f"{name}-bucket".lower(), f"arn:aws:s3:::{name}-bucket".lower()),
        "Topic": ("AWS::SNS::Topic", arn("sns", f"{name}-topic"), arn("sns", f"{name}-topic")),
        "Rule": ("AWS::Events::Rule", f"orders|{name}-rule", world.rule(f"{name}-rule", "orders")),
    }
    world.add("functions", f"{name}-fn")
    world.add("log_groups", f"/aws/lambda/{name}-fn")
    world.add("queues", f"{name}-queue", f"{name}-dlq")
    world.add("tables", f"{name}-table")
    world.add("buckets", f"{name}-bucket".lower())
    world.add("topics", f"{name}-topic")
    for logical, (kind, physical, resource) in made.items():
        stack["resources"].append((logical, kind, physical))
        if resource:
            world.tags[resource] = _tags(stack["id"], name, logical)
    truth.ledger[stack["id"]] = tuple(Resource(*each) for each in stack["resources"])
    (truth.used if is_used else truth.idle).add(stack["id"])
    _use(world, name, number, ago=number % 13 if is_used else 25)


def _use(world: FleetWorld, name: str, number: int, ago: int) -> None:
    """A use on one day: of three stacks in four a call of the function."""
    how = OVERLOOKED[number // 5 % 4] if number % 4 == 0 else "function"
    if how == "function":
        world.measure("AWS/Lambda", "Invocations", {"FunctionName": f"{name}-fn"}, ago, 12)
    elif how == "index":
        under = {"TableName": f"{name}-table", "GlobalSecondaryIndexName": "by-day"}
        world.measure("AWS/DynamoDB", "ConsumedReadCapacityUnits", under, ago, 3)
    elif how == "queue":
        world.measure("AWS/SQS", "NumberOfMessagesReceived", {"QueueName": f"{name}-queue"}, ago, 5)
    elif how == "topic":
        world.measure("AWS/SNS", "NumberOfMessagesPublished", {"TopicName": f"{name}-topic"}, ago, 1)
    else:
        under = {"EventBusName": "orders", "RuleName": f"{name}-rule"}
        world.measure("AWS/Events", "Invocations", under, ago, 900)


def _leave_tagged(world: FleetWorld, truth: Truth) -> None:
    """100 queues, 100 log groups and 100 buckets of stacks that are gone; one in ten has gone itself since."""
    for number in range(100):
        gone = arn("cloudformation", f"stack/OLD-{number}/99999999-0000-4000-8000-{number:012}")
        things = {
            "queues": (f"OLD-{number}-queue", arn("sqs", f"OLD-{number}-queue")),
            "log_groups": (f"/shop/OLD-{number}", arn("logs", f"log-group:/shop/OLD-{number}")),
            "buckets": (f"old-{number}-bucket", f"arn:aws:s3:::old-{number}-bucket"),
        }
        for kind, (name, resource) in things.items():
            world.add(kind, name)
            world.tags[resource] = _tags(gone, f"OLD-{number}", "Left")
            truth.loose.add(resource)
        ghost = arn("sqs", f"GHOST-{number}-queue")
        if number % 10 == 0:
            world.tags[ghost] = _tags(gone, f"OLD-{number}", "Ghost")


def _leave_untagged(world: FleetWorld, truth: Truth) -> None:
    """60 log groups of functions that are gone, and some that somebody made by hand."""
    for number in range(60):
        name = f"/aws/lambda/OLD-{number}-Fn-A1B2C3D4E5F6"
        world.add("log_groups", name)
        truth.loose.add(arn("logs", f"log-group:{name}"))
    world.add("log_groups", "/by/hand", "/aws/lambda/us-east-1.edge")
    world.add("queues", "by-hand")
    world.add("functions", "by-hand")


def _leave_tools(world: FleetWorld, truth: Truth) -> None:
    """40 rules of test tools: those of one are told by their names, those of the other by their tags."""
    for bus in ("orders", "payments"):
        truth.loose.add(world.rule(f"test-{bus}-rule", bus))
    for number in range(38):
        rule = world.rule(f"iatk-{number}")
        world.tags[rule] = {"iatk:TestHarness:ID": f"{number}"}
        truth.loose.add(rule)
    world.rule("by-hand", schedule="rate(1 hour)")


def _tags(stack_id: str, stack: str, logical_id: str) -> dict[str, str]:
    return {
        "aws:cloudformation:stack-id": stack_id,
        "aws:cloudformation:stack-name": stack,
        "aws:cloudformation:logical-id": logical_id,
    }


def _url(name: str) -> str:
    return f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}"
