"""Usage: what looks at the fleet remember, in two tables: `usage` by stack, `audits` by account and region.

Written by the reaper's round alone. It is no ledger: all of it can be lost and is learnt again by one long look.
"""

from typing import Any

import sqlalchemy as sa

from app.core.fleet import Evidence
from app.core.memory import Memory, StackMemory
from app.core.stack import Resource
from app.store.database import Connection
from app.store.tables import audits, usage


def load_memory(connection: Connection, account: str, region: str) -> Memory:
    """What is remembered of an account and region."""
    here = sa.and_(usage.c.account == account, usage.c.region == region)
    stacks = {row.stack_id: _stack_of(row) for row in connection.execute(sa.select(usage).where(here))}
    there = sa.and_(audits.c.account == account, audits.c.region == region)
    audit = connection.execute(sa.select(audits).where(there)).first()
    return Memory(stacks, audit.loose, frozenset(audit.others), audit.at) if audit else Memory(stacks)


def save_memory(connection: Connection, account: str, region: str, memory: Memory) -> None:
    """Remember this of an account and region, in place of what was remembered."""
    for table in (usage, audits):
        connection.execute(table.delete().where(table.c.account == account, table.c.region == region))
    rows = [_row_of(account, region, stack_id, stack) for stack_id, stack in memory.stacks.items()]
    if rows:
        connection.execute(usage.insert(), rows)
    if memory.audited_at is not None:
        row = {"account": account, "region": region, "at": memory.audited_at}
        connection.execute(audits.insert().values(**row, loose=_plain(memory), others=sorted(memory.others)))


def _row_of(account: str, region: str, stack_id: str, stack: StackMemory) -> dict[str, Any]:
    use = stack.last_use
    return {
        "stack_id": stack_id,
        "account": account,
        "region": region,
        "signal": use.signal if use else None,
        "resource": use.resource if use else None,
        "last_used_at": use.last_used_at if use else None,
        "value": use.value if use else None,
        "resources": None if stack.resources is None else [_parts(each) for each in stack.resources],
        "as_of": stack.as_of,
    }


def _plain(memory: Memory) -> dict[str, Any]:
    return {arn: None if tags is None else dict(tags) for arn, tags in memory.loose.items()}


def _parts(resource: Resource) -> list[str]:
    return [resource.logical_id, resource.type, resource.physical_id, resource.status]


def _stack_of(row: sa.Row[Any]) -> StackMemory:
    use = Evidence(row.signal, row.resource, row.last_used_at, row.value) if row.signal is not None else None
    resources = None if row.resources is None else tuple(Resource(*parts) for parts in row.resources)
    return StackMemory(use, resources, row.as_of)
