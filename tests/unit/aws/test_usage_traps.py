"""Every trap of the register, one named test each: what looks like use and is none, and the other way round."""

from datetime import timedelta

import pytest

from app.aws.usage.facts import Fact
from app.aws.usage.probe import Subject
from app.core.fleet import Verdict
from app.core.stack import Resource
from app.core.usage import Window
from tests.fleet.world import ACCOUNT, NOW, REGION, FleetWorld, arn, day
from tests.unit.aws.probing import a_stack, calling, judge, use_of

USED, UNUSED, UNKNOWN = Verdict.USED, Verdict.UNUSED, Verdict.UNKNOWN
FUNCTION = ("AWS::Lambda::Function", "checkout")
QUEUE = ("AWS::SQS::Queue", f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/orders")
DEAD_LETTERS = ("AWS::SQS::Queue", f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/orders-dlq")
TABLE = ("AWS::DynamoDB::Table", "orders")


@pytest.fixture
def world() -> FleetWorld:
    return FleetWorld()


def invoked(world: FleetWorld, ago: int = 1, value: float = 1, name: str = "checkout") -> None:
    world.measure("AWS/Lambda", "Invocations", {"FunctionName": name}, ago, value)


class TestWindow:
    def test_no_data_is_no_use(self, world: FleetWorld) -> None:
        assert use_of(world, FUNCTION).verdict is UNUSED

    def test_a_use_tells_metric_resource_day_and_amount(self, world: FleetWorld) -> None:
        invoked(world, 3, 12)
        usage = use_of(world, FUNCTION)
        told = usage.evidence[0]
        assert (usage.verdict, told.signal, told.resource) == (USED, "Lambda Invocations", "checkout")
        assert (told.last_used_at, told.value) == (day(3), 12)

    def test_a_last_use_before_the_window_is_told_and_is_no_use(self, world: FleetWorld) -> None:
        invoked(world, 25, 12)
        usage = use_of(world, FUNCTION)
        assert (usage.verdict, usage.evidence[0].last_used_at) == (UNUSED, day(25))

    def test_a_stack_younger_than_the_window_was_deployed_in_it(self, world: FleetWorld) -> None:
        assert use_of(world, FUNCTION, created_at=NOW - timedelta(days=2)).verdict is USED

    def test_a_loose_resource_younger_than_the_window_is_unknown(self, world: FleetWorld) -> None:
        assert use_of(world, QUEUE, created_at=NOW - timedelta(days=2), is_loose=True).verdict is UNKNOWN

    def test_a_type_that_nobody_knows_leaves_the_stack_unknown(self, world: FleetWorld) -> None:
        usage = use_of(world, FUNCTION, ("AWS::EMR::Cluster", "j-1"))
        assert (usage.verdict, usage.why_unknown) == (
            UNKNOWN,
            "Nobody knows how to tell whether AWS::EMR::Cluster is used.",
        )

    def test_permissions_and_wiring_tell_nothing(self, world: FleetWorld) -> None:
        parts = [("AWS::IAM::Role", "role"), ("AWS::Lambda::Permission", "p"), ("Custom::Thing", "c")]
        assert use_of(world, FUNCTION, *parts).verdict is UNUSED
        assert use_of(world, *parts).verdict is UNKNOWN


class TestQueues:
    def test_a_queue_that_somebody_reads_is_used(self, world: FleetWorld) -> None:
        world.measure("AWS/SQS", "NumberOfMessagesReceived", {"QueueName": "orders"}, 2, 5)
        assert use_of(world, FUNCTION, QUEUE).verdict is USED

    def test_empty_receives_of_a_mapping_that_polls_for_ever_are_no_use(self, world: FleetWorld) -> None:
        world.measure("AWS/SQS", "NumberOfEmptyReceives", {"QueueName": "orders"}, 0, 21_600)
        assert use_of(world, FUNCTION, QUEUE).verdict is UNUSED

    def test_a_sink_that_is_written_to_and_never_read_is_no_use(self, world: FleetWorld) -> None:
        world.measure("AWS/SQS", "NumberOfMessagesSent", {"QueueName": "orders"}, 0, 900)
        assert use_of(world, FUNCTION, QUEUE).verdict is UNUSED

    def test_the_dead_letter_queue_of_a_used_queue_is_idle_by_design(self, world: FleetWorld) -> None:
        world.measure("AWS/SQS", "NumberOfMessagesReceived", {"QueueName": "orders"}, 2, 5)
        assert use_of(world, QUEUE, DEAD_LETTERS).verdict is USED


class TestTables:
    def test_reads_of_an_index_are_published_under_the_index_alone(self, world: FleetWorld) -> None:
        under = {"TableName": "orders", "GlobalSecondaryIndexName": "by-day"}
        world.measure("AWS/DynamoDB", "ConsumedReadCapacityUnits", under, 1, 7)
        assert use_of(world, FUNCTION, TABLE).verdict is USED

    def test_an_index_of_another_table_is_none_of_this_one(self, world: FleetWorld) -> None:
        under = {"TableName": "orders-2", "GlobalSecondaryIndexName": "by-day"}
        world.measure("AWS/DynamoDB", "ConsumedReadCapacityUnits", under, 1, 7)
        assert use_of(world, FUNCTION, TABLE).verdict is UNUSED

    def test_the_zeros_of_a_provisioned_table_are_no_use(self, world: FleetWorld) -> None:
        for metric in ("ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits"):
            world.measure("AWS/DynamoDB", metric, {"TableName": "orders"}, 0, 0)
        assert use_of(world, FUNCTION, TABLE).verdict is UNUSED

    def test_writes_are_use_on_demand_and_provisioned_alike(self, world: FleetWorld) -> None:
        world.measure("AWS/DynamoDB", "ConsumedWriteCapacityUnits", {"TableName": "orders"}, 3, 0.5)
        assert use_of(world, FUNCTION, TABLE).verdict is USED

    def test_beyond_the_two_weeks_that_are_listed_nobody_knows(self, world: FleetWorld) -> None:
        long = Window(NOW, timedelta(days=30))
        assert judge(world, a_stack(FUNCTION, TABLE), window=long)["stack"].verdict is UNKNOWN
        assert judge(world, a_stack(FUNCTION), window=long)["stack"].verdict is UNUSED


class TestRules:
    def test_a_rule_on_a_custom_bus_is_published_under_both_names(self, world: FleetWorld) -> None:
        world.rule("placed", "orders")
        world.measure("AWS/Events", "Invocations", {"EventBusName": "orders", "RuleName": "placed"}, 0, 900)
        assert use_of(world, FUNCTION, ("AWS::Events::Rule", "orders|placed")).verdict is USED

    def test_a_rule_on_the_default_bus_is_published_under_its_own(self, world: FleetWorld) -> None:
        world.rule("placed")
        world.measure("AWS/Events", "Invocations", {"RuleName": "placed"}, 0, 900)
        assert use_of(world, FUNCTION, ("AWS::Events::Rule", "placed")).verdict is USED

    def test_a_rule_of_that_name_on_another_bus_is_another(self, world: FleetWorld) -> None:
        world.rule("placed", "orders")
        world.measure("AWS/Events", "Invocations", {"EventBusName": "payments", "RuleName": "placed"}, 0, 900)
        world.measure("AWS/Events", "Invocations", {"RuleName": "placed"}, 0, 900)
        assert use_of(world, FUNCTION, ("AWS::Events::Rule", "orders|placed")).verdict is UNUSED

    def test_the_ticking_of_a_schedule_is_no_use(self, world: FleetWorld) -> None:
        world.rule("nightly", schedule="rate(1 day)")
        world.measure("AWS/Events", "Invocations", {"RuleName": "nightly"}, 0, 1)
        assert use_of(world, FUNCTION, ("AWS::Events::Rule", "nightly")).verdict is UNUSED

    def test_a_bus_lives_by_the_rules_on_it_whosever_they_are(self, world: FleetWorld) -> None:
        world.rule("placed", "orders")
        world.measure("AWS/Events", "Invocations", {"EventBusName": "orders", "RuleName": "placed"}, 0, 900)
        assert use_of(world, FUNCTION, ("AWS::Events::EventBus", "orders")).verdict is USED

    def test_the_rule_of_a_test_tool_is_no_use_of_its_bus(self, world: FleetWorld) -> None:
        world.rule("test-orders-rule", "orders")
        under = {"EventBusName": "orders", "RuleName": "test-orders-rule"}
        world.measure("AWS/Events", "Invocations", under, 0, 900)
        assert use_of(world, FUNCTION, ("AWS::Events::EventBus", "orders")).verdict is UNUSED

    def test_rules_that_could_not_be_listed_leave_it_unknown(self, world: FleetWorld) -> None:
        subject = a_stack(FUNCTION, ("AWS::Events::Rule", "placed"))
        usage = judge(world, subject, rules=Fact({}, "EventBridge: Rate exceeded"))["stack"]
        assert (usage.verdict, usage.why_unknown) == (UNKNOWN, "EventBridge: Rate exceeded")


class TestOwnSchedule:
    RULE = ("AWS::Events::Rule", "warm")

    def warm(self, world: FleetWorld, expression: str = "rate(5 minutes)", state: str = "ENABLED") -> None:
        world.rule("warm", schedule=expression, state=state)
        world.targets["warm"] = [arn("lambda", "function:checkout")]

    def test_a_warmer_that_explains_every_invocation_is_its_own_schedule(self, world: FleetWorld) -> None:
        self.warm(world)
        invoked(world, 1, 288)
        usage = use_of(world, FUNCTION, self.RULE)
        assert (usage.verdict, usage.is_own_schedule) == (UNUSED, True)

    def test_one_invocation_more_is_somebodys(self, world: FleetWorld) -> None:
        self.warm(world)
        invoked(world, 1, 289)
        assert use_of(world, FUNCTION, self.RULE).verdict is USED

    def test_a_schedule_that_aims_elsewhere_explains_nothing(self, world: FleetWorld) -> None:
        self.warm(world)
        world.targets["warm"] = [arn("lambda", "function:other")]
        invoked(world, 1, 2)
        assert use_of(world, FUNCTION, self.RULE).verdict is USED

    def test_a_schedule_that_is_off_explains_nothing(self, world: FleetWorld) -> None:
        self.warm(world, state="DISABLED")
        invoked(world, 1, 2)
        assert use_of(world, FUNCTION, self.RULE).verdict is USED

    def test_the_targets_of_a_rule_are_asked_for_once(self, world: FleetWorld) -> None:
        self.warm(world)
        invoked(world, 1, 288)
        for was_quiet in (False, True):
            with calling(world) as (caller, aws):
                judge(world, a_stack(FUNCTION, self.RULE, was_quiet=was_quiet), caller=caller)
                assert aws.calls["events:ListTargetsByRule"] == 1

    def test_another_use_of_the_stack_beside_it_counts(self, world: FleetWorld) -> None:
        self.warm(world)
        invoked(world, 1, 288)
        world.measure("AWS/SQS", "NumberOfMessagesReceived", {"QueueName": "orders"}, 2, 5)
        assert use_of(world, FUNCTION, self.RULE, QUEUE).verdict is USED

    def test_a_schedule_of_the_scheduler_explains_as_well(self, world: FleetWorld) -> None:
        target = {"Arn": arn("lambda", "function:checkout"), "RoleArn": "arn:aws:iam::1:role/r"}
        world.schedules["nightly"] = {
            "Name": "nightly",
            "State": "ENABLED",
            "ScheduleExpression": "cron(0 3 * * ? *)",
            "Target": target,
        }
        invoked(world, 1, 1)
        usage = use_of(world, FUNCTION, ("AWS::Scheduler::Schedule", "nightly"))
        assert (usage.verdict, usage.is_own_schedule) == (UNUSED, True)


class TestApis:
    REST = ("AWS::ApiGateway::RestApi", "a1b2")

    def test_a_rest_api_is_published_under_its_name(self, world: FleetWorld) -> None:
        world.apis = {"a1b2": "shop"}
        world.measure("AWS/ApiGateway", "Count", {"ApiName": "shop"}, 1, 3)
        assert use_of(world, FUNCTION, self.REST).verdict is USED

    def test_an_http_api_is_published_under_its_id(self, world: FleetWorld) -> None:
        world.measure("AWS/ApiGateway", "Count", {"ApiId": "c3d4"}, 1, 3)
        assert use_of(world, FUNCTION, ("AWS::ApiGatewayV2::Api", "c3d4")).verdict is USED

    def test_two_rest_apis_of_one_name_cannot_be_told_apart(self, world: FleetWorld) -> None:
        world.apis = {"a1b2": "shop", "e5f6": "shop"}
        world.measure("AWS/ApiGateway", "Count", {"ApiName": "shop"}, 1, 3)
        assert use_of(world, FUNCTION, self.REST).verdict is UNKNOWN

    def test_but_if_neither_was_called_this_one_was_not(self, world: FleetWorld) -> None:
        world.apis = {"a1b2": "shop", "e5f6": "shop"}
        assert use_of(world, FUNCTION, self.REST).verdict is UNUSED

    @pytest.mark.parametrize(
        ("api", "under", "errors"),
        [
            (("AWS::ApiGateway::RestApi", "a1b2"), {"ApiName": "shop"}, "4XXError"),
            (("AWS::ApiGatewayV2::Api", "c3d4"), {"ApiId": "c3d4"}, "4xx"),
        ],
        ids=["REST", "HTTP"],
    )
    def test_what_only_scanners_were_refused_is_no_use(
        self, world: FleetWorld, api: tuple[str, str], under: dict[str, str], errors: str
    ) -> None:
        world.apis = {"a1b2": "shop"}
        world.measure("AWS/ApiGateway", "Count", under, 1, 40)
        world.measure("AWS/ApiGateway", errors, under, 1, 40)
        assert use_of(world, FUNCTION, api).verdict is UNUSED
        world.measure("AWS/ApiGateway", "Count", under, 1, 41)
        assert use_of(world, FUNCTION, api).verdict is USED

    def test_an_api_that_is_in_no_list_is_unknown(self, world: FleetWorld) -> None:
        assert use_of(world, FUNCTION, self.REST).verdict is UNKNOWN

    def test_requests_of_the_whole_account_are_none_of_a_graphql_api(self, world: FleetWorld) -> None:
        api = ("AWS::AppSync::GraphQLApi", arn("appsync", "apis/g7h8"))
        world.measure("AWS/AppSync", "Requests", {"GraphQLAPIId": "g7h8"}, 1, 9)
        assert use_of(world, FUNCTION, api).verdict is UNUSED
        world.measure("AWS/AppSync", "Latency", {"GraphQLAPIId": "g7h8"}, 1, 9, "SampleCount")
        assert use_of(world, FUNCTION, api).verdict is USED


BALANCER = arn("elasticloadbalancing", "loadbalancer/app/web/50dc6c495c0c9188")
TARGETS = arn("elasticloadbalancing", "targetgroup/web/73e2d6bc24d8a067")
MACHINE = arn("states", "stateMachine:orders")
SERVICE = arn("ecs", "service/main/web")
KAFKA = arn("kafka", "cluster/events/4d5e-1")
ENDPOINT = {"VPC Id": "vpc-1", "Endpoint Type": "Interface", "Service Name": "com.amazonaws.eu-west-1.sqs"}


@pytest.mark.parametrize(
    ("resource", "metric", "under"),
    [
        (("AWS::SNS::Topic", arn("sns", "orders")), "AWS/SNS NumberOfMessagesPublished", {"TopicName": "orders"}),
        (("AWS::Pipes::Pipe", "p"), "AWS/EventBridge/Pipes Invocations", {"PipeName": "p"}),
        (("AWS::StepFunctions::StateMachine", MACHINE), "AWS/States ExecutionsStarted", {"StateMachineArn": MACHINE}),
        (("AWS::Kinesis::Stream", "s"), "AWS/Kinesis GetRecords.Records", {"StreamName": "s"}),
        (
            ("AWS::KinesisFirehose::DeliveryStream", "f"),
            "AWS/Firehose DataReadFromKinesisStream.Records",
            {"DeliveryStreamName": "f"},
        ),
        (("AWS::S3::Bucket", "b"), "AWS/S3 AllRequests", {"BucketName": "b", "FilterId": "all"}),
        (
            ("AWS::Cognito::UserPool", "eu-west-1_a"),
            "AWS/Cognito TokenRefreshSuccesses",
            {"UserPool": "eu-west-1_a", "UserPoolClient": "web"},
        ),
        (("AWS::ElastiCache::CacheCluster", "c"), "AWS/ElastiCache GetTypeCmds", {"CacheClusterId": "c"}),
        (
            ("AWS::ElastiCache::ServerlessCache", "c"),
            "AWS/ElastiCache ElastiCacheProcessingUnits",
            {"clusterId": "c"},
        ),
        (("AWS::EC2::NatGateway", "nat-1"), "AWS/NATGateway PacketsInFromSource", {"NatGatewayId": "nat-1"}),
        (
            ("AWS::EC2::VPCEndpoint", "vpce-1"),
            "AWS/PrivateLinkEndpoints BytesProcessed",
            {"VPC Endpoint Id": "vpce-1", **ENDPOINT},
        ),
        (
            ("AWS::OpenSearchService::Domain", "search"),
            "AWS/ES SearchRate",
            {"DomainName": "search", "ClientId": ACCOUNT},
        ),
        (("AWS::EFS::FileSystem", "fs-1"), "AWS/EFS ClientConnections", {"FileSystemId": "fs-1"}),
        (
            ("AWS::SageMaker::Endpoint", arn("sagemaker", "endpoint/guess")),
            "AWS/SageMaker Invocations",
            {"EndpointName": "guess", "VariantName": "a"},
        ),
        (("AWS::ECR::Repository", "web"), "AWS/ECR RepositoryPullCount", {"RepositoryName": "web"}),
    ],
    ids=lambda value: value.split()[0] if isinstance(value, str) else "",
)
def test_the_dimensions_of_a_sum(
    world: FleetWorld, resource: tuple[str, str], metric: str, under: dict[str, str]
) -> None:
    assert use_of(world, FUNCTION, resource).verdict is UNUSED
    namespace, _, name = metric.partition(" ")
    world.measure(namespace, name, under, 4, 2)
    assert use_of(world, FUNCTION, resource).verdict is USED


class TestWhatIsNeverZero:
    def test_the_average_of_few_connections_rounds_to_nothing_so_the_maximum_counts(self, world: FleetWorld) -> None:
        database = ("AWS::RDS::DBInstance", "db")
        under = {"DBInstanceIdentifier": "db"}
        world.measure("AWS/RDS", "DatabaseConnections", under, 1, 3, "Average")
        assert use_of(world, FUNCTION, database).verdict is UNUSED
        world.measure("AWS/RDS", "DatabaseConnections", under, 1, 1, "Maximum")
        assert use_of(world, FUNCTION, database).verdict is USED

    def test_current_connections_of_a_cache_are_its_own(self, world: FleetWorld) -> None:
        world.measure("AWS/ElastiCache", "CurrConnections", {"CacheClusterId": "c"}, 0, 6)
        assert use_of(world, FUNCTION, ("AWS::ElastiCache::CacheCluster", "c")).verdict is UNUSED

    def test_empty_polls_of_a_stream_are_no_records(self, world: FleetWorld) -> None:
        world.measure("AWS/Kinesis", "GetRecords.Success", {"StreamName": "s"}, 0, 86_400)
        assert use_of(world, FUNCTION, ("AWS::Kinesis::Stream", "s")).verdict is UNUSED

    def test_a_task_at_rest_takes_some_processor_time(self, world: FleetWorld) -> None:
        under = {"ClusterName": "main", "ServiceName": "web"}
        world.measure("AWS/ECS", "CPUUtilization", under, 0, 0.8, "Maximum")
        assert use_of(world, FUNCTION, ("AWS::ECS::Service", SERVICE)).verdict is UNUSED
        world.measure("AWS/ECS", "CPUUtilization", under, 0, 14, "Maximum")
        assert use_of(world, FUNCTION, ("AWS::ECS::Service", SERVICE)).verdict is USED

    def test_a_balancer_is_named_by_app_name_and_id_and_scanned_all_day(self, world: FleetWorld) -> None:
        under = {"LoadBalancer": "app/web/50dc6c495c0c9188"}
        balancer = ("AWS::ElasticLoadBalancingV2::LoadBalancer", BALANCER)
        world.measure("AWS/ApplicationELB", "RequestCount", under, 0, 80)
        assert use_of(world, FUNCTION, balancer).verdict is UNUSED
        world.measure("AWS/ApplicationELB", "RequestCount", under, 0, 101)
        assert use_of(world, FUNCTION, balancer).verdict is USED

    def test_a_target_group_is_named_by_targetgroup_name_and_id(self, world: FleetWorld) -> None:
        under = {"TargetGroup": "targetgroup/web/73e2d6bc24d8a067"}
        world.measure("AWS/ApplicationELB", "RequestCountPerTarget", under, 0, 101)
        assert use_of(world, FUNCTION, ("AWS::ElasticLoadBalancingV2::TargetGroup", TARGETS)).verdict is USED

    def test_clients_of_a_broker_count_and_each_broker_has_its_own_series(self, world: FleetWorld) -> None:
        cluster = ("AWS::MSK::Cluster", KAFKA)
        under = {"Cluster Name": "events", "Broker ID": "1", "Client Authentication": "IAM"}
        assert use_of(world, FUNCTION, cluster).verdict is UNUSED
        world.measure("AWS/Kafka", "ClientConnectionCount", under, 0, 2, "Maximum")
        assert use_of(world, FUNCTION, cluster).verdict is USED

    def test_a_distribution_is_measured_in_one_region_and_ten_requests_a_day_are_scanners(
        self, world: FleetWorld
    ) -> None:
        under = {"DistributionId": "E1", "Region": "Global"}
        world.measure("AWS/CloudFront", "Requests", under, 0, 9)
        with calling(world) as (caller, aws):
            subject = a_stack(FUNCTION, ("AWS::CloudFront::Distribution", "E1"))
            assert judge(world, subject, caller=caller)["stack"].verdict is UNUSED
            assert "us-east-1" in aws.regions
            world.measure("AWS/CloudFront", "Requests", under, 0, 11)
            assert judge(world, subject, caller=caller)["stack"].verdict is USED


class TestWhatIsIdleByDesign:
    def test_the_topic_of_an_alarm_takes_nothing_away(self, world: FleetWorld) -> None:
        invoked(world)
        assert use_of(world, FUNCTION, ("AWS::SNS::Topic", arn("sns", "alarms"))).verdict is USED

    def test_log_events_of_a_stack_are_its_functions_business(self, world: FleetWorld) -> None:
        group = ("AWS::Logs::LogGroup", "/aws/lambda/checkout")
        world.measure("AWS/Logs", "IncomingLogEvents", {"LogGroupName": "/aws/lambda/checkout"}, 0, 5)
        assert use_of(world, FUNCTION, group).verdict is UNUSED
        loose = Subject("arn", (Resource("", *group),), NOW - timedelta(days=60), is_loose=True)
        assert judge(world, loose)["arn"].verdict is USED

    def test_a_secret_that_was_never_read_has_no_date(self, world: FleetWorld) -> None:
        secret = ("AWS::SecretsManager::Secret", arn("secretsmanager", "secret:key-AbCdEf"))
        world.secrets = {"key-AbCdEf": None}
        assert use_of(world, FUNCTION, secret).verdict is UNUSED
        world.secrets = {"key-AbCdEf": day(3)}
        assert use_of(world, FUNCTION, secret).verdict is USED


class TestWhatCloudWatchDidNotAnswer:
    def test_throttled_is_unknown(self, world: FleetWorld) -> None:
        with calling(world) as (caller, aws):
            aws.faults["GetMetricData"] = ["Throttling"] * 8
            usage = judge(world, a_stack(QUEUE), caller=caller)["stack"]
        assert usage.verdict is UNKNOWN
        assert "CloudWatch" in str(usage.why_unknown)

    def test_denied_is_unknown(self, world: FleetWorld) -> None:
        with calling(world) as (caller, aws):
            aws.ever["GetMetricData"] = "AccessDeniedException"
            assert judge(world, a_stack(FUNCTION), caller=caller)["stack"].verdict is UNKNOWN

    @pytest.mark.parametrize("state", ["PartialData", "InternalError", "Forbidden"])
    def test_a_series_that_is_not_complete_is_unknown(self, world: FleetWorld, state: str) -> None:
        world.states["NumberOfMessagesReceived"] = state
        usage = use_of(world, QUEUE)
        assert (usage.verdict, state in str(usage.why_unknown)) == (UNKNOWN, True)

    def test_but_a_use_that_it_shows_all_the_same_is_a_use(self, world: FleetWorld) -> None:
        world.states["Invocations"] = "PartialData"
        invoked(world)
        assert use_of(world, FUNCTION).verdict is USED

    def test_indexes_that_could_not_be_listed_leave_a_table_unknown(self, world: FleetWorld) -> None:
        with calling(world) as (caller, aws):
            aws.ever["ListMetrics"] = "AccessDeniedException"
            assert judge(world, a_stack(FUNCTION, TABLE), caller=caller)["stack"].verdict is UNKNOWN


class TestStages:
    def test_a_stack_whose_function_was_invoked_is_asked_nothing_more(self, world: FleetWorld) -> None:
        invoked(world)
        with calling(world) as (caller, aws):
            judge(world, a_stack(FUNCTION, QUEUE, TABLE), caller=caller)
        assert dict(aws.calls) == {"monitoring:GetMetricData": 1}

    def test_what_is_remembered_in_the_window_is_asked_nothing_at_all(self, world: FleetWorld) -> None:
        invoked(world, 13, 4)
        with calling(world) as (caller, aws):
            told = judge(world, a_stack(FUNCTION), caller=caller)["stack"].evidence[0]
            asked = aws.requests
            again = judge(world, a_stack(FUNCTION, remembered=told), caller=caller)["stack"]
            assert (again.verdict, again.evidence, aws.requests) == (USED, (told,), asked)

    def test_until_the_day_on_which_it_could_be_idle(self, world: FleetWorld) -> None:
        invoked(world, 13, 4)
        told = use_of(world, FUNCTION).evidence[0]
        later = Window(NOW + timedelta(days=2), timedelta(days=14))
        assert judge(world, a_stack(FUNCTION, remembered=told), window=later)["stack"].verdict is UNUSED

    def test_five_hundred_series_are_one_call(self, world: FleetWorld) -> None:
        stacks = [a_stack(("AWS::Lambda::Function", f"f{number}"), id=f"s{number}") for number in range(1001)]
        with calling(world) as (caller, aws):
            judge(world, *stacks, caller=caller)
        assert dict(aws.calls) == {"monitoring:GetMetricData": 3}

    def test_two_stacks_of_one_series_ask_once_and_both_are_told(self, world: FleetWorld) -> None:
        invoked(world)
        found = judge(world, a_stack(FUNCTION, id="one"), a_stack(FUNCTION, id="two"))
        assert {usage.verdict for usage in found.values()} == {USED}
