"""What a stack holds, over real HTTP: listed, emptied, unprotected, freed, and asked whether it is still there."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.config import Config

from app.aws import existence, teardown
from app.aws.client import AwsDenied, AwsRefused, AwsUnreachable
from app.aws.inventory import take_inventory
from app.aws.stacks import create_stack, describe_stack
from app.aws.teardown import buckets, buses, identities, images, logs, networks, protection
from app.core.blueprint import Payload
from app.core.inventory import LOG_GROUP, Item
from app.sandbox.aws import AwsControl, AwsSandbox
from tests.builders import REGION, a_blueprint, an_item
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsSandbox]:
    with AwsSandbox.start(create_seconds=0.1, update_seconds=0.1, delete_seconds=0.1) as running:
        yield running


@pytest.fixture
def control(aws: AwsSandbox) -> AwsControl:
    aws.control.reset()
    return aws.control


class Clients:
    """A client of each service, made once."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint
        self._made: dict[str, Any] = {}

    def __call__(self, service: str, _account: str = "default", _region: str = REGION) -> Any:
        if service not in self._made:
            self._made[service] = boto3.client(  # type: ignore[call-overload]
                service,
                endpoint_url=self._endpoint,
                region_name=REGION,
                aws_access_key_id="111122223333",
                aws_secret_access_key="sandbox",
                config=Config(retries={"mode": "standard", "total_max_attempts": 2}),
            )
        return self._made[service]

    def close(self) -> None:
        for client in self._made.values():
            client.close()


@pytest.fixture(scope="module")
def every_client(aws: AwsSandbox) -> Iterator[Clients]:
    clients = Clients(aws.endpoint_url)
    yield clients
    clients.close()


@pytest.fixture
def clients(every_client: Clients, control: AwsControl) -> Clients:
    assert control
    return every_client


def a_stack(clients: Clients, resources: dict[str, Any], name: str = "SHOP-42") -> str:
    """The id of a stack that stands."""
    client = clients("cloudformation")
    blueprint = a_blueprint(body=json.dumps({"Resources": resources}), capabilities=("CAPABILITY_NAMED_IAM",))
    stack_id = create_stack(client, name, Payload(blueprint), name).id or ""
    wait_until(lambda: describe_stack(client, stack_id).status == "CREATE_COMPLETE")  # type: ignore[union-attr]
    return stack_id


def inventory(clients: Clients, stack_id: str) -> dict[str, Item]:
    items = take_inventory(clients("cloudformation"), stack_id, "default", REGION)
    return {item.logical_id: item for item in items}


