"""Physical ids taken apart.

CloudFormation's physical id is what Ref returns, and each type has its own: a queue's is a URL, a topic's an ARN, that
of a rule on a custom bus `bus|rule`. Dimensions and lists speak of the bare names.
"""

import re
from collections.abc import Callable, Mapping

from app.core.stack import Resource


def name_of(resource: Resource) -> str:
    """The name by which lists and metrics know a resource of its type."""
    return parts_of(resource)["name"]


def parts_of(resource: Resource) -> Mapping[str, str]:
    """What the forms of dimensions are filled with: `id` and `name` always, further parts where a type has them."""
    reads = _READS.get(resource.type, _last)
    return {"id": resource.physical_id, **reads(resource.physical_id)}


def _last(physical_id: str) -> dict[str, str]:
    if "://" in physical_id or physical_id.startswith("arn:"):
        return {"name": re.split(r"[/:]", physical_id)[-1]}
    return {"name": physical_id}


def _whole(physical_id: str) -> dict[str, str]:
    return {"name": physical_id}


def _log_group(physical_id: str) -> dict[str, str]:
    """Of the ARN `arn:aws:logs:region:account:log-group:/aws/lambda/name:*` or the name."""
    if physical_id.startswith("arn:"):
        return {"name": physical_id.split(":", 6)[6].removesuffix(":*")}
    return {"name": physical_id}


def _rule(physical_id: str) -> dict[str, str]:
    """Of `name`, `bus|name`, or an ARN that ends in `rule/name` or `rule/bus/name`."""
    if physical_id.startswith("arn:"):
        physical_id = physical_id.split(":rule/", 1)[-1].replace("/", "|")
    bus, _, rule = physical_id.rpartition("|")
    bus = bus.rpartition("/")[2] or "default"
    return {"bus": bus, "custom_bus": "" if bus == "default" else bus, "rule": rule, "name": f"{bus}|{rule}"}


def _service(physical_id: str) -> dict[str, str]:
    """Of an ECS service's ARN; the old form leaves the cluster out, which makes it the default one."""
    path = physical_id.rpartition(":service/")[2] if physical_id.startswith("arn:") else physical_id
    cluster, _, service = path.rpartition("/")
    return {"cluster": cluster or "default", "service": service, "name": f"{cluster or 'default'}/{service}"}


def _balancer(physical_id: str) -> dict[str, str]:
    """`app/name/id`, which is what the dimension LoadBalancer wants, and not the name."""
    return {"name": physical_id.rpartition("loadbalancer/")[2]}


def _target_group(physical_id: str) -> dict[str, str]:
    """`targetgroup/name/id`."""
    return {"name": physical_id.rpartition(":")[2]}


def _kafka(physical_id: str) -> dict[str, str]:
    """Of an ARN that ends in `cluster/name/uuid`."""
    return {"name": physical_id, "cluster_name": physical_id.rpartition(":cluster/")[2].partition("/")[0]}


def _secret(physical_id: str) -> dict[str, str]:
    return {"name": physical_id.rpartition(":secret:")[2] or physical_id}


def _schedule(physical_id: str) -> dict[str, str]:
    """Of a name, `group|name` or an ARN that ends in `schedule/group/name`."""
    tail = physical_id.rpartition(":schedule/")[2].replace("/", "|")
    group, _, schedule = tail.rpartition("|")
    return {"group": group or "default", "schedule": schedule, "name": schedule}


_READS: Mapping[str, Callable[[str], dict[str, str]]] = {
    "AWS::ECS::Service": _service,
    "AWS::ElasticLoadBalancingV2::LoadBalancer": _balancer,
    "AWS::ElasticLoadBalancingV2::TargetGroup": _target_group,
    "AWS::Events::Rule": _rule,
    "AWS::Logs::LogGroup": _log_group,
    "AWS::MSK::Cluster": _kafka,
    "AWS::SSM::Parameter": _whole,
    "AWS::Scheduler::Schedule": _schedule,
    "AWS::SecretsManager::Secret": _secret,
}
