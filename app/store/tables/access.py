"""The tables of who may ask."""

import sqlalchemy as sa

from app.store.database import Instant, Prose
from app.store.tables.metadata import metadata

tokens = sa.Table(
    "tokens",
    metadata,
    sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("name", Prose, nullable=False),
    sa.Column("sha256", sa.LargeBinary, nullable=False, unique=True),  # of the secret, which is kept nowhere
    sa.Column("scope", Prose, nullable=False),  # read | write
    sa.Column("repository", Prose),  # the only one whose environments it sees; null is all of them
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("revoked_at", Instant),
    sa.Index(
        "uq_tokens_name",
        "name",
        unique=True,
        sqlite_where=sa.text("revoked_at IS NULL"),
        postgresql_where=sa.text("revoked_at IS NULL"),
    ),
)