class TestInventory:
    def test_lists_everything_with_what_the_template_keeps(self, clients: Clients) -> None:
        stack_id = a_stack(
            clients,
            {
                "Queue": {"Type": "AWS::SQS::Queue"},
                "Kept": {"Type": "AWS::SQS::Queue", "DeletionPolicy": "Retain"},
                "Tried": {"Type": "AWS::SQS::Queue", "DeletionPolicy": "RetainExceptOnCreate"},
                "Gone": {"Type": "AWS::SQS::Queue", "DeletionPolicy": "Delete"},
            },
        )
        items = inventory(clients, stack_id)
        assert {name: item.is_retained for name, item in items.items()} == {
            "Queue": False,
            "Kept": True,
            "Tried": True,
            "Gone": False,
        }
        queue = items["Queue"]
        assert (queue.stack_id, queue.holder, queue.type) == (stack_id, stack_id, "AWS::SQS::Queue")
        assert queue.physical_id.startswith("http")

    def test_goes_into_nested_stacks_and_keeps_what_a_kept_one_holds(self, clients: Clients, aws: AwsSandbox) -> None:
        s3 = clients("s3")
        s3.create_bucket(Bucket="templates", CreateBucketConfiguration={"LocationConstraint": REGION})
        child = json.dumps({"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}})
        s3.put_object(Bucket="templates", Key="child.json", Body=child.encode())
        nested = {"Type": "AWS::CloudFormation::Stack"}
        url = {"Properties": {"TemplateURL": f"{aws.endpoint_url}/templates/child.json"}}
        stack_id = a_stack(clients, {"Child": nested | url, "Kept": nested | url | {"DeletionPolicy": "Retain"}})
        items = inventory(clients, stack_id)
        assert set(items) == {"Child", "Child/Queue", "Kept", "Kept/Queue"}
        assert [items[name].is_retained for name in ("Child/Queue", "Kept/Queue")] == [False, True]
        assert items["Child/Queue"].stack_id == stack_id
        assert items["Child/Queue"].holder == items["Child"].physical_id

    def test_of_no_stack_is_empty(self, clients: Clients) -> None:
        nobody = f"arn:aws:cloudformation:{REGION}:111122223333:stack/SHOP-99/1"
        assert take_inventory(clients("cloudformation"), nobody, "default", REGION) == ()

    @pytest.mark.parametrize("action", ["ListStackResources", "GetTemplate"])
    def test_that_may_not_be_read_is_no_empty_one(self, clients: Clients, control: AwsControl, action: str) -> None:
        stack_id = a_stack(clients, {"Queue": {"Type": "AWS::SQS::Queue"}})
        control.error("cloudformation", action, code="AccessDenied", status=403, times=None)
        with pytest.raises(AwsDenied):
            inventory(clients, stack_id)


class TestBuckets:
    @pytest.fixture
    def bucket(self, clients: Clients) -> str:
        clients("s3").create_bucket(Bucket="shop-42", CreateBucketConfiguration={"LocationConstraint": REGION})
        return "shop-42"

    def put(self, clients: Clients, count: int, bucket: str = "shop-42") -> None:
        for number in range(count):
            clients("s3").put_object(Bucket=bucket, Key=f"{number % 7}", Body=b"x")

    def left(self, clients: Clients, bucket: str = "shop-42") -> int:
        page = clients("s3").list_object_versions(Bucket=bucket)
        uploads = clients("s3").list_multipart_uploads(Bucket=bucket).get("Uploads", [])
        return len([*page.get("Versions", []), *page.get("DeleteMarkers", []), *uploads])

    def test_every_version_marker_and_upload_goes(self, clients: Clients, bucket: str) -> None:
        s3 = clients("s3")
        s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        self.put(clients, 20)
        s3.delete_object(Bucket=bucket, Key="1")
        s3.create_multipart_upload(Bucket=bucket, Key="half")
        assert self.left(clients) == 22
        assert buckets.empty(s3, bucket)
        assert self.left(clients) == 0
        s3.delete_bucket(Bucket=bucket)

    def test_a_pass_takes_no_more_than_its_pages(self, clients: Clients, bucket: str) -> None:
        for number in range(1005):
            clients("s3").put_object(Bucket=bucket, Key=f"{number}", Body=b"")
        assert not buckets.empty(clients("s3"), bucket, pages=1)
        assert self.left(clients) == 5
        assert buckets.empty(clients("s3"), bucket, pages=2)

    def test_one_that_was_filled_again_is_emptied_again(self, clients: Clients, bucket: str) -> None:
        for _ in range(2):
            self.put(clients, 3)
            assert buckets.empty(clients("s3"), bucket)
        assert self.left(clients) == 0

    def test_one_that_is_gone_is_empty(self, clients: Clients) -> None:
        assert buckets.empty(clients("s3"), "nobody")

    def test_a_name_that_begins_alike_is_another(self, clients: Clients, bucket: str) -> None:
        clients("s3").create_bucket(Bucket="shop-42-b", CreateBucketConfiguration={"LocationConstraint": REGION})
        self.put(clients, 3, "shop-42-b")
        buckets.empty(clients("s3"), bucket)
        assert self.left(clients, "shop-42-b") == 3

    @pytest.mark.parametrize("action", ["ListObjectVersions", "DeleteObjects", "ListMultipartUploads"])
    def test_what_is_not_answered_is_tried_again(
        self, clients: Clients, control: AwsControl, bucket: str, action: str
    ) -> None:
        self.put(clients, 1)
        control.unavailable("s3", action, times=None)
        with pytest.raises(AwsUnreachable, match="S3"):
            buckets.empty(clients("s3"), bucket)


class TestProtection:
    def test_of_a_table(self, clients: Clients) -> None:
        dynamodb = clients("dynamodb")
        dynamodb.create_table(
            TableName="shop-42",
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
            DeletionProtectionEnabled=True,
        )
        for _ in range(2):
            protection.unprotect_table(dynamodb, "shop-42")
        assert not dynamodb.describe_table(TableName="shop-42")["Table"]["DeletionProtectionEnabled"]

    def test_of_a_user_pool(self, clients: Clients) -> None:
        cognito = clients("cognito-idp")
        pool = cognito.create_user_pool(PoolName="shop", DeletionProtection="ACTIVE")["UserPool"]["Id"]
        protection.unprotect_user_pool(cognito, pool)
        assert cognito.describe_user_pool(UserPoolId=pool)["UserPool"]["DeletionProtection"] == "INACTIVE"

    def test_of_a_load_balancer(self, clients: Clients) -> None:
        elb = clients("elbv2")
        made = elb.create_load_balancer(Name="shop", Subnets=["subnet-1", "subnet-2"])
        arn = made["LoadBalancers"][0]["LoadBalancerArn"]
        on = [{"Key": "deletion_protection.enabled", "Value": "true"}]
        elb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=on)
        protection.unprotect_load_balancer(elb, arn)
        assert on[0] not in elb.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]

    def test_of_a_log_group_that_has_none_changes_nothing(self, clients: Clients, control: AwsControl) -> None:
        clients("logs").create_log_group(logGroupName="/shop/42")
        protection.unprotect_log_group(clients("logs"), "/shop/42")
        assert control.calls("logs", "PutLogGroupDeletionProtection") == []

    @pytest.mark.parametrize("type_", ["AWS::DynamoDB::Table", "AWS::ECR::Repository", "AWS::Lambda::Function"])
    def test_of_what_is_gone_is_off(self, clients: Clients, type_: str) -> None:
        assert teardown.clear(clients, an_item(type_, physical_id="nobody"))


