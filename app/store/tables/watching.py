"""What is heard of stacks, and how long they take."""

import sqlalchemy as sa

from app.store.database import Instant, Prose
from app.store.tables.metadata import metadata

tidings = sa.Table(
    "tidings",
    metadata,
    sa.Column("stack_id", Prose, primary_key=True),
    sa.Column("heard_at", Instant, nullable=False),
    sa.Column("status", Prose, nullable=False),  # what it is said to be in; UNKNOWN where it only moved
    sa.Column("observed", sa.JSON(none_as_null=True)),  # the whole of it, where several were asked about at once
)

hearing = sa.Table(
    "hearing",
    metadata,
    sa.Column("place", Prose, primary_key=True),  # account/region, or * for the queue itself
    sa.Column("heard_at", Instant),  # when an event of ours last came in; when the queue last answered
    sa.Column("missed_at", Instant),  # when the watch last found what no event had told
)

durations = sa.Table(
    "durations",
    metadata,
    sa.Column("repository", Prose, primary_key=True),
    sa.Column("stack", Prose, primary_key=True),
    sa.Column("operation", Prose, primary_key=True),
    sa.Column("seconds", sa.Double, nullable=False),  # how long it took the last time
)
