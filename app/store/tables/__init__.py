"""Every table. What a column holds stands beside it where its name does not say it."""

import sqlalchemy as sa

from app.store.database import Instant, Prose
from app.store.tables.access import tokens as tokens
from app.store.tables.arrivals import deliveries as deliveries
from app.store.tables.arrivals import doubles as doubles
from app.store.tables.arrivals import missed as missed
from app.store.tables.arrivals import orders as orders
from app.store.tables.metadata import metadata as metadata
from app.store.tables.watching import durations as durations
from app.store.tables.watching import hearing as hearing
from app.store.tables.watching import tidings as tidings

installation = sa.Table(
    "installation",
    metadata,
    sa.Column("id", Prose, primary_key=True),  # the value of the tag mayfly:managed
    sa.Column("slack_team", Prose),  # the workspace and app of the bot's token, once a worker has asked
    sa.Column("slack_app", Prose),
    sa.Column("recovered_until", Instant),  # up to when GitHub's log of deliveries was looked through
)

sources = sa.Table(
    "sources",
    metadata,
    sa.Column("key", Prose, primary_key=True),
    sa.Column("repository", Prose, nullable=False),
    sa.Column("pull_request", sa.Integer),
    sa.Column("branch", Prose, nullable=False, index=True),
    sa.Column("commit", Prose, nullable=False),
    sa.Column("author", Prose, nullable=False),
    sa.Column("title", Prose, nullable=False),
    sa.Column("url", Prose, nullable=False),
    sa.Column("draft", sa.Boolean, nullable=False),
    sa.Column("fork", sa.Boolean, nullable=False),
    sa.Column("is_open", sa.Boolean, nullable=False),
    sa.Column("approved", Prose),  # the one commit of a fork that may be deployed
    sa.Column("environment", Prose, index=True),
    sa.Column("seen_at", Instant, nullable=False),
)

environments = sa.Table(
    "environments",
    metadata,
    sa.Column("name", Prose, primary_key=True),
    sa.Column("ticket", Prose),
    sa.Column("phase", Prose, nullable=False),
    sa.Column("reason", Prose, nullable=False),
    sa.Column("desired", sa.JSON, nullable=False),
    sa.Column("owner", Prose, nullable=False),
    sa.Column("repository", Prose, nullable=False),
    sa.Column("pull_request", sa.Integer),
    sa.Column("branch", Prose, nullable=False),
    sa.Column("channel", Prose),  # Slack channel that the repository chose
    sa.Column("deployed_commit", Prose),
    sa.Column("admitted_at", Instant),  # since when it holds a place under the limits
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("last_activity_at", Instant, nullable=False),
    sa.Column("expires_at", Instant),
    sa.Column("extended_until", Instant),
    sa.Column("keep_until", Instant),
    sa.Column("keep_reason", Prose),  # who keeps it and why
    sa.Column("warning", Prose),  # the last warning before its end that was due
    sa.Column("gone_at", Instant),
    sa.Column("cost_per_month", sa.Double),
    sa.Column("verification", sa.JSON),  # what the looks after the deletion found; null before them
)

