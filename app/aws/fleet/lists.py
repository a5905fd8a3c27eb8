"""Lists: what exists, by type.

| type | names a page | API |
|---|---|---|
| queues | 1,000 | https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueues.html |
| buckets | 10,000 | https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html |
| log groups | 1,000 | ListLogGroups; where that is not known 50, DescribeLogGroups |
| functions | 50 | https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html |
| tables, topics, rules | 100 | |
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.aws.caller import Caller, require
from app.aws.client import AwsRefused, AwsUnreachable
from app.aws.permissions import permits
from app.aws.usage.facts import Rule

MOST_BUCKETS = 10_000


@dataclass(frozen=True)
class Listed:
    """One thing that exists."""

    type: str
    name: str
    arn: str
    created_at: datetime | None = None


@permits("sqs:ListQueues")
def list_queues(caller: Caller, account_id: str) -> list[Listed]:
    """Every queue."""
    pages = caller.pages("sqs", "list_queues", MaxResults=1000)
    names = [url.rpartition("/")[2] for page in pages for url in page.get("QueueUrls", ())]
    return [Listed("AWS::SQS::Queue", name, _arn(caller, account_id, "sqs", name)) for name in names]


@permits("s3:ListAllMyBuckets")
def list_buckets(caller: Caller, _account_id: str) -> list[Listed]:
    """Every bucket of the region. A full page that leads to no other is one that was cut short."""
    found: list[Any] = []
    for page in caller.pages("s3", "list_buckets", BucketRegion=caller.region, MaxBuckets=MOST_BUCKETS):
        buckets = require(page, "Buckets", "s3")
        if len(buckets) >= MOST_BUCKETS and not page.get("ContinuationToken"):
            raise AwsUnreachable(f"S3 listed {len(buckets)} buckets and did not say how the list goes on")
        found += [each for each in buckets if each.get("BucketRegion", caller.region) == caller.region]
    return [
        Listed("AWS::S3::Bucket", each["Name"], f"arn:aws:s3:::{each['Name']}", each.get("CreationDate"))
        for each in found
    ]


@permits("lambda:ListFunctions")
def list_functions(caller: Caller, _account_id: str) -> list[Listed]:
    """Every function."""
    pages = caller.pages("lambda", "list_functions")
    functions = [each for page in pages for each in require(page, "Functions", "lambda")]
    return [Listed("AWS::Lambda::Function", each["FunctionName"], each["FunctionArn"]) for each in functions]


@permits("dynamodb:ListTables")
def list_tables(caller: Caller, account_id: str) -> list[Listed]:
    """Every table."""
    pages = caller.pages("dynamodb", "list_tables")
    names = [name for page in pages for name in require(page, "TableNames", "dynamodb")]
    return [
        Listed("AWS::DynamoDB::Table", name, _arn(caller, account_id, "dynamodb", f"table/{name}")) for name in names
    ]


@permits("sns:ListTopics")
def list_topics(caller: Caller, _account_id: str) -> list[Listed]:
    """Every topic."""
    pages = caller.pages("sns", "list_topics")
    arns = [each["TopicArn"] for page in pages for each in require(page, "Topics", "sns")]
    return [Listed("AWS::SNS::Topic", arn.rpartition(":")[2], arn) for arn in arns]


@permits("logs:ListLogGroups", "logs:DescribeLogGroups")
def list_log_groups(caller: Caller, account_id: str) -> list[Listed]:
    """Every log group."""
    try:
        names = _names(caller.pages("logs", "list_log_groups", limit=1000))
    except AwsRefused:
        names = _names(caller.pages("logs", "describe_log_groups"))
    return [
        Listed("AWS::Logs::LogGroup", name, _arn(caller, account_id, "logs", f"log-group:{name}")) for name in names
    ]


def _names(pages: Iterator[Any]) -> list[str]:
    return [each["logGroupName"] for page in pages for each in require(page, "logGroups", "logs")]


@permits("apigateway:GET")
def list_rest_apis(caller: Caller, _account_id: str) -> list[Listed]:
    """Every REST API, by its id."""
    pages = caller.pages("apigateway", "get_rest_apis", limit=500)
    return [Listed("AWS::ApiGateway::RestApi", api["id"], "") for page in pages for api in page.get("items", ())]


@permits("appsync:ListGraphqlApis")
def list_graphql_apis(caller: Caller, _account_id: str) -> list[Listed]:
    """Every GraphQL API, by its id."""
    pages = caller.pages("appsync", "list_graphql_apis")
    apis = [each for page in pages for each in require(page, "graphqlApis", "appsync")]
    return [Listed("AWS::AppSync::GraphQLApi", each["apiId"], each["arn"]) for each in apis]


@permits("codebuild:ListProjects")
def list_projects(caller: Caller, _account_id: str) -> list[Listed]:
    """Every CodeBuild project."""
    pages = caller.pages("codebuild", "list_projects")
    names = [name for page in pages for name in require(page, "projects", "codebuild")]
    return [Listed("AWS::CodeBuild::Project", name, "") for name in names]


@permits("events:ListEventBuses", "events:ListRules")
def list_rules(caller: Caller) -> dict[str, Rule]:
    """Every rule of every bus, by `bus|name`."""
    pages = caller.pages("events", "list_event_buses", Limit=100)
    buses = [each["Name"] for page in pages for each in require(page, "EventBuses", "events")]
    rules = [
        Rule(
            name=each["Name"],
            bus=bus,
            arn=each["Arn"],
            schedule=each.get("ScheduleExpression"),
            is_enabled=each.get("State") != "DISABLED",
            manager=each.get("ManagedBy"),
        )
        for bus in buses
        for page in caller.pages("events", "list_rules", EventBusName=bus)
        for each in require(page, "Rules", "events")
    ]
    return {f"{rule.bus}|{rule.name}": rule for rule in rules}


def _arn(caller: Caller, account_id: str, service: str, tail: str) -> str:
    return f"arn:aws:{service}:{caller.region}:{account_id}:{tail}"


List = Callable[[Caller, str], list[Listed]]
ALWAYS: dict[str, List] = {
    "AWS::SQS::Queue": list_queues,
    "AWS::S3::Bucket": list_buckets,
    "AWS::Logs::LogGroup": list_log_groups,
}
"""Few pages, and where most leftovers are: read in every look."""
AUDIT: dict[str, List] = {
    "AWS::Lambda::Function": list_functions,
    "AWS::DynamoDB::Table": list_tables,
    "AWS::SNS::Topic": list_topics,
}
"""Many pages: read once a day, when a stack has gone, and where they confirm what is loose."""
WRITERS: dict[str, List] = {
    "AWS::ApiGateway::RestApi": list_rest_apis,
    "AWS::AppSync::GraphQLApi": list_graphql_apis,
    "AWS::CodeBuild::Project": list_projects,
}
"""What writes log groups that are in no template: read where one is found whose writer may be gone."""
EVERY = {**ALWAYS, **AUDIT, **WRITERS}
