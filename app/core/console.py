"""Links into the AWS console, by resource type.

The console's addresses are no documented interface; these are the forms that it uses itself. A type without a page of
its own gets the stack's, so that a link is never invented.
"""

from dataclasses import dataclass
from urllib.parse import quote

from app.core.stack import Resource


@dataclass(frozen=True)
class ResourceKind:
    """A type of resource that people use: the word for it, and where the console shows one.

    In `page`, `{id}` is the physical id, escaped for an address, `{region}` the region.
    """

    word: str
    page: str


_LAMBDA = "lambda/home?region={region}#/functions/{id}"
_EVENTS = "events/home?region={region}#/eventbus/{id}"

KINDS: dict[str, ResourceKind] = {
    "AWS::ApiGatewayV2::Api": ResourceKind("API", "apigateway/main/api-detail?api={id}&region={region}"),
    "AWS::ApiGateway::RestApi": ResourceKind("API", "apigateway/main/apis/{id}/resources?api={id}&region={region}"),
    "AWS::AppSync::GraphQLApi": ResourceKind("API", "appsync/home?region={region}#/{id}/v1/home"),
    "AWS::Lambda::Function": ResourceKind("Function", _LAMBDA),
    "AWS::StepFunctions::StateMachine": ResourceKind(
        "State machine", "states/home?region={region}#/statemachines/view/{id}"
    ),
    "AWS::DynamoDB::Table": ResourceKind("Table", "dynamodbv2/home?region={region}#table?name={id}"),
    "AWS::DynamoDB::GlobalTable": ResourceKind("Table", "dynamodbv2/home?region={region}#table?name={id}"),
    "AWS::SQS::Queue": ResourceKind("Queue", "sqs/v3/home?region={region}#/queues/{id}"),
    "AWS::SNS::Topic": ResourceKind("Topic", "sns/v3/home?region={region}#/topic/{id}"),
    "AWS::Events::EventBus": ResourceKind("Event bus", _EVENTS),
    "AWS::S3::Bucket": ResourceKind("Bucket", "s3/buckets/{id}?region={region}"),
    "AWS::Logs::LogGroup": ResourceKind(
        "Log group", "cloudwatch/home?region={region}#logsV2:log-groups/log-group/{id}"
    ),
    "AWS::Kinesis::Stream": ResourceKind("Stream", "kinesis/home?region={region}#/streams/details/{id}/monitoring"),
    "AWS::Cognito::UserPool": ResourceKind("User pool", "cognito/v2/idp/user-pools/{id}/info?region={region}"),
    "AWS::ECS::Service": ResourceKind("Service", "ecs/v2/home?region={region}#{id}"),
    "AWS::RDS::DBInstance": ResourceKind("Database", "rds/home?region={region}#database:id={id}"),
    "AWS::CloudFront::Distribution": ResourceKind("Distribution", "cloudfront/v4/home#/distributions/{id}"),
    "AWS::SecretsManager::Secret": ResourceKind("Secret", "secretsmanager/secret?name={id}&region={region}"),
    "AWS::SSM::Parameter": ResourceKind("Parameter", "systems-manager/parameters/{id}/description?region={region}"),
}
"""The types that people open and use, in the order in which they are shown; plumbing such as roles is left out."""


def console_host(region: str) -> str:
    """The console's address for a region; AWS has partitions of their own in China and for the US government."""
    if region.startswith("cn-"):
        return f"https://{region}.console.amazonaws.cn"
    if region.startswith("us-gov-"):
        return "https://console.amazonaws-us-gov.com"
    return f"https://{region}.console.aws.amazon.com"


def stack_link(region: str, stack_id: str) -> str:
    """Where the console shows a stack."""
    page = f"cloudformation/home?region={region}#/stacks/stackinfo?stackId={quote(stack_id, safe='')}"
    return f"{console_host(region)}/{page}"


def resource_link(region: str, resource: Resource) -> str | None:
    """Where the console shows a resource; None for a type that people do not open."""
    kind = KINDS.get(resource.type)
    if kind is None or not resource.physical_id:
        return None
    page = kind.page.format(id=quote(resource.physical_id, safe=""), region=region)
    return f"{console_host(region)}/{page}"
