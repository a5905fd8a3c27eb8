"""Who is asking: a personal token, the app by its signed token, or an installation by a token that the app got.

Installation tokens are longer than the forty characters they once had and live for one hour; the app's own token is a
JWT of at most ten minutes, signed with RS256.
Source: GitHub's pages on generating a JWT and on generating an installation access token.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Literal

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from app.sandbox.github.workflows import WorkflowTokens
from app.sandbox.github.world import Repository, User, World

_TOKEN_LIFE = timedelta(hours=1)
_LONGEST_JWT = timedelta(minutes=10)


@dataclass(frozen=True)
class Caller:
    """Whoever makes a request; `repositories` is what an installation token was narrowed to."""

    user: User
    kind: Literal["user", "app", "installation"]
    expires_at: datetime | None = None
    repositories: frozenset[int] | None = None

    def may_see(self, repository: Repository) -> bool:
        """Whether the caller's token reaches that repository."""
        return self.kind == "user" or (
            repository.is_watched and (self.repositories is None or repository.id in self.repositories)
        )


class Tokens:
    """Every token that is good here."""

    def __init__(self, world: World, login: str) -> None:
        self.personal = f"ghp_{secrets.token_hex(18)}"
        self.workflows = WorkflowTokens(world)
        self._world = world
        self._callers = {self.personal: Caller(world.user(login), "user")}

    @cached_property
    def private_key(self) -> str:
        """The app's key in PEM, made when first asked for."""
        form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        return self._key.private_bytes(*form).decode()

    def issue(self, repositories: Sequence[Repository] | None) -> tuple[str, datetime]:
        """A fresh installation token and the time when it ends."""
        token = f"ghs_{self._world.app.id}_{secrets.token_urlsafe(180)}"
        expires_at = self._world.now() + _TOKEN_LIFE
        reach = None if repositories is None else frozenset(repository.id for repository in repositories)
        self._callers[token] = Caller(self._world.app.bot, "installation", expires_at, reach)
        return token, expires_at

    def expire(self) -> None:
        """End every installation token at once."""
        self._callers = {token: caller for token, caller in self._callers.items() if caller.kind == "user"}

    def recognise(self, authorization: str) -> Caller | None:
        """Whose `Authorization` header this is; None for nobody's."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() not in {"token", "bearer"}:
            return None
        caller = self._callers.get(token) or self._read_jwt(token)
        if caller and caller.expires_at and caller.expires_at <= self._world.now():
            return None
        return caller

    @cached_property
    def _key(self) -> rsa.RSAPrivateKey:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def _read_jwt(self, token: str) -> Caller | None:
        if token.count(".") != 2:
            return None
        try:
            claims = jwt.decode(
                token, self._key.public_key(), algorithms=["RS256"], options={"require": ["exp", "iat", "iss"]}
            )
        except jwt.InvalidTokenError:
            return None
        is_brief = claims["exp"] - self._world.now().timestamp() <= _LONGEST_JWT.total_seconds()
        is_ours = str(claims["iss"]) == str(self._world.app.id)
        return Caller(self._world.app.bot, "app") if is_brief and is_ours else None
