"""The reaper's tables."""

import sqlalchemy as sa

from app.store.database import Instant, Prose
from app.store.tables.metadata import metadata

findings = sa.Table(
    "findings",
    metadata,
    sa.Column("id", Prose, primary_key=True),  # of the rule and the subject, the same in every round
    sa.Column("rule", Prose, nullable=False),
    sa.Column("state", Prose, nullable=False, index=True),
    sa.Column("verdict", Prose, nullable=False),
    sa.Column("key", Prose, nullable=False, index=True),  # the stack's id or the resource's ARN
    sa.Column("subject", sa.JSON, nullable=False),
    sa.Column("reason", Prose, nullable=False),
    sa.Column("note", Prose),  # why it is kept, held, undecided or cleared
    sa.Column("evidence", sa.JSON, nullable=False),
    sa.Column("may_act", sa.Boolean, nullable=False),  # the rule alone is ground enough to delete
    sa.Column("first_seen_at", Instant, nullable=False),
    sa.Column("last_seen_at", Instant, nullable=False),
    sa.Column("flagged_at", Instant),
    sa.Column("due_at", Instant),
    sa.Column("warned_at", Instant),
    sa.Column("acted_at", Instant),
    sa.Column("cleared_at", Instant),
)

replies = sa.Table(
    "replies",
    metadata,
    sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("subject", Prose, nullable=False, index=True),  # the key of what the finding is about
    sa.Column("kind", Prose, nullable=False),
    sa.Column("actor", Prose, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("until", Instant),  # for ever, where it is missing
    sa.Column("reason", Prose),
)

rounds = sa.Table(
    "rounds",
    metadata,
    sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("ended_at", Instant, nullable=False, index=True),
    sa.Column("fault", Prose),  # why it failed, if it did
    sa.Column("content", sa.JSON, nullable=False),
)