def test_images_go(clients: Clients) -> None:
    ecr = clients("ecr")
    ecr.create_repository(repositoryName="shop-42")
    for tag in ("a", "b"):
        ecr.put_image(repositoryName="shop-42", imageTag=tag, imageManifest=json.dumps({"schemaVersion": 2, "t": tag}))
    assert images.drop_images(ecr, "shop-42")
    assert ecr.list_images(repositoryName="shop-42")["imageIds"] == []


class TestIdentities:
    TRUST = json.dumps({"Version": "2012-10-17", "Statement": []})
    POLICY = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]})

    def test_a_role_is_freed_of_what_others_attached_and_the_policy_stays(self, clients: Clients) -> None:
        iam = clients("iam")
        arn = iam.create_policy(PolicyName="foreign", PolicyDocument=self.POLICY)["Policy"]["Arn"]
        for role in ("shop-42", "shop-42-alike"):
            iam.create_role(RoleName=role, AssumeRolePolicyDocument=self.TRUST)
            iam.attach_role_policy(RoleName=role, PolicyArn=arn)
            iam.put_role_policy(RoleName=role, PolicyName="inline", PolicyDocument=self.POLICY)
        identities.bare_role(iam, "shop-42")
        iam.delete_role(RoleName="shop-42")
        assert iam.get_policy(PolicyArn=arn)["Policy"]["Arn"] == arn
        assert len(iam.list_attached_role_policies(RoleName="shop-42-alike")["AttachedPolicies"]) == 1

    def test_a_user_is_freed_of_keys_and_policies(self, clients: Clients) -> None:
        iam = clients("iam")
        iam.create_user(UserName="shop-42")
        iam.create_access_key(UserName="shop-42")
        iam.put_user_policy(UserName="shop-42", PolicyName="inline", PolicyDocument=self.POLICY)
        identities.bare_user(iam, "shop-42")
        iam.delete_user(UserName="shop-42")


def test_a_bus_is_freed_of_rules_that_test_tools_left_and_no_other_bus_is(clients: Clients) -> None:
    events = clients("events")
    for bus in ("shop-42", "shop-42-alike"):
        events.create_event_bus(Name=bus)
        events.put_rule(Name="test-rule", EventBusName=bus, EventPattern='{"source": ["x"]}')
        events.put_targets(Rule="test-rule", EventBusName=bus, Targets=[{"Id": "1", "Arn": "arn:aws:sqs:::q"}])
    buses.drop_rules(events, "shop-42")
    assert events.list_rules(EventBusName="shop-42")["Rules"] == []
    assert len(events.list_rules(EventBusName="shop-42-alike")["Rules"]) == 1


