"""Names that only one environment can have, and the names that stacks hold one another by.

A resource that is given no name gets one of its own from CloudFormation:
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html
An export can be neither changed nor deleted while another stack imports it:
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from app.aws.check.element import Element, branches, part
from app.aws.check.variance import Variance
from app.aws.template import Template
from app.core.remark import Level, Remark

NAMES: dict[str, str] = {
    "AWS::ApiGateway::ApiKey": "Name",
    "AWS::ApiGateway::DomainName": "DomainName",
    "AWS::ApiGatewayV2::DomainName": "DomainName",
    "AWS::Athena::WorkGroup": "Name",
    "AWS::AutoScaling::AutoScalingGroup": "AutoScalingGroupName",
    "AWS::AutoScaling::LaunchConfiguration": "LaunchConfigurationName",
    "AWS::Backup::BackupVault": "BackupVaultName",
    "AWS::Batch::ComputeEnvironment": "ComputeEnvironmentName",
    "AWS::Batch::JobQueue": "JobQueueName",
    "AWS::CloudFormation::Stack": "StackName",
    "AWS::CloudFront::CachePolicy": "CachePolicyConfig.Name",
    "AWS::CloudFront::Function": "Name",
    "AWS::CloudWatch::Alarm": "AlarmName",
    "AWS::CloudWatch::CompositeAlarm": "AlarmName",
    "AWS::CloudWatch::Dashboard": "DashboardName",
    "AWS::CodeBuild::Project": "Name",
    "AWS::CodeCommit::Repository": "RepositoryName",
    "AWS::CodePipeline::Pipeline": "Name",
    "AWS::Cognito::UserPoolDomain": "Domain",
    "AWS::DocDB::DBCluster": "DBClusterIdentifier",
    "AWS::DynamoDB::GlobalTable": "TableName",
    "AWS::DynamoDB::Table": "TableName",
    "AWS::EC2::KeyPair": "KeyName",
    "AWS::EC2::LaunchTemplate": "LaunchTemplateName",
    "AWS::EC2::SecurityGroup": "GroupName",
    "AWS::ECR::Repository": "RepositoryName",
    "AWS::ECS::Cluster": "ClusterName",
    "AWS::EKS::Cluster": "Name",
    "AWS::ElastiCache::CacheCluster": "ClusterName",
    "AWS::ElastiCache::ReplicationGroup": "ReplicationGroupId",
    "AWS::ElasticLoadBalancing::LoadBalancer": "LoadBalancerName",
    "AWS::ElasticLoadBalancingV2::LoadBalancer": "Name",
    "AWS::ElasticLoadBalancingV2::TargetGroup": "Name",
    "AWS::Elasticsearch::Domain": "DomainName",
    "AWS::Events::EventBus": "Name",
    "AWS::Events::Rule": "Name",
    "AWS::Glue::Crawler": "Name",
    "AWS::Glue::Database": "DatabaseInput.Name",
    "AWS::Glue::Job": "Name",
    "AWS::IAM::Group": "GroupName",
    "AWS::IAM::InstanceProfile": "InstanceProfileName",
    "AWS::IAM::ManagedPolicy": "ManagedPolicyName",
    "AWS::IAM::Role": "RoleName",
    "AWS::IAM::User": "UserName",
    "AWS::KMS::Alias": "AliasName",
    "AWS::Kinesis::Stream": "Name",
    "AWS::KinesisFirehose::DeliveryStream": "DeliveryStreamName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::MSK::Cluster": "ClusterName",
    "AWS::Neptune::DBCluster": "DBClusterIdentifier",
    "AWS::OpenSearchServerless::Collection": "Name",
    "AWS::OpenSearchService::Domain": "DomainName",
    "AWS::Pipes::Pipe": "Name",
    "AWS::RDS::DBCluster": "DBClusterIdentifier",
    "AWS::RDS::DBInstance": "DBInstanceIdentifier",
    "AWS::RDS::DBProxy": "DBProxyName",
    "AWS::Redshift::Cluster": "ClusterIdentifier",
    "AWS::Route53::RecordSet": "Name",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SNS::Topic": "TopicName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::SSM::Document": "Name",
    "AWS::SSM::Parameter": "Name",
    "AWS::Scheduler::Schedule": "Name",
    "AWS::Scheduler::ScheduleGroup": "Name",
    "AWS::SecretsManager::Secret": "Name",
    "AWS::Serverless::Function": "FunctionName",
    "AWS::Serverless::SimpleTable": "TableName",
    "AWS::Serverless::StateMachine": "Name",
    "AWS::StepFunctions::Activity": "ActivityName",
    "AWS::StepFunctions::StateMachine": "StateMachineName",
    "AWS::WAFv2::IPSet": "Name",
    "AWS::WAFv2::WebACL": "Name",
}
"""The property by which a type is told from others of its kind in one account, and which CloudFormation can make up."""

LONGEST = 60
"""Characters of a value that are shown."""


def check_name(element: Element, variance: Variance) -> Iterator[Remark]:
    """`fixed-name`: a name that is the same in every environment, so that a second one cannot be created."""
    *above, name = NAMES.get(element.type, "").split(".")
    value = part(element.properties, *above).get(name)
    if name and variance.is_fixed(value):
        text = (
            f"{name} is {shown(value)} in every environment, and only one of them can have it. "
            "Leave the name out, or make it of ${AWS::StackName}."
        )
        yield element.warn("fixed-name", text, "Properties", *above, name)


def check_exports(template: Template, variance: Variance) -> Iterator[Remark]:
    """`fixed-name` and `export`: what an output offers to other stacks."""
    for name, output in part(template.document, "Outputs").items():
        exported = part(output, "Export").get("Name")
        place = ("Outputs", name, "Export", "Name")
        if variance.is_fixed(exported):
            text = f"The export {shown(exported)} is the same in every environment, and only one of them can have it."
            yield template.remark(Level.WARNING, "fixed-name", f"{text} Make it of ${{AWS::StackName}}.", place)
        elif exported is not None:
            text = "A stack cannot be deleted while another imports its export. Pass an output as a parameter instead."
            yield template.remark(Level.NOTICE, "export", text, place)


def check_imports(template: Template) -> Iterator[Remark]:
    """`import`: the first place of each resource that takes what another stack exports."""
    for name, entry in template.document["Resources"].items():
        at = _first_import(entry, ("Resources", name))
        if at is not None:
            text = "While this environment imports it, the stack that exports it can neither change nor drop it."
            yield template.remark(Level.NOTICE, "import", text, at)


def _first_import(value: Any, at: tuple[str | int, ...]) -> tuple[str | int, ...] | None:
    if isinstance(value, dict) and "Fn::ImportValue" in value:
        return at
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return next((found for key, one in parts if (found := _first_import(one, (*at, key)))), None)


def shown(value: Any) -> str:
    """The value as a remark shows it: in quotes, not too long."""
    first = next(branches(value), "")
    text = json.dumps(first.get("Fn::Sub", first) if isinstance(first, dict) else first, ensure_ascii=True)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


RULES: tuple[Callable[[Element, Variance], Iterator[Remark]], ...] = (check_name,)
