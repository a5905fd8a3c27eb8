"""The inventory: everything that a stack of ours holds, noted before it is deleted and kept after it.

What a deletion may empty, unprotect or delete is taken from here and from nowhere else: a resource that is not listed
under the id of our own stack is somebody else's, however alike it looks. The proof that nothing is left is made from it
too, since CloudFormation itself forgets, and never knew of the log groups that functions make at run time.
"""

from collections.abc import Iterable
from dataclasses import dataclass

LOG_GROUP = "AWS::Logs::LogGroup"
FUNCTION = "AWS::Lambda::Function"
NESTED = "AWS::CloudFormation::Stack"

AT_RUN_TIME = " (log group)"
"""How the logical id of a log group ends that its owner made, and no template."""


@dataclass(frozen=True)
class Item:
    """One resource. `stack_id` is the recorded id of our stack, `holder` that of the stack which lists it, the same or
    one nested in it; `logical_id` is the path to it, `Child/Queue`. `is_retained` says that its template keeps it."""

    stack_id: str
    logical_id: str
    type: str
    physical_id: str
    account: str
    region: str
    holder: str = ""
    is_retained: bool = False
    status: str = ""

    @property
    def arn(self) -> str:
        """Its ARN where the type's form is known here; else its physical id, which for many types is one."""
        form = _ARNS.get(self.type)
        if self.physical_id.startswith("arn:") or form is None:
            return self.physical_id
        _, partition, _, _, digits, _ = self.stack_id.split(":", 5)
        name = self.physical_id.rsplit("/", 1)[-1] if self.type == "AWS::SQS::Queue" else self.physical_id
        return f"arn:{partition}:" + form.format(region=self.region, account=digits, id=name)


_ARNS = {
    "AWS::ApiGateway::RestApi": "apigateway:{region}::/restapis/{id}",
    "AWS::ApiGatewayV2::Api": "apigateway:{region}::/apis/{id}",
    "AWS::Cognito::UserPool": "cognito-idp:{region}:{account}:userpool/{id}",
    "AWS::DynamoDB::GlobalTable": "dynamodb:{region}:{account}:table/{id}",
    "AWS::DynamoDB::Table": "dynamodb:{region}:{account}:table/{id}",
    "AWS::EC2::SecurityGroup": "ec2:{region}:{account}:security-group/{id}",
    "AWS::EC2::Subnet": "ec2:{region}:{account}:subnet/{id}",
    "AWS::EC2::VPC": "ec2:{region}:{account}:vpc/{id}",
    "AWS::ECR::Repository": "ecr:{region}:{account}:repository/{id}",
    "AWS::Events::EventBus": "events:{region}:{account}:event-bus/{id}",
    "AWS::Events::Rule": "events:{region}:{account}:rule/{id}",
    "AWS::IAM::Role": "iam::{account}:role/{id}",
    "AWS::IAM::User": "iam::{account}:user/{id}",
    "AWS::KMS::Key": "kms:{region}:{account}:key/{id}",
    "AWS::Kinesis::Stream": "kinesis:{region}:{account}:stream/{id}",
    FUNCTION: "lambda:{region}:{account}:function:{id}",
    LOG_GROUP: "logs:{region}:{account}:log-group:{id}",
    "AWS::RDS::DBCluster": "rds:{region}:{account}:cluster:{id}",
    "AWS::RDS::DBInstance": "rds:{region}:{account}:db:{id}",
    "AWS::S3::Bucket": "s3:::{id}",
    "AWS::SQS::Queue": "sqs:{region}:{account}:{id}",
    "AWS::SSM::Parameter": "ssm:{region}:{account}:parameter/{id}",
}

_LOGGED = {
    FUNCTION: "/aws/lambda/{id}",
    "AWS::AppSync::GraphQLApi": "/aws/appsync/apis/{id}",
    "AWS::CodeBuild::Project": "/aws/codebuild/{id}",
}
"""Where what runs in a resource is logged, in a group that the service makes by itself."""


def log_groups_of(items: Iterable[Item]) -> list[Item]:
    """The log groups that the items' services make at run time; none of an item that its template keeps, and none that
    a template names itself."""
    items = list(items)
    named = {item.physical_id for item in items if item.type == LOG_GROUP}
    made = [_logged(item, _LOGGED[item.type].format(id=_last(item))) for item in items if item.type in _LOGGED]
    made += _stage_logs(items)
    return [group for group in made if not group.is_retained and group.physical_id not in named]


def _stage_logs(items: list[Item]) -> list[Item]:
    """API Gateway's execution logs: one group for each stage of a REST API
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html)."""
    stages = [item for item in items if item.type == "AWS::ApiGateway::Stage"]
    return [
        _logged(api, f"API-Gateway-Execution-Logs_{api.physical_id}/{stage.physical_id}", stage.logical_id)
        for api in items
        if api.type == "AWS::ApiGateway::RestApi"
        for stage in stages
        if stage.holder == api.holder
    ]


def _logged(item: Item, group: str, more: str = "") -> Item:
    logical_id = f"{item.logical_id}{f' {more}' if more else ''}{AT_RUN_TIME}"
    return Item(item.stack_id, logical_id, LOG_GROUP, group, item.account, item.region, item.holder, item.is_retained)


def _last(item: Item) -> str:
    """The name at the end of a physical id, which for some types is an ARN."""
    return item.physical_id.rsplit("/", 1)[-1].rsplit(":", 1)[-1]
