"""What each call answers, from the world: a page, or XML where the service speaks that."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from tests.fleet.world import ACCOUNT, REGION, FleetWorld, arn

Ask = dict[str, Any]
PAGES = {"DescribeStacks": 100, "ListQueues": 1000, "ListFunctions": 50, "ListTables": 100, "ListTopics": 100}
PAGES |= {"ListLogGroups": 1000, "DescribeLogGroups": 50, "ListRules": 100, "GetResources": 100, "ListMetrics": 500}
PAGES |= {
    "ListBuckets": 10000,
    "ListEventBuses": 100,
    "ListSecrets": 100,
    "GetRestApis": 500,
    "ListStackResources": 100,
}


def cut(operation: str, items: list[Any], token: str | None) -> tuple[list[Any], str | None]:
    """One page, and what leads to the next."""
    begin, size = int(token or 0), PAGES[operation]
    return items[begin : begin + size], str(begin + size) if begin + size < len(items) else None


def paged(operation: str, key: str, token_in: str, token_out: str, items: list[Any], ask: Ask) -> Ask:
    """One page as JSON."""
    page, token = cut(operation, items, ask.get(token_in))
    return {key: page, **({token_out: token} if token else {})}


def describe_stacks(world: FleetWorld, ask: Ask) -> str:
    named = ask.get("StackName")
    found = [each for each in world.stacks if named in (None, each["id"], each["name"])]
    page, token = cut("DescribeStacks", found, ask.get("NextToken"))
    members = "".join(f"<member>{_stack(each)}</member>" for each in page)
    more = f"<NextToken>{token}</NextToken>" if token else ""
    return _xml("DescribeStacks", f"<Stacks>{members}</Stacks>{more}", "cloudformation.amazonaws.com/doc/2010-05-15")


def _stack(stack: dict[str, Any]) -> str:
    tags = "".join(
        f"<member><Key>{escape(key)}</Key><Value>{escape(value)}</Value></member>"
        for key, value in stack["tags"].items()
    )
    updated = f"<LastUpdatedTime>{stamp(stack['updated'])}</LastUpdatedTime>" if stack["updated"] else ""
    parent = f"<ParentId>{stack['parent']}</ParentId>" if stack.get("parent") else ""
    reason = f"<StackStatusReason>{escape(stack['reason'])}</StackStatusReason>" if stack.get("reason") else ""
    return (
        f"<StackId>{stack['id']}</StackId><StackName>{stack['name']}</StackName>"
        f"<StackStatus>{stack['status']}</StackStatus><CreationTime>{stamp(stack['created'])}</CreationTime>"
        f"{updated}{parent}{reason}<Tags>{tags}</Tags>"
    )


def list_stack_resources(world: FleetWorld, ask: Ask) -> str:
    stack = next(each for each in world.stacks if each["id"] == ask["StackName"])
    members = "".join(
        f"<member><LogicalResourceId>{logical}</LogicalResourceId><ResourceType>{kind}</ResourceType>"
        f"<PhysicalResourceId>{escape(physical)}</PhysicalResourceId><ResourceStatus>CREATE_COMPLETE</ResourceStatus>"
        f"<LastUpdatedTimestamp>{stamp(stack['created'])}</LastUpdatedTimestamp></member>"
        for logical, kind, physical in stack["resources"]
    )
    content = f"<StackResourceSummaries>{members}</StackResourceSummaries>"
    return _xml("ListStackResources", content, "cloudformation.amazonaws.com/doc/2010-05-15")


def list_topics(world: FleetWorld, ask: Ask) -> str:
    page, token = cut("ListTopics", world.names.get("topics", []), ask.get("NextToken"))
    members = "".join(f"<member><TopicArn>{arn('sns', name)}</TopicArn></member>" for name in page)
    more = f"<NextToken>{token}</NextToken>" if token else ""
    return _xml("ListTopics", f"<Topics>{members}</Topics>{more}", "sns.amazonaws.com/doc/2010-03-31")


def list_buckets(world: FleetWorld, ask: Ask) -> str:
    page, token = cut("ListBuckets", world.names.get("buckets", []), ask.get("continuation-token"))
    members = "".join(
        f"<Bucket><Name>{name}</Name><CreationDate>2026-09-01T00:00:00Z</CreationDate>"
        f"<BucketRegion>{REGION}</BucketRegion></Bucket>"
        for name in page
    )
    more = f"<ContinuationToken>{token}</ContinuationToken>" if token else ""
    return f"<ListAllMyBucketsResult><Buckets>{members}</Buckets>{more}</ListAllMyBucketsResult>"


def list_queues(world: FleetWorld, ask: Ask) -> Ask:
    urls = [f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}" for name in world.names.get("queues", [])]
    return paged("ListQueues", "QueueUrls", "NextToken", "NextToken", urls, ask)


def list_functions(world: FleetWorld, ask: Ask) -> Ask:
    functions = [
        {"FunctionName": name, "FunctionArn": arn("lambda", f"function:{name}")}
        for name in world.names.get("functions", [])
    ]
    return paged("ListFunctions", "Functions", "Marker", "NextMarker", functions, ask)


def list_tables(world: FleetWorld, ask: Ask) -> Ask:
    return paged(
        "ListTables",
        "TableNames",
        "ExclusiveStartTableName",
        "LastEvaluatedTableName",
        world.names.get("tables", []),
        ask,
    )


def _groups(world: FleetWorld) -> list[Ask]:
    return [
        {
            "logGroupName": name,
            "logGroupArn": arn("logs", f"log-group:{name}"),
            "arn": arn("logs", f"log-group:{name}:*"),
            "creationTime": 1_780_000_000_000,
            "storedBytes": 5_000_000_000,
        }
        for name in world.names.get("log_groups", [])
    ]


def list_log_groups(world: FleetWorld, ask: Ask) -> Ask:
    return paged("ListLogGroups", "logGroups", "nextToken", "nextToken", _groups(world), ask)


def describe_log_groups(world: FleetWorld, ask: Ask) -> Ask:
    wanted = ask.get("logGroupIdentifiers")
    groups = [
        each for each in _groups(world) if wanted is None or {each["logGroupName"], each["logGroupArn"]} & set(wanted)
    ]
    return paged("DescribeLogGroups", "logGroups", "nextToken", "nextToken", groups, ask)


def list_event_buses(world: FleetWorld, ask: Ask) -> Ask:
    buses = [
        {"Name": name, "Arn": arn("events", f"event-bus/{name}")} for name in ["default", *world.names.get("buses", [])]
    ]
    return paged("ListEventBuses", "EventBuses", "NextToken", "NextToken", buses, ask)


def list_rules(world: FleetWorld, ask: Ask) -> Ask:
    rules = [rule for rule in world.rules if rule["EventBusName"] == ask.get("EventBusName", "default")]
    return paged("ListRules", "Rules", "NextToken", "NextToken", rules, ask)


def list_targets(world: FleetWorld, ask: Ask) -> Ask:
    return {"Targets": [{"Id": "1", "Arn": target} for target in world.targets.get(ask["Rule"], [])]}


def get_resources(world: FleetWorld, ask: Ask) -> Ask:
    if (named := ask.get("ResourceARNList")) is not None:
        found = [each for each in named if each in world.tags]
        return {"ResourceTagMappingList": [_mapping(world, each) for each in found], "PaginationToken": ""}
    wanted = [each["Key"] for each in ask.get("TagFilters", [])]
    kinds = ask.get("ResourceTypeFilters")
    found = [
        each
        for each, tags in world.tags.items()
        if all(key in tags for key in wanted) and (not kinds or _is_of(each, kinds))
    ]
    page, token = cut("GetResources", found, ask.get("PaginationToken") or None)
    return {"ResourceTagMappingList": [_mapping(world, each) for each in page], "PaginationToken": token or ""}


def _mapping(world: FleetWorld, resource: str) -> Ask:
    tags = [{"Key": key, "Value": value} for key, value in world.tags[resource].items()]
    return {"ResourceARN": resource, "Tags": tags}


def _is_of(resource: str, kinds: list[str]) -> bool:
    service, tail = resource.split(":")[2], resource.split(":", 5)[5]
    return any(service == kind.split(":")[0] and tail.startswith(kind.partition(":")[2]) for kind in kinds)


def get_metric_data(world: FleetWorld, ask: Ask) -> Ask:
    queries = ask["MetricDataQueries"]
    assert len(queries) <= 500
    return {"MetricDataResults": [_result(world, query, ask) for query in queries], "Messages": []}


def _result(world: FleetWorld, query: Ask, ask: Ask) -> Ask:
    stat = query["MetricStat"]
    metric = stat["Metric"]
    dimensions = tuple(sorted((each["Name"], each["Value"]) for each in metric.get("Dimensions", ())))
    days = world.metrics.get((metric["Namespace"], metric["MetricName"], stat["Stat"], dimensions), {})
    shown = {at.timestamp(): value for at, value in days.items() if at.timestamp() >= ask["StartTime"]}
    return {
        "Id": query["Id"],
        "Timestamps": list(shown),
        "Values": list(shown.values()),
        "StatusCode": world.states.get(metric["MetricName"], "Complete"),
    }


def list_metrics(world: FleetWorld, ask: Ask) -> Ask:
    wanted = {each["Name"] for each in ask.get("Dimensions", ())}
    found = [
        {
            "Namespace": space,
            "MetricName": metric,
            "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions],
        }
        for space, metric, _, dimensions in world.metrics
        if (space, metric) == (ask["Namespace"], ask["MetricName"]) and wanted <= {name for name, _ in dimensions}
    ]
    return paged("ListMetrics", "Metrics", "NextToken", "NextToken", found, ask)


def get_rest_apis(world: FleetWorld, _ask: Ask) -> Ask:
    return {"item": [{"id": key, "name": name} for key, name in world.apis.items()]}


def list_secrets(world: FleetWorld, ask: Ask) -> Ask:
    secrets = [
        {"ARN": arn("secretsmanager", f"secret:{name}"), **({"LastAccessedDate": read.timestamp()} if read else {})}
        for name, read in world.secrets.items()
    ]
    return paged("ListSecrets", "SecretList", "NextToken", "NextToken", secrets, ask)


def get_schedule(world: FleetWorld, ask: Ask) -> Ask:
    return world.schedules[ask["Name"]]


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _xml(operation: str, content: str, space: str) -> str:
    return f'<{operation}Response xmlns="http://{space}/"><{operation}Result>{content}</{operation}Result></{operation}Response>'


def describe_key(world: FleetWorld, ask: Ask) -> Ask | str:
    state = world.keys.get(ask["KeyId"])
    return {"KeyMetadata": {"KeyId": ask["KeyId"], "KeyState": state}} if state else "NotFoundException"


def who(_world: FleetWorld, _ask: Ask) -> str:
    return _xml("GetCallerIdentity", f"<Account>{ACCOUNT}</Account>", "sts.amazonaws.com/doc/2011-06-15")


ANSWERS: dict[tuple[str, str], Callable[[FleetWorld, Ask], Ask | str]] = {
    ("cloudformation", "DescribeStacks"): describe_stacks,
    ("cloudformation", "ListStackResources"): list_stack_resources,
    ("kms", "DescribeKey"): describe_key,
    ("sts", "GetCallerIdentity"): who,
    ("sns", "ListTopics"): list_topics,
    ("s3", "ListBuckets"): list_buckets,
    ("sqs", "ListQueues"): list_queues,
    ("lambda", "ListFunctions"): list_functions,
    ("dynamodb", "ListTables"): list_tables,
    ("logs", "ListLogGroups"): list_log_groups,
    ("logs", "DescribeLogGroups"): describe_log_groups,
    ("events", "ListEventBuses"): list_event_buses,
    ("events", "ListRules"): list_rules,
    ("events", "ListTargetsByRule"): list_targets,
    ("tagging", "GetResources"): get_resources,
    ("monitoring", "GetMetricData"): get_metric_data,
    ("monitoring", "ListMetrics"): list_metrics,
    ("apigateway", "GetRestApis"): get_rest_apis,
    ("secretsmanager", "ListSecrets"): list_secrets,
    ("scheduler", "GetSchedule"): get_schedule,
}
REST = [
    ("lambda", re.compile(r"/2015-03-31/functions/?"), "ListFunctions"),
    ("s3", re.compile(r"/"), "ListBuckets"),
    ("apigateway", re.compile(r"/restapis"), "GetRestApis"),
    ("scheduler", re.compile(r"/schedules/(?P<Name>[^/]+)"), "GetSchedule"),
]