stacks = sa.Table(
    "stacks",
    metadata,
    sa.Column("environment", Prose, primary_key=True),
    sa.Column("stack", Prose, primary_key=True),
    sa.Column("name", Prose, nullable=False),
    sa.Column("account", Prose, nullable=False),
    sa.Column("region", Prose, nullable=False),
    sa.Column("id", Prose),
    sa.Column("status", Prose, nullable=False),
    sa.Column("operation", Prose),
    sa.Column("token", Prose),
    sa.Column("payload", Prose),
    sa.Column("applied", Prose),
    sa.Column("failed", Prose),
    sa.Column("cause", Prose),
    sa.Column("outputs", sa.JSON, nullable=False),
    sa.Column("resources", sa.JSON, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("started_at", Instant),
    sa.Column("retry_at", Instant),
    sa.Column("updated_at", Instant),  # CloudFormation's LastUpdatedTime when last at rest
    sa.Column("recreated", Prose),  # the payload for which it was deleted and created by our own decision
    sa.Column("commit", Prose),  # what the last operation brought
    sa.Column("fingerprint", Prose),  # what the last failure is known by
    sa.Column("failed_since", Prose),  # the commit with which that failure was first seen
    sa.Column("kept_until", Instant),  # by the stack's own tags
    sa.Column("seen_at", Instant),
    sa.Column("outline", Prose),  # which resources the last operation asked for
    sa.Column("tagged", Prose),
    sa.Column("listed", Prose),  # the outline of which `resources` were listed; null where some may be others by now
    sa.Index("ix_stacks_place", "account", "region", "status"),
)

inventory = sa.Table(
    "inventory",
    metadata,
    sa.Column("environment", Prose, primary_key=True),
    sa.Column("stack_id", Prose, primary_key=True),
    sa.Column("logical_id", Prose, primary_key=True),  # a path where the resource is one of a nested stack
    sa.Column("holder", Prose, nullable=False),
    sa.Column("type", Prose, nullable=False),
    sa.Column("physical_id", Prose, nullable=False),
    sa.Column("account", Prose, nullable=False),
    sa.Column("region", Prose, nullable=False),
    sa.Column("is_retained", sa.Boolean, nullable=False),
    sa.Column("status", Prose, nullable=False),
)

leaks = sa.Table(
    "leaks",
    metadata,
    sa.Column("environment", Prose, primary_key=True),
    sa.Column("arn", Prose, primary_key=True),
    sa.Column("stack_id", Prose, nullable=False),
    sa.Column("type", Prose, nullable=False),
    sa.Column("account", Prose, nullable=False),
    sa.Column("region", Prose, nullable=False),
    sa.Column("why", Prose, nullable=False),
    sa.Column("found_at", Instant, nullable=False),
)

preparations = sa.Table(
    "preparations",
    metadata,
    sa.Column("environment", Prose, primary_key=True),
    sa.Column("commit", Prose, nullable=False),
    sa.Column("blueprints", sa.JSON, nullable=False),
    sa.Column("fault", Prose),  # why the commit cannot be deployed, if it cannot
    sa.Column("remarks", sa.JSON, nullable=False),  # what people may want to know of its templates
    sa.Column("is_renewed", sa.Boolean, nullable=False),  # whether its artifacts were sent a second time
)

artifacts = sa.Table(
    "artifacts",
    metadata,
    sa.Column("bucket", Prose, primary_key=True),
    sa.Column("key", Prose, primary_key=True),  # made of the content, so what is listed need not be sent again
    sa.Column("uploaded_at", Instant, nullable=False),
)

deployments = sa.Table(
    "deployments",
    metadata,
    sa.Column("id", Prose, primary_key=True),
    sa.Column("environment", Prose, nullable=False, index=True),
    sa.Column("commit", Prose, nullable=False),
    sa.Column("outcome", Prose, nullable=False),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("ended_at", Instant),
    sa.Column("cause", Prose),
)

decisions = sa.Table(
    "decisions",
    metadata,
    sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("subject", Prose, nullable=False, index=True),  # an environment's name or a source's key
    sa.Column("at", Instant, nullable=False),
    sa.Column("phase", Prose),
    sa.Column("reason", Prose, nullable=False),
    sa.Column("actions", sa.JSON, nullable=False),
    sa.Column("actor", Prose, nullable=False),  # mayfly, or the person who asked
)

marks = sa.Table(
    "marks",
    metadata,
    sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("subject", Prose, nullable=False),  # an environment's name; of an approval a source's key
    sa.Column("kind", Prose, nullable=False),
    sa.Column("actor", Prose, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("reason", Prose),
    sa.Column("span", sa.Double),  # seconds
    sa.Column("until", Instant),
    sa.Column("commit", Prose),
    sa.Column("settled_at", Instant),  # when somebody acted upon it
    sa.Index("ix_marks_open", "subject", "settled_at"),
)

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("environment", Prose, primary_key=True),
    sa.Column("place", Prose, primary_key=True),  # slack, or comment:owner/name#57
    sa.Column("reference", Prose),  # the message's or comment's id there
    sa.Column("told", Prose),  # digest of what stands there now
    sa.Column("trying_since", Instant),  # set before a first post, cleared after: a crash in between is looked up
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("last_error", Prose),
)

samples = sa.Table(
    "samples",
    metadata,
    sa.Column("at", Instant, primary_key=True),
    sa.Column("phases", sa.JSON, nullable=False),  # phase -> environments in it; the gone are left out
    sa.Column("cost_per_month", sa.Double),  # of all of them together, in dollars; null where none is known
)

sightings = sa.Table(
    "sightings",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("first_at", Instant, nullable=False),
    sa.Column("rounds", sa.Integer, nullable=False),
)

usage = sa.Table(
    "usage",
    metadata,
    sa.Column("stack_id", Prose, primary_key=True),
    sa.Column("account", Prose, nullable=False),
    sa.Column("region", Prose, nullable=False),
    sa.Column("signal", Prose),  # of the last use that was seen, if any was
    sa.Column("resource", Prose),
    sa.Column("last_used_at", Instant),
    sa.Column("value", sa.Double),
    sa.Column("resources", sa.JSON(none_as_null=True)),  # of a stack that our ledger does not have
    sa.Column("as_of", Instant),  # the stack's change that they follow
    sa.Index("ix_usage_place", "account", "region"),
)

audits = sa.Table(
    "audits",
    metadata,
    sa.Column("account", Prose, primary_key=True),
    sa.Column("region", Prose, primary_key=True),
    sa.Column("at", Instant, nullable=False),
    sa.Column("loose", sa.JSON, nullable=False),  # what belonged to no stack: its tags by ARN
    sa.Column("others", sa.JSON, nullable=False),  # the ARNs of what somebody made by hand
)

wakes = sa.Table(
    "wakes",
    metadata,
    sa.Column("kind", Prose, primary_key=True),
    sa.Column("key", Prose, primary_key=True),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("queued", Prose),  # id of the pass that waits in the engine, if one does
    sa.Column("due_at", sa.Double),  # when to queue one by itself, on the database's clock
    sa.Column("attempts", sa.Integer, nullable=False),  # failures in a row
    sa.Column("last_error", Prose),
    sa.Index("ix_wakes_due_at", "due_at"),
    sa.Index("ix_wakes_queued", "queued"),
)

executors = sa.Table(
    "executors",
    metadata,
    sa.Column("id", Prose, primary_key=True),
    sa.Column("beat_at", sa.Double, nullable=False),  # on the database's clock
    sa.Column("is_dead", sa.Boolean, nullable=False),  # declared so by another, its passes being taken over
)