class TestNetworks:
    def test_only_the_interfaces_that_the_function_left_over_go(self, clients: Clients) -> None:
        ec2 = clients("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
        names = [f"{networks.INTERFACE}{function}-0a1b" for function in ("shop-42", "shop-421", "other")]
        for name in (*names, "somebody's"):
            ec2.create_network_interface(SubnetId=subnet, Description=name)
        networks.drop_interfaces(ec2, "shop-42")
        left = {each["Description"] for each in ec2.describe_network_interfaces()["NetworkInterfaces"]}
        assert {*names[1:], "somebody's"} <= left
        assert names[0] not in left


def test_a_log_group_goes_once(clients: Clients) -> None:
    client = clients("logs")
    client.create_log_group(logGroupName="/aws/lambda/shop-42")
    client.create_log_group(logGroupName="/aws/lambda/shop-42-alike")
    for _ in range(2):
        logs.drop_log_group(client, "/aws/lambda/shop-42")
    assert not existence.has_log_group(client, "/aws/lambda/shop-42")
    assert existence.has_log_group(client, "/aws/lambda/shop-42-alike")


class TestExistence:
    RESOURCES = {  # noqa: RUF012
        "AWS::DynamoDB::Table": {
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
        },
        "AWS::ECR::Repository": {"RepositoryName": "shop-42"},
        "AWS::Events::EventBus": {"Name": "shop-42"},
        "AWS::IAM::Role": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}},
        "AWS::Kinesis::Stream": {"ShardCount": 1},
        LOG_GROUP: {"LogGroupName": "/shop/42"},
        "AWS::S3::Bucket": {},
        "AWS::SNS::Topic": {},
        "AWS::SQS::Queue": {},
        "AWS::SSM::Parameter": {"Type": "String", "Value": "x", "Name": "shop-42"},
        "AWS::SecretsManager::Secret": {"SecretString": "x"},
        "AWS::ApiGatewayV2::Api": {"Name": "shop", "ProtocolType": "HTTP"},
        "AWS::ApiGateway::RestApi": {"Name": "shop"},
        "AWS::Cognito::UserPool": {},
        "AWS::KMS::Key": {"KeyPolicy": {"Version": "2012-10-17", "Statement": []}},
    }

    def test_a_stacks_resources_are_there_until_it_is_deleted(self, clients: Clients) -> None:
        """Each type in its service's own words, before and after."""
        made = {f"R{n}": {"Type": t, "Properties": p} for n, (t, p) in enumerate(self.RESOURCES.items())}
        stack_id = a_stack(clients, made)
        items = inventory(clients, stack_id)
        assert {item.type for item in items.values()} == set(self.RESOURCES)
        assert {item.type for item in items.values() if not existence.exists(clients, item)} == set()
        client = clients("cloudformation")
        client.delete_stack(StackName=stack_id)
        wait_until(lambda: describe_stack(client, stack_id).status == "DELETE_COMPLETE")  # type: ignore[union-attr]
        assert {item.type for item in items.values() if existence.exists(clients, item)} == set()

    @pytest.mark.parametrize(
        ("type_", "name"),
        [
            ("AWS::Lambda::Function", "nobody"),
            ("AWS::IAM::User", "nobody"),
            ("AWS::DynamoDB::GlobalTable", "nobody"),
            ("AWS::RDS::DBInstance", "nobody"),
            ("AWS::RDS::DBCluster", "nobody"),
            ("AWS::StepFunctions::StateMachine", f"arn:aws:states:{REGION}:111122223333:stateMachine:nobody"),
        ],
    )
    def test_what_never_was_is_not_there(self, clients: Clients, type_: str, name: str) -> None:
        assert not existence.exists(clients, an_item(type_, physical_id=name))

    def test_every_type_is_tried_here(self) -> None:
        tried = {*self.RESOURCES, "AWS::Lambda::Function", "AWS::IAM::User", "AWS::DynamoDB::GlobalTable"}
        tried |= {"AWS::RDS::DBInstance", "AWS::RDS::DBCluster", "AWS::StepFunctions::StateMachine"}
        assert {*existence.QUESTIONS, LOG_GROUP} == tried

    @pytest.mark.parametrize(
        ("fault", "error"),
        [
            ({"code": "AccessDeniedException", "status": 403}, AwsDenied),
            ({"code": "ValidationException"}, AwsRefused),
            ({"code": "InternalFailure", "status": 500}, AwsUnreachable),
        ],
        ids=["denied", "refused", "unavailable"],
    )
    def test_an_error_is_never_taken_for_gone(
        self, clients: Clients, control: AwsControl, fault: dict[str, Any], error: type[Exception]
    ) -> None:
        control.error("dynamodb", "DescribeTable", times=None, **fault)
        with pytest.raises(error):
            existence.exists(clients, an_item("AWS::DynamoDB::Table", physical_id="shop-42"))

    def test_a_log_group_whose_name_only_begins_so_is_another(self, clients: Clients) -> None:
        clients("logs").create_log_group(logGroupName="/shop/42-alike")
        group = an_item(LOG_GROUP, physical_id="/shop/42")
        assert not existence.exists(clients, group)
        assert existence.exists(clients, replace(group, physical_id="/shop/42-alike"))

    def test_an_odd_type_cannot_be_asked(self) -> None:
        assert not existence.can_ask("AWS::Odd::Thing")
