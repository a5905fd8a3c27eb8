"""Alembic's entry: runs the revisions on the connection that `app.store.schema` hands over."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from app.store.database import Instant, Prose
from app.store.tables import metadata


def _render(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """A revision outlives our types: each is written as what the database keeps."""
    if kind != "type" or not isinstance(item, Instant | Prose):
        return False
    return "sa.Double()" if isinstance(item, Instant) else "sa.Text()"


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    render_item=_render,
)
with context.begin_transaction():
    context.run_migrations()
