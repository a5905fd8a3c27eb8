"""The template check: each rule, the line it points at, and what it leaves alone."""

from pathlib import Path
from textwrap import dedent

import pytest

from app.aws.check import check_template
from app.aws.template import load_template
from app.core.remark import Level, Remark

EXAMPLE = Path(__file__).parents[3] / "infra" / "example" / "template.yaml"


def remarks(text: str, *varying: str) -> list[Remark]:
    """The remarks on a template whose parameters `varying` differ between environments."""
    template = load_template(dedent(text).encode(), "t.yaml")
    return list(check_template(template, frozenset(varying)))


def on(resource: str, *varying: str) -> list[tuple[str, str]]:
    """Level and rule of the remarks on one resource, written in one line."""
    found = remarks(f"Parameters: {{Stage: {{Type: String, Default: dev}}}}\nResources: {{X: {resource}}}", *varying)
    assert all((one.file, one.line, one.logical_id) == ("t.yaml", 2, "X") for one in found)
    return [(one.level.value, one.rule) for one in found]


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ("{Type: 'AWS::SQS::Queue', DeletionPolicy: Retain}", ("warning", "retained")),
        ("{Type: 'AWS::SQS::Queue', DeletionPolicy: RetainExceptOnCreate}", ("warning", "retained")),
        ("{Type: 'AWS::EC2::Volume', DeletionPolicy: Snapshot}", ("warning", "retained")),
        ("{Type: 'AWS::SQS::Queue', UpdateReplacePolicy: Retain}", ("warning", "retained")),
        ("{Type: 'AWS::SQS::Queue', DeletionPolicy: !If [A, Retain, Delete]}", ("warning", "retained")),
        ("{Type: 'AWS::RDS::DBInstance'}", ("warning", "retained")),
        ("{Type: 'AWS::RDS::DBCluster'}", ("warning", "retained")),
        (
            "{Type: 'AWS::DynamoDB::Table', Properties: {DeletionProtectionEnabled: true}}",
            ("warning", "protected"),
        ),
        ("{Type: 'AWS::Cognito::UserPool', Properties: {DeletionProtection: ACTIVE}}", ("warning", "protected")),
        ("{Type: 'AWS::EC2::Instance', Properties: {DisableApiTermination: 'true'}}", ("warning", "protected")),
        (
            "{Type: 'AWS::EMR::Cluster', Properties: {Instances: {TerminationProtected: true}}}",
            ("warning", "protected"),
        ),
        (
            (
                "{Type: 'AWS::ElasticLoadBalancingV2::LoadBalancer', Properties: "
                "{LoadBalancerAttributes: [{Key: deletion_protection.enabled, Value: 'true'}]}}"
            ),
            ("warning", "protected"),
        ),
        (
            "{Type: 'AWS::DynamoDB::GlobalTable', Properties: {Replicas: [{DeletionProtectionEnabled: true}]}}",
            ("warning", "protected"),
        ),
        ("{Type: 'AWS::S3::Bucket', Properties: {ObjectLockEnabled: true}}", ("warning", "object-lock")),
        (
            "{Type: 'AWS::S3::Bucket', Properties: {VersioningConfiguration: {Status: Enabled}}}",
            ("notice", "versioned-bucket"),
        ),
        ("{Type: 'AWS::Backup::BackupVault', Properties: {LockConfiguration: {}}}", ("warning", "object-lock")),
        ("{Type: 'Custom::Seed', Properties: {ServiceToken: a}}", ("notice", "slow-deletion")),
        ("{Type: 'AWS::KMS::Key'}", ("notice", "slow-deletion")),
        (
            (
                "{Type: 'AWS::CloudFront::Distribution', Properties: {DistributionConfig: "
                "{DefaultCacheBehavior: {LambdaFunctionAssociations: [{}]}}}}"
            ),
            ("warning", "slow-deletion"),
        ),
    ],
)
def test_what_stays_or_holds_the_deletion_up(resource: str, expected: tuple[str, str]) -> None:
    assert on(resource) == [expected]


