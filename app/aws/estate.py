"""The estate: what stacks hold, in every account and region: listed, put out of the way, looked for at the end."""

from collections.abc import Iterable

from app.aws import teardown
from app.aws.client import Aws
from app.aws.existence import can_ask, exists
from app.aws.inventory import take_inventory
from app.aws.teardown.logs import drop_log_group
from app.core.inventory import Item


class Estate:
    """The calls of `inventory`, `teardown` and `existence`, each with the client of its place."""

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    def inventory(self, account: str, region: str, stack_id: str) -> tuple[Item, ...]:
        """Everything that a stack holds now."""
        client = self._aws.client("cloudformation", account, region)
        return take_inventory(client, stack_id, account, region)

    def clear(self, item: Item) -> bool:
        """Put out of the way what would block an item's deletion; False where there is more to do."""
        return teardown.clear(self._aws.client, item)

    def unblock(self, item: Item) -> None:
        """Put out of the way what blocked the deletion of an item."""
        teardown.unblock(self._aws.client, item)

    def free_networks(self, failed: Iterable[Item], items: Iterable[Item]) -> None:
        """Delete network interfaces that functions among `items` left over, where something that failed is held."""
        teardown.free_networks(self._aws.client, failed, items)

    def can_ask(self, item: Item) -> bool:
        """Whether an item's own service can be asked whether it is there."""
        return can_ask(item.type)

    def exists(self, item: Item) -> bool:
        """Whether an item is still there."""
        return exists(self._aws.client, item)

    def drop_log_group(self, item: Item) -> None:
        """Delete a log group."""
        drop_log_group(self._aws.client("logs", item.account, item.region), item.physical_id)
