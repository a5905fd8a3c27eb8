"""Rules on an event bus of ours that others put there, such as test tools; the bus goes only without them."""

from typing import Any

from app.aws.client import speaking
from app.aws.permissions import permits

SERVICE = "EventBridge"


@permits("events:ListRules", "events:ListTargetsByRule", "events:RemoveTargets", "events:DeleteRule")
def drop_rules(client: Any, bus: str) -> None:
    """Delete a bus's rules and what they point at, a page of each; the next try takes the next."""
    with speaking(SERVICE):
        for rule in client.list_rules(EventBusName=bus)["Rules"]:
            targets = client.list_targets_by_rule(Rule=rule["Name"], EventBusName=bus)["Targets"]
            if targets:
                ids = [target["Id"] for target in targets]
                client.remove_targets(Rule=rule["Name"], EventBusName=bus, Ids=ids)
            client.delete_rule(Name=rule["Name"], EventBusName=bus)
