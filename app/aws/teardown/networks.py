"""Network interfaces of functions in a VPC, which hold its subnets and security groups for up to 45 minutes.

A function that leaves its VPC gives its interfaces back at once
(https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html); those that are left over are `available`, and are
deleted.
"""

from typing import Any

from app.aws.client import speaking
from app.aws.permissions import permits

INTERFACE = "AWS Lambda VPC ENI-"
"""How the description of a function's network interface begins; its name follows."""


@permits("lambda:GetFunctionConfiguration", "lambda:UpdateFunctionConfiguration")
def detach_function(client: Any, function: str) -> None:
    """Take a function out of its VPC."""
    with speaking("Lambda"):
        config = client.get_function_configuration(FunctionName=function).get("VpcConfig", {})
        if config.get("SubnetIds"):
            nowhere: dict[str, list[str]] = {"SubnetIds": [], "SecurityGroupIds": []}
            client.update_function_configuration(FunctionName=function, VpcConfig=nowhere)


@permits("ec2:DescribeNetworkInterfaces", "ec2:DeleteNetworkInterface")
def drop_interfaces(client: Any, function: str) -> None:
    """Delete the interfaces that a function left over."""
    described = {"Name": "description", "Values": [f"{INTERFACE}{function}-*"]}
    available = {"Name": "status", "Values": ["available"]}
    with speaking("EC2"):
        found = client.describe_network_interfaces(Filters=[described, available])["NetworkInterfaces"]
        for interface in found:
            if interface["Description"].startswith(f"{INTERFACE}{function}-"):
                client.delete_network_interface(NetworkInterfaceId=interface["NetworkInterfaceId"])
