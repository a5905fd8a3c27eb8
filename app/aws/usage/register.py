"""The register: which metrics tell of use, by type of resource.

Only what people or programs cause counts. Pollers that find nothing, connections that a pool holds open and metrics
that are sent at rest are left out; the line `trap` says which, and a test is named after each.
"""

from app.aws.usage.signal import Kind, Signal

_BOTS = 10.0
"""Requests a day to a public address that scanners make by themselves."""

_REST = {"ApiName": "{api_name}"}
_HTTP = {"ApiId": "{name}"}
_TABLE = {"TableName": "{name}"}
_RULE = {"EventBusName": "{custom_bus}", "RuleName": "{rule}"}
_POOL = {"UserPool": "{name}"}
_STREAM = {"StreamName": "{name}"}
_FIREHOSE = {"DeliveryStreamName": "{name}"}
_DATABASE = {"DBInstanceIdentifier": "{name}"}
_CACHE = {"CacheClusterId": "{name}"}
_SERVICE = {"ClusterName": "{cluster}", "ServiceName": "{service}"}
_GATEWAY = {"NatGatewayId": "{name}"}
_DOMAIN = {"DomainName": "{name}", "ClientId": "{account}"}
_ENDPOINT = ("VPC Id", "Endpoint Type", "Service Name")
_KAFKA = {"Cluster Name": "{cluster_name}"}
RULE = Signal("AWS/Events", "Invocations", _RULE)


def _dynamodb(metric: str) -> Signal:
    return Signal("AWS/DynamoDB", metric, _TABLE)


def _sign_ins(metric: str) -> Signal:
    return Signal("AWS/Cognito", metric, _POOL, series_by=("UserPoolClient",))


