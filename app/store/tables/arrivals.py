"""The tables of what comes in through the doors."""

import sqlalchemy as sa

from app.store.database import Instant, Prose
from app.store.tables.metadata import metadata

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("id", Prose, nullable=False, unique=True),  # GitHub's X-GitHub-Delivery
    sa.Column("event", Prose, nullable=False),
    sa.Column("action", Prose),
    sa.Column("repository", Prose),
    sa.Column("pull_request", sa.Integer),
    sa.Column("source", Prose, index=True),  # the key that was woken
    sa.Column("received_at", Instant, nullable=False),
    sa.Column("body", sa.LargeBinary),  # compressed; gone once pruned
    sa.Column("body_sha256", sa.LargeBinary, nullable=False),
    sa.Column("secret", sa.Integer, nullable=False),  # which of the configured secrets signed it, from 0; -1 fetched
    sa.Column("state", Prose, nullable=False),  # received | handled | ignored | quarantined
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("last_error", Prose),
    sa.Index("ix_deliveries_received_at", "received_at"),  # what is old
    sa.Index("ix_deliveries_state", "state", "received_at"),  # how many there are of each state, and since when
)

doubles = sa.Table(
    "doubles",  # what came under the id of a delivery with another body; never acted on
    metadata,
    sa.Column("delivery", Prose, primary_key=True),
    sa.Column("body_sha256", sa.LargeBinary, primary_key=True),
    sa.Column("event", Prose, nullable=False),
    sa.Column("received_at", Instant, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("secret", sa.Integer, nullable=False),
)

missed = sa.Table(
    "missed",  # deliveries that GitHub made and that never arrived, until they are fetched
    metadata,
    sa.Column("guid", Prose, primary_key=True),
    sa.Column("number", sa.BigInteger, nullable=False),  # GitHub's, of one attempt; by it the payload is fetched
    sa.Column("event", Prose, nullable=False),
    sa.Column("delivered_at", Instant, nullable=False),
)

orders = sa.Table(
    "orders",
    metadata,
    sa.Column("id", Prose, primary_key=True),
    sa.Column("origin", Prose, nullable=False),  # comment | check | slack-command | slack-click | intake
    sa.Column("content", sa.JSON, nullable=False),
    sa.Column("gesture", Prose),  # equal for clicks that mean the same
    sa.Column("received_at", Instant, nullable=False),
    sa.Column("settled_at", Instant),
    sa.Column("answer", Prose),  # what was said to whoever gave it
    sa.Index("ix_orders_gesture", "gesture", "received_at"),
    sa.Index(
        "uq_orders_open_gesture",
        "gesture",
        unique=True,
        sqlite_where=sa.text("settled_at IS NULL"),
        postgresql_where=sa.text("settled_at IS NULL"),
    ),
)
