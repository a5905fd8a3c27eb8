"""What stacks held that were to be deleted, kept until the environment is forgotten. Written by the reconciler."""

from collections.abc import Iterable
from dataclasses import asdict, fields

import sqlalchemy as sa

from app.core.inventory import Item
from app.store.database import upsert
from app.store.tables import inventory


def save_inventory(connection: sa.Connection, environment: str, items: Iterable[Item]) -> None:
    """Note what stacks hold; what was noted before and is no longer there stays noted."""
    for item in items:
        upsert(connection, inventory, {"environment": environment, **asdict(item)})


def inventory_of(connection: sa.Connection, environment: str) -> list[Item]:
    """Everything that an environment's stacks held when they were last about to be deleted."""
    mine = sa.select(inventory).where(inventory.c.environment == environment)
    ordered = mine.order_by(inventory.c.stack_id, inventory.c.logical_id)
    return [
        Item(**{field.name: getattr(row, field.name) for field in fields(Item)}) for row in connection.execute(ordered)
    ]