KINDS: tuple[Kind, ...] = (
    Kind(
        "AWS::Lambda::Function",
        "what only the stack's own schedules cause is no use",
        (Signal("AWS/Lambda", "Invocations", {"FunctionName": "{name}"}),),
        is_strong=True,
    ),
    Kind(
        "AWS::ApiGateway::RestApi",
        "published under the API's name: two of one name cannot be told apart; 4XX is scanners",
        (Signal("AWS/ApiGateway", "Count", _REST, minus="4XXError"),),
        needs="api_name",
    ),
    Kind(
        "AWS::ApiGatewayV2::Api",
        "published under the id; `4xx` in lower case; a WebSocket API counts connections and messages",
        (
            Signal("AWS/ApiGateway", "Count", _HTTP, minus="4xx"),
            Signal("AWS/ApiGateway", "ConnectCount", _HTTP),
            Signal("AWS/ApiGateway", "MessageCount", _HTTP),
        ),
    ),
    Kind(
        "AWS::AppSync::GraphQLApi",
        "`Requests` is the whole account's; the number of latencies is the number of requests",
        (
            Signal("AWS/AppSync", "Latency", {"GraphQLAPIId": "{name}"}, "SampleCount"),
            Signal("AWS/AppSync", "ConnectSuccess", {"GraphQLAPIId": "{name}"}),
        ),
    ),
    Kind(
        "AWS::DynamoDB::Table",
        "reads of an index are published under the index alone; a provisioned table sends zeros",
        (
            _dynamodb("ConsumedReadCapacityUnits"),
            _dynamodb("ConsumedWriteCapacityUnits"),
            Signal("AWS/DynamoDB", "ConsumedReadCapacityUnits", _TABLE, series_by=("GlobalSecondaryIndexName",)),
        ),
    ),
    Kind(
        "AWS::DynamoDB::GlobalTable",
        "each region counts its own reads and writes",
        (
            _dynamodb("ConsumedReadCapacityUnits"),
            _dynamodb("ConsumedWriteCapacityUnits"),
            Signal("AWS/DynamoDB", "ConsumedReadCapacityUnits", _TABLE, series_by=("GlobalSecondaryIndexName",)),
        ),
    ),
    Kind(
        "AWS::SQS::Queue",
        "empty receives are a poller's; sent and never received is a sink; a dead-letter queue is idle by design",
        (Signal("AWS/SQS", "NumberOfMessagesReceived", {"QueueName": "{name}"}),),
    ),
    Kind(
        "AWS::SNS::Topic",
        "an alarm's topic is idle by design and never makes its stack so",
        (Signal("AWS/SNS", "NumberOfMessagesPublished", {"TopicName": "{name}"}),),
    ),
    Kind(
        "AWS::Events::Rule",
        "on a custom bus EventBusName and RuleName; a schedule's own ticking is no use",
        (RULE,),
        needs="rule",
    ),
    Kind(
        "AWS::Events::EventBus",
        "has no metric: the rules on it have, and a test tool's rule is not one of them",
        (RULE,),
        needs="bus",
    ),
    Kind(
        "AWS::Pipes::Pipe",
        "polling an idle source is no invocation",
        (Signal("AWS/EventBridge/Pipes", "Invocations", {"PipeName": "{name}"}),),
    ),
    Kind(
        "AWS::StepFunctions::StateMachine",
        "the dimension is the ARN; express executions are counted as well",
        (Signal("AWS/States", "ExecutionsStarted", {"StateMachineArn": "{id}"}),),
    ),
    Kind(
        "AWS::Kinesis::Stream",
        "`GetRecords.Success` counts empty polls; records count",
        (
            Signal("AWS/Kinesis", "IncomingRecords", _STREAM),
            Signal("AWS/Kinesis", "GetRecords.Records", _STREAM),
        ),
    ),
    Kind(
        "AWS::KinesisFirehose::DeliveryStream",
        "one that reads from Kinesis has no incoming records of its own",
        (
            Signal("AWS/Firehose", "IncomingRecords", _FIREHOSE),
            Signal("AWS/Firehose", "DataReadFromKinesisStream.Records", _FIREHOSE),
        ),
    ),
    Kind(
        "AWS::S3::Bucket",
        "requests are counted only where request metrics are on; else judged with its stack",
        (Signal("AWS/S3", "AllRequests", {"BucketName": "{name}"}, series_by=("FilterId",)),),
    ),
    Kind(
        "AWS::CloudFront::Distribution",
        "measured in us-east-1 alone, under Region=Global; ten requests a day are scanners",
        (
            Signal(
                "AWS/CloudFront",
                "Requests",
                {"DistributionId": "{name}", "Region": "Global"},
                above=_BOTS,
                region="us-east-1",
            ),
        ),
    ),
    Kind(
        "AWS::Cognito::UserPool",
        "one series for each client, under UserPool and UserPoolClient",
        (_sign_ins("SignInSuccesses"), _sign_ins("TokenRefreshSuccesses"), _sign_ins("SignUpSuccesses")),
    ),
    Kind(
        "AWS::RDS::DBInstance",
        "an average of few connections rounds to nothing: the maximum counts",
        (Signal("AWS/RDS", "DatabaseConnections", _DATABASE, "Maximum"),),
    ),
    Kind(
        "AWS::RDS::DBCluster",
        "measured for the cluster as well as for its instances",
        (Signal("AWS/RDS", "DatabaseConnections", {"DBClusterIdentifier": "{name}"}, "Maximum"),),
    ),
    Kind(
        "AWS::ElastiCache::CacheCluster",
        "`CurrConnections` is never zero: commands count",
        tuple(
            Signal("AWS/ElastiCache", metric, _CACHE) for metric in ("GetTypeCmds", "SetTypeCmds", "CmdGet", "CmdSet")
        ),
    ),
    Kind(
        "AWS::ElastiCache::ServerlessCache",
        "the dimension is `clusterId`; a floor of storage is billed at rest",
        (Signal("AWS/ElastiCache", "ElastiCacheProcessingUnits", {"clusterId": "{name}"}),),
    ),
    Kind(
        "AWS::ECS::Service",
        "a task at rest takes some CPU: more than one percent counts",
        (Signal("AWS/ECS", "CPUUtilization", _SERVICE, "Maximum", above=1.0),),
    ),
    Kind(
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "the dimension is `app/name/id`; no zone in it, or the sum is a part; a hundred requests a day are scanners",
        (
            Signal("AWS/ApplicationELB", "RequestCount", {"LoadBalancer": "{name}"}, above=10 * _BOTS),
            Signal("AWS/NetworkELB", "NewFlowCount", {"LoadBalancer": "{name}"}, above=10 * _BOTS),
        ),
    ),
    Kind(
        "AWS::ElasticLoadBalancingV2::TargetGroup",
        "the dimension is `targetgroup/name/id`; health checks are no requests",
        (Signal("AWS/ApplicationELB", "RequestCountPerTarget", {"TargetGroup": "{name}"}, above=10 * _BOTS),),
    ),
    Kind(
        "AWS::EC2::NatGateway",
        "one that stands by carries no packets and costs all the same",
        (
            Signal("AWS/NATGateway", "PacketsInFromSource", _GATEWAY),
            Signal("AWS/NATGateway", "PacketsInFromDestination", _GATEWAY),
        ),
    ),
    Kind(
        "AWS::EC2::Volume",
        "an attached volume of an idle machine still writes its log, which counts",
        (
            Signal("AWS/EBS", "VolumeReadOps", {"VolumeId": "{name}"}, above=1.0),
            Signal("AWS/EBS", "VolumeWriteOps", {"VolumeId": "{name}"}, above=1.0),
        ),
    ),
    Kind(
        "AWS::EC2::VPCEndpoint",
        "published under four dimensions at once, of which the id is one",
        (Signal("AWS/PrivateLinkEndpoints", "BytesProcessed", {"VPC Endpoint Id": "{name}"}, series_by=_ENDPOINT),),
    ),
    Kind(
        "AWS::OpenSearchService::Domain",
        "needs ClientId, the account's number; the dashboard's own searches count as use",
        (
            Signal("AWS/ES", "SearchRate", _DOMAIN),
            Signal("AWS/ES", "IndexingRate", _DOMAIN),
        ),
    ),
    Kind(
        "AWS::MSK::Cluster",
        "the dimension is `Cluster Name`; brokers talk to each other, clients count",
        (
            Signal(
                "AWS/Kafka",
                "ClientConnectionCount",
                _KAFKA,
                "Maximum",
                series_by=("Broker ID", "Client Authentication"),
            ),
        ),
    ),
    Kind(
        "AWS::EFS::FileSystem",
        "connections count, not the bytes of its own metering",
        (Signal("AWS/EFS", "ClientConnections", {"FileSystemId": "{name}"}),),
    ),
    Kind(
        "AWS::SageMaker::Endpoint",
        "one series for each variant",
        (Signal("AWS/SageMaker", "Invocations", {"EndpointName": "{name}"}, series_by=("VariantName",)),),
    ),
    Kind(
        "AWS::Redshift::Cluster",
        "connections count, not the queries that it makes by itself",
        (Signal("AWS/Redshift", "DatabaseConnections", {"ClusterIdentifier": "{name}"}, "Maximum"),),
    ),
    Kind(
        "AWS::ECR::Repository",
        "pulls of a running function are rare",
        (Signal("AWS/ECR", "RepositoryPullCount", {"RepositoryName": "{name}"}),),
    ),
    Kind(
        "AWS::SecretsManager::Secret",
        "no metric: the list says when it was last read, never where it never was; rotation reads too",
        (),
        needs="secret",
    ),
    Kind(
        "AWS::Logs::LogGroup",
        "follows the function that writes it; counts for one that is left alone",
        (Signal("AWS/Logs", "IncomingLogEvents", {"LogGroupName": "{name}"}),),
        is_loose_only=True,
    ),
)

BY_TYPE = {kind.type: kind for kind in KINDS}