@pytest.mark.parametrize(
    "resource",
    [
        "{Type: 'AWS::SQS::Queue', DeletionPolicy: Delete, UpdateReplacePolicy: Delete}",
        "{Type: 'AWS::SQS::Queue', DeletionPolicy: {Ref: AWS::NoValue}}",
        "{Type: 'AWS::RDS::DBInstance', DeletionPolicy: Delete}",
        "{Type: 'AWS::RDS::DBInstance', Properties: {DBClusterIdentifier: !Ref Cluster}}",
        "{Type: 'AWS::DynamoDB::Table', Properties: {DeletionProtectionEnabled: false}}",
        "{Type: 'AWS::Cognito::UserPool', Properties: {DeletionProtection: INACTIVE}}",
        "{Type: 'AWS::S3::Bucket', Properties: {VersioningConfiguration: {Status: Suspended}}}",
        "{Type: 'Custom::Seed', Properties: {ServiceTimeout: 60}}",
        "{Type: 'AWS::KMS::Key', Properties: {PendingWindowInDays: 7}}",
        "{Type: 'AWS::CloudFront::Distribution', Properties: {DistributionConfig: {DefaultCacheBehavior: {}}}}",
        "{Type: 'AWS::S3::Bucket', Properties: [what is this]}",
        "{Properties: {QueueName: orders}}",
    ],
)
def test_what_goes_with_the_stack(resource: str) -> None:
    assert on(resource) == []


@pytest.mark.parametrize(
    "name",
    [
        "orders",
        "!Ref AWS::Region",
        "!Sub 'orders-${AWS::Region}'",
        "!Sub 'orders-${Stage}'",
        "!Join ['-', [orders, !Ref Stage]]",
        "!Sub ['orders-${Place}', {Place: !Ref AWS::AccountId}]",
        "!ImportValue orders",
        "!If [A, orders, !Ref AWS::StackName]",
        "'{{resolve:ssm:/orders}}'",
        "!Sub 'orders-${!AWS::StackName}'",
    ],
)
def test_a_name_that_is_the_same_everywhere(name: str) -> None:
    assert ("warning", "fixed-name") in on(f"{{Type: 'AWS::SQS::Queue', Properties: {{QueueName: {name}}}}}")


@pytest.mark.parametrize(
    "name",
    [
        "!Sub '${AWS::StackName}-orders'",
        "!Ref AWS::StackName",
        "!Ref Other",
        "!GetAtt Other.Name",
        "!Join ['-', [orders, !Select [2, !Split ['/', !Ref AWS::StackId]]]]",
        "!Sub ['orders-${Place}', {Place: !Ref AWS::StackName}]",
        "!If [A, !Ref AWS::NoValue, !Ref AWS::StackName]",
        "!Ref AWS::NoValue",
        "''",
    ],
)
def test_a_name_of_its_own(name: str) -> None:
    assert on(f"{{Type: 'AWS::SQS::Queue', Properties: {{QueueName: {name}}}}}") == []


def test_a_parameter_that_each_environment_sets_makes_a_name_its_own() -> None:
    assert on("{Type: 'AWS::SQS::Queue', Properties: {QueueName: !Sub 'orders-${Stage}'}}", "Stage") == []


def test_a_nested_templates_parameters_are_nobodys_guess() -> None:
    text = (
        b"Parameters: {N: {Type: String}}\nResources: {X: {Type: 'AWS::SQS::Queue', Properties: {QueueName: !Ref N}}}"
    )
    assert list(check_template(load_template(text, "child.yaml"), None)) == []


def test_a_loops_variable_is_the_same_everywhere() -> None:
    (remark,) = remarks(
        """
        Resources:
          Fn::ForEach::Queues:
            - Name
            - [a, b]
            - ${Name}Queue:
                Type: AWS::SQS::Queue
                Properties:
                  QueueName: !Sub orders-${Name}
        """
    )
    assert (remark.rule, remark.line, remark.logical_id) == ("fixed-name", 9, "${Name}Queue")


@pytest.mark.parametrize(
    ("statement", "level"),
    [
        ("{Effect: Allow, Action: '*', Resource: '*'}", "warning"),
        ("{Effect: Allow, Action: '*', Resource: !Ref X}", "warning"),
        ("{Effect: Allow, Action: ['s3:*'], Resource: ['*']}", "warning"),
        ("{Effect: Allow, NotAction: 'iam:*', Resource: '*'}", "warning"),
        ("{Effect: Allow, Action: 'sqs:SendMessage', Resource: '*'}", "notice"),
    ],
)
def test_stars(statement: str, level: str) -> None:
    policy = f"{{Statement: [{statement}]}}"
    assert on(f"{{Type: 'AWS::IAM::ManagedPolicy', Properties: {{PolicyDocument: {policy}}}}}") == [(level, "star")]
    assert on(f"{{Type: 'AWS::IAM::Role', Properties: {{Policies: [{{PolicyDocument: {policy}}}]}}}}") == [
        (level, "star")
    ]
    sam = f"{{Type: 'AWS::Serverless::StateMachine', Properties: {{Policies: [{policy}]}}}}"
    assert on(sam) == [(level, "star")]


