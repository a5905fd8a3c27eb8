"""Every table. What a column holds stands beside it where its name does not say it."""

import sqlalchemy as sa

from app.store.database import Instant

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

installation = sa.Table(
    "installation",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),  # the value of the tag mayfly:managed
)

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("id", sa.Text, nullable=False, unique=True),  # GitHub's X-GitHub-Delivery
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("action", sa.Text),
    sa.Column("repository", sa.Text),
    sa.Column("pull_request", sa.Integer),
    sa.Column("source", sa.Text, index=True),  # the key that was woken
    sa.Column("received_at", Instant, nullable=False),
    sa.Column("body", sa.LargeBinary),  # compressed; gone once pruned
    sa.Column("body_sha256", sa.LargeBinary, nullable=False),
    sa.Column("secret", sa.Integer, nullable=False),  # which of the configured secrets signed it, from 0
    sa.Column("state", sa.Text, nullable=False),  # received | handled | ignored | quarantined
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("last_error", sa.Text),
)

sources = sa.Table(
    "sources",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("repository", sa.Text, nullable=False),
    sa.Column("pull_request", sa.Integer),
    sa.Column("branch", sa.Text, nullable=False, index=True),
    sa.Column("commit", sa.Text, nullable=False),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("url", sa.Text, nullable=False),
    sa.Column("draft", sa.Boolean, nullable=False),
    sa.Column("fork", sa.Boolean, nullable=False),
    sa.Column("is_open", sa.Boolean, nullable=False),
    sa.Column("environment", sa.Text, index=True),
    sa.Column("seen_at", Instant, nullable=False),
)

environments = sa.Table(
    "environments",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("ticket", sa.Text),
    sa.Column("phase", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("desired", sa.JSON, nullable=False),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("repository", sa.Text, nullable=False),
    sa.Column("pull_request", sa.Integer),
    sa.Column("branch", sa.Text, nullable=False),
    sa.Column("channel", sa.Text),  # Slack channel that the repository chose
    sa.Column("deployed_commit", sa.Text),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("last_activity_at", Instant, nullable=False),
    sa.Column("expires_at", Instant),
    sa.Column("keep_until", Instant),
    sa.Column("gone_at", Instant),
    sa.Column("cost_per_month", sa.Double),
    sa.Column("leftovers", sa.JSON),  # what the census after the deletion found; null before it
)

stacks = sa.Table(
    "stacks",
    metadata,
    sa.Column("environment", sa.Text, primary_key=True),
    sa.Column("stack", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("account", sa.Text, nullable=False),
    sa.Column("region", sa.Text, nullable=False),
    sa.Column("id", sa.Text),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("operation", sa.Text),
    sa.Column("token", sa.Text),
    sa.Column("payload", sa.Text),
    sa.Column("applied", sa.Text),
    sa.Column("failed", sa.Text),
    sa.Column("cause", sa.Text),
    sa.Column("outputs", sa.JSON, nullable=False),
    sa.Column("resources", sa.JSON, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("started_at", Instant),
    sa.Column("retry_at", Instant),
    sa.Index("ix_stacks_place", "account", "region", "status"),
)

preparations = sa.Table(
    "preparations",
    metadata,
    sa.Column("environment", sa.Text, primary_key=True),
    sa.Column("commit", sa.Text, nullable=False),
    sa.Column("blueprints", sa.JSON, nullable=False),
    sa.Column("fault", sa.Text),  # why the commit cannot be deployed, if it cannot
)

artifacts = sa.Table(
    "artifacts",
    metadata,
    sa.Column("bucket", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),  # made of the content, so what is listed need not be sent again
    sa.Column("uploaded_at", Instant, nullable=False),
)

deployments = sa.Table(
    "deployments",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("environment", sa.Text, nullable=False, index=True),
    sa.Column("commit", sa.Text, nullable=False),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("ended_at", Instant),
    sa.Column("cause", sa.Text),
)

decisions = sa.Table(
    "decisions",
    metadata,
    sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("subject", sa.Text, nullable=False, index=True),  # an environment's name or a source's key
    sa.Column("at", Instant, nullable=False),
    sa.Column("phase", sa.Text),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("actions", sa.JSON, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),  # mayfly, or the person who asked
)

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("environment", sa.Text, primary_key=True),
    sa.Column("place", sa.Text, primary_key=True),  # slack, or comment:owner/name#57
    sa.Column("reference", sa.Text),  # the message's or comment's id there
    sa.Column("told", sa.Text),  # digest of what stands there now
    sa.Column("trying_since", Instant),  # set before a first post, cleared after: a crash in between is looked up
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("last_error", sa.Text),
)

wakes = sa.Table(
    "wakes",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("queued", sa.Text),  # id of the pass that waits in the engine, if one does
    sa.Column("due_at", sa.Double),  # when to queue one by itself, on the database's clock
    sa.Column("attempts", sa.Integer, nullable=False),  # failures in a row
    sa.Column("last_error", sa.Text),
    sa.Index("ix_wakes_due_at", "due_at"),
)

executors = sa.Table(
    "executors",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("beat_at", sa.Double, nullable=False),  # on the database's clock
    sa.Column("is_dead", sa.Boolean, nullable=False),  # declared so by another, its passes being taken over
)
