"""ARNs read as resources.

The tagging API names a resource by its ARN and says no type. What is not in this table keeps the service's own words
as its type; the register does not know those, so a stack that has some is unknown and never unused.
"""

from app.core.stack import Resource

_TYPES = (
    ("apigateway", "/apis/", "AWS::ApiGatewayV2::Api"),
    ("apigateway", "/restapis/", "AWS::ApiGateway::RestApi"),
    ("appsync", "apis/", "AWS::AppSync::GraphQLApi"),
    ("cloudformation", "stack/", "AWS::CloudFormation::Stack"),
    ("cloudfront", "distribution/", "AWS::CloudFront::Distribution"),
    ("cloudwatch", "alarm:", "AWS::CloudWatch::Alarm"),
    ("cognito-idp", "userpool/", "AWS::Cognito::UserPool"),
    ("dynamodb", "table/", "AWS::DynamoDB::Table"),
    ("ec2", "elastic-ip/", "AWS::EC2::EIP"),
    ("ec2", "internet-gateway/", "AWS::EC2::InternetGateway"),
    ("ec2", "natgateway/", "AWS::EC2::NatGateway"),
    ("ec2", "route-table/", "AWS::EC2::RouteTable"),
    ("ec2", "security-group/", "AWS::EC2::SecurityGroup"),
    ("ec2", "subnet/", "AWS::EC2::Subnet"),
    ("ec2", "volume/", "AWS::EC2::Volume"),
    ("ec2", "vpc-endpoint/", "AWS::EC2::VPCEndpoint"),
    ("ec2", "vpc/", "AWS::EC2::VPC"),
    ("ecr", "repository/", "AWS::ECR::Repository"),
    ("ecs", "cluster/", "AWS::ECS::Cluster"),
    ("ecs", "service/", "AWS::ECS::Service"),
    ("ecs", "task-definition/", "AWS::ECS::TaskDefinition"),
    ("elasticache", "cluster:", "AWS::ElastiCache::CacheCluster"),
    ("elasticache", "serverlesscache:", "AWS::ElastiCache::ServerlessCache"),
    ("elasticfilesystem", "file-system/", "AWS::EFS::FileSystem"),
    ("elasticloadbalancing", "loadbalancer/", "AWS::ElasticLoadBalancingV2::LoadBalancer"),
    ("elasticloadbalancing", "targetgroup/", "AWS::ElasticLoadBalancingV2::TargetGroup"),
    ("es", "domain/", "AWS::OpenSearchService::Domain"),
    ("events", "event-bus/", "AWS::Events::EventBus"),
    ("events", "rule/", "AWS::Events::Rule"),
    ("firehose", "deliverystream/", "AWS::KinesisFirehose::DeliveryStream"),
    ("iam", "role/", "AWS::IAM::Role"),
    ("kafka", "cluster/", "AWS::MSK::Cluster"),
    ("kinesis", "stream/", "AWS::Kinesis::Stream"),
    ("kms", "key/", "AWS::KMS::Key"),
    ("lambda", "event-source-mapping:", "AWS::Lambda::EventSourceMapping"),
    ("lambda", "function:", "AWS::Lambda::Function"),
    ("logs", "log-group:", "AWS::Logs::LogGroup"),
    ("pipes", "pipe/", "AWS::Pipes::Pipe"),
    ("rds", "cluster:", "AWS::RDS::DBCluster"),
    ("rds", "db:", "AWS::RDS::DBInstance"),
    ("redshift", "cluster:", "AWS::Redshift::Cluster"),
    ("s3", "", "AWS::S3::Bucket"),
    ("sagemaker", "endpoint/", "AWS::SageMaker::Endpoint"),
    ("scheduler", "schedule-group/", "AWS::Scheduler::ScheduleGroup"),
    ("secretsmanager", "secret:", "AWS::SecretsManager::Secret"),
    ("sns", "", "AWS::SNS::Topic"),
    ("sqs", "", "AWS::SQS::Queue"),
    ("ssm", "parameter/", "AWS::SSM::Parameter"),
    ("states", "stateMachine:", "AWS::StepFunctions::StateMachine"),
    ("wafv2", "regional/webacl/", "AWS::WAFv2::WebACL"),
)
_BY_SERVICE: dict[str, list[tuple[str, str]]] = {}
for _service, _begin, _kind in _TYPES:
    _BY_SERVICE.setdefault(_service, []).append((_begin, _kind))


def resource_of(arn: str, logical_id: str = "") -> Resource:
    """The resource that an ARN names; its physical id is the ARN, which `usage.naming` reads like any other."""
    return Resource(logical_id, type_of(arn), arn)


def type_of(arn: str) -> str:
    """CloudFormation's name for the type; the service's own words where it is not known."""
    parts = [*arn.split(":", 5), "", "", "", "", ""]
    service, tail = parts[2], parts[5]
    for begin, kind in _BY_SERVICE.get(service, ()):
        if tail.startswith(begin) and _is_itself(service, tail, begin):
            return kind
    return f"{service}:{tail.replace(':', '/').partition('/')[0]}"


def _is_itself(service: str, tail: str, begin: str) -> bool:
    """A stage of an API has its API's ARN and more."""
    return service != "apigateway" or "/" not in tail.removeprefix(begin)
