"""Access tokens of the API. Written by the command line, read by the door."""

from dataclasses import fields
from datetime import datetime

import sqlalchemy as sa

from app.core.visitor import Scope, Token
from app.store.database import Connection, insert_missing
from app.store.tables import tokens


def add_token(connection: Connection, token: Token) -> bool:
    """Keep a new one; False where one of that name is live or expired, which nobody would tell from it."""
    row = {field.name: getattr(token, field.name) for field in fields(Token)}
    adding = insert_missing(connection, tokens, {**row, "scope": token.scope.value}).returning(tokens.c.number)
    return connection.execute(adding).first() is not None


def list_tokens(connection: Connection) -> list[Token]:
    """Every token that there ever was, the oldest first."""
    query = sa.select(tokens).order_by(tokens.c.number)
    return [
        Token(**{**{field.name: getattr(row, field.name) for field in fields(Token)}, "scope": Scope(row.scope)})
        for row in connection.execute(query)
    ]


def revoke_token(connection: Connection, name: str, now: datetime) -> bool:
    """End the token of that name at once; whether there was one to end."""
    mine = (tokens.c.name == name) & tokens.c.revoked_at.is_(None)
    return connection.execute(tokens.update().where(mine).values(revoked_at=now)).rowcount > 0
