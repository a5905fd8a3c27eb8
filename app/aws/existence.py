"""Existence: whether a resource is still there, asked of its own service.

One cheap call for each type. An answer that it is not there, in the service's own words, is the only proof; whatever
else goes wrong is raised, and is never taken for "gone". A type without a call here is judged by CloudFormation's word.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.aws.client import AwsRefused, speaking
from app.aws.permissions import permits
from app.core.inventory import LOG_GROUP, Item


@dataclass(frozen=True)
class Question:
    """How to ask after one type: the service, the call, the name of its one argument, and the codes that say no.

    `is_there` reads an answer that comes for something which is on its way out, too.
    """

    service: str
    call: str
    argument: str
    no: tuple[str, ...]
    is_there: Callable[[Any], bool] = lambda _: True
    shape: Callable[[str], Any] = lambda name: name


def _is_key_there(answer: Any) -> bool:
    """A deleted key waits out its days: it costs nothing and works no more."""
    return answer["KeyMetadata"].get("KeyState") not in ("PendingDeletion", "PendingReplicaDeletion")


_NOT_FOUND = ("ResourceNotFoundException",)
_NO_TABLE = ("ResourceNotFoundException", "TableNotFoundException")
_NO_QUEUE = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")

QUESTIONS: Mapping[str, Question] = {
    "AWS::ApiGateway::RestApi": Question("apigateway", "get_rest_api", "restApiId", ("NotFoundException",)),
    "AWS::ApiGatewayV2::Api": Question("apigatewayv2", "get_api", "ApiId", ("NotFoundException",)),
    "AWS::Cognito::UserPool": Question("cognito-idp", "describe_user_pool", "UserPoolId", _NOT_FOUND),
    "AWS::DynamoDB::GlobalTable": Question("dynamodb", "describe_table", "TableName", _NO_TABLE),
    "AWS::DynamoDB::Table": Question("dynamodb", "describe_table", "TableName", _NO_TABLE),
    "AWS::ECR::Repository": Question(
        "ecr", "describe_repositories", "repositoryNames", ("RepositoryNotFoundException",), shape=lambda name: [name]
    ),
    "AWS::Events::EventBus": Question("events", "describe_event_bus", "Name", _NOT_FOUND),
    "AWS::IAM::Role": Question("iam", "get_role", "RoleName", ("NoSuchEntity",)),
    "AWS::IAM::User": Question("iam", "get_user", "UserName", ("NoSuchEntity",)),
    "AWS::KMS::Key": Question("kms", "describe_key", "KeyId", ("NotFoundException",), _is_key_there),
    "AWS::Kinesis::Stream": Question("kinesis", "describe_stream_summary", "StreamName", _NOT_FOUND),
    "AWS::Lambda::Function": Question("lambda", "get_function_configuration", "FunctionName", _NOT_FOUND),
    "AWS::RDS::DBCluster": Question("rds", "describe_db_clusters", "DBClusterIdentifier", ("DBClusterNotFoundFault",)),
    "AWS::RDS::DBInstance": Question("rds", "describe_db_instances", "DBInstanceIdentifier", ("DBInstanceNotFound",)),
    "AWS::S3::Bucket": Question("s3", "head_bucket", "Bucket", ("404", "NoSuchBucket")),
    "AWS::SNS::Topic": Question("sns", "get_topic_attributes", "TopicArn", ("NotFound", "NotFoundException")),
    "AWS::SQS::Queue": Question("sqs", "get_queue_attributes", "QueueUrl", _NO_QUEUE),
    "AWS::SSM::Parameter": Question(
        "ssm",
        "describe_parameters",
        "ParameterFilters",
        (),
        lambda answer: bool(answer["Parameters"]),
        lambda name: [{"Key": "Name", "Values": [name]}],
    ),
    "AWS::SecretsManager::Secret": Question(
        "secretsmanager", "describe_secret", "SecretId", _NOT_FOUND, lambda answer: "DeletedDate" not in answer
    ),
    "AWS::StepFunctions::StateMachine": Question(
        "stepfunctions",
        "describe_state_machine",
        "stateMachineArn",
        ("StateMachineDoesNotExist",),
        lambda answer: answer.get("status") != "DELETING",
    ),
}

_ACTIONS = (
    "apigateway:GET",
    "cognito-idp:DescribeUserPool",
    "dynamodb:DescribeTable",
    "ecr:DescribeRepositories",
    "events:DescribeEventBus",
    "iam:GetRole",
    "iam:GetUser",
    "kms:DescribeKey",
    "kinesis:DescribeStreamSummary",
    "lambda:GetFunctionConfiguration",
    "rds:DescribeDBClusters",
    "rds:DescribeDBInstances",
    "s3:ListBucket",
    "secretsmanager:DescribeSecret",
    "sns:GetTopicAttributes",
    "sqs:GetQueueAttributes",
    "ssm:DescribeParameters",
    "states:DescribeStateMachine",
)


def can_ask(type_: str) -> bool:
    """Whether a type has a call of its own."""
    return type_ in QUESTIONS or type_ == LOG_GROUP


def exists(client_of: Callable[[str, str, str], Any], item: Item) -> bool:
    """Whether an item is still there. Raises what its service raises, but for the answer that it is not."""
    if item.type == LOG_GROUP:
        return has_log_group(client_of("logs", item.account, item.region), item.physical_id)
    question = QUESTIONS[item.type]
    return ask(client_of(question.service, item.account, item.region), question, item.physical_id)


@permits(*_ACTIONS)
def ask(client: Any, question: Question, name: str) -> bool:
    """Put a question."""
    try:
        with speaking(question.service):
            answer = getattr(client, question.call)(**{question.argument: question.shape(name)})
    except AwsRefused as refused:
        if refused.code in question.no:
            return False
        raise
    return question.is_there(answer)


@permits("logs:DescribeLogGroups")
def has_log_group(client: Any, name: str) -> bool:
    """Whether there is a log group of exactly this name; it is listed before those that are longer."""
    with speaking("CloudWatch Logs"):
        found = client.describe_log_groups(logGroupNamePrefix=name, limit=1)["logGroups"]
    return any(group["logGroupName"] == name for group in found)