@pytest.mark.parametrize(
    "statement",
    [
        "{Effect: Deny, Action: '*', Resource: '*'}",
        "{Effect: Allow, Action: 's3:*', Resource: !Sub '${Bucket.Arn}/*'}",
        "{Effect: Allow, Action: ['ec2:DescribeInstances', 's3:ListAllMyBuckets'], Resource: '*'}",
    ],
)
def test_statements_that_are_narrow_enough(statement: str) -> None:
    policy = f"{{Statement: {statement}}}"
    assert on(f"{{Type: 'AWS::IAM::ManagedPolicy', Properties: {{PolicyDocument: {policy}}}}}") == []


@pytest.mark.parametrize(
    ("resource", "rule"),
    [
        (
            (
                "{Type: 'AWS::IAM::Role', Properties: "
                "{ManagedPolicyArns: ['arn:aws:iam::aws:policy/AdministratorAccess']}}"
            ),
            "star",
        ),
        (
            (
                "{Type: 'AWS::IAM::Role', Properties: {AssumeRolePolicyDocument: "
                "{Statement: [{Effect: Allow, Principal: {AWS: '*'}}]}}}"
            ),
            "open-door",
        ),
        (
            (
                "{Type: 'AWS::S3::BucketPolicy', Properties: {PolicyDocument: "
                "{Statement: {Effect: Allow, Principal: '*', Action: 's3:GetObject'}}}}"
            ),
            "open-door",
        ),
        ("{Type: 'AWS::Lambda::Permission', Properties: {Principal: '*'}}", "open-door"),
    ],
)
def test_rights_for_everything_and_everybody(resource: str, rule: str) -> None:
    assert on(resource) == [("warning", rule)]


@pytest.mark.parametrize(
    "resource",
    [
        "{Type: 'AWS::Lambda::Permission', Properties: {Principal: '*', SourceArn: a}}",
        (
            "{Type: 'AWS::S3::BucketPolicy', Properties: {PolicyDocument: "
            "{Statement: {Effect: Deny, Principal: '*', Action: 's3:*'}}}}"
        ),
        (
            "{Type: 'AWS::SQS::QueuePolicy', Properties: {PolicyDocument: "
            "{Statement: {Effect: Allow, Principal: '*', Condition: {ArnEquals: {'aws:SourceArn': a}}}}}}"
        ),
        (
            "{Type: 'AWS::KMS::Key', Properties: {PendingWindowInDays: 7, KeyPolicy: "
            "{Statement: {Effect: Allow, Principal: {AWS: root}, Action: 'kms:*', Resource: '*'}}}}"
        ),
    ],
)
def test_doors_that_ask_who_is_there(resource: str) -> None:
    assert on(resource) == []


def test_functions_without_memory_and_timeout() -> None:
    assert on("{Type: 'AWS::Lambda::Function'}") == [("warning", "function-default")] * 2
    assert on("{Type: 'AWS::Lambda::Function', Properties: {MemorySize: 256, Timeout: 10}}") == []


def test_globals_speak_for_functions_that_say_nothing() -> None:
    text = "Globals: {Function: {MemorySize: 256, Timeout: 5}}\nResources: {X: {Type: 'AWS::Serverless::Function'}}"
    assert remarks(text) == []


def test_exports_and_imports() -> None:
    found = remarks(
        """
        Resources:
          X:
            Type: AWS::SQS::Queue
            Properties:
              KmsMasterKeyId: !ImportValue key
        Outputs:
          Fixed:
            Value: a
            Export: {Name: orders}
          Own:
            Value: b
            Export:
              Name: !Sub ${AWS::StackName}-b
          Plain: {Value: c}
        """
    )
    assert [(one.level, one.rule, one.line, one.logical_id) for one in found] == [
        (Level.WARNING, "fixed-name", 10, "Fixed"),
        (Level.NOTICE, "export", 14, "Own"),
        (Level.NOTICE, "import", 6, "X"),
    ]


def test_a_remark_names_the_line_of_the_property() -> None:
    (remark,) = remarks(
        """
        Resources:
          Orders:
            Type: AWS::SQS::Queue
            Properties:
              VisibilityTimeout: 3
              QueueName: orders
        """
    )
    text = (
        'QueueName is "orders" in every environment, and only one of them can have it. '
        "Leave the name out, or make it of ${AWS::StackName}."
    )
    assert remark == Remark(Level.WARNING, "fixed-name", text, "t.yaml", 7, "Orders")


def test_a_long_name_is_cut_and_stays_in_one_line() -> None:
    (remark,) = remarks(
        f"Resources: {{X: {{Type: 'AWS::SQS::Queue', Properties: {{QueueName: \"a\\n{'b' * 999}\"}}}}}}"
    )
    assert "\n" not in remark.message
    assert len(remark.message) < 250


def test_there_is_nothing_to_say_of_the_example() -> None:
    assert list(check_template(load_template(EXAMPLE.read_bytes(), "template.yaml"), frozenset())) == []
