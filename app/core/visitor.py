"""Visitors: whoever asks the API, and what they may see and do. Decided here, from what the door found out.

| visitor | lists | an environment | acts |
|---|---|---|---|
| this machine, where no token is asked for | all | any | yes |
| token | all | any | with scope `write` |
| token of a repository | the repository's | the repository's | with scope `write` |
| GitHub Actions workflow | none | its repository's | no |
"""

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

PREFIX = "mfy_"
"""By it a token is known for one of Mayfly's, also by scanners that look for secrets in repositories."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""HTTP methods that change nothing (RFC 9110, 9.2.1)."""


class Scope(StrEnum):
    """What a token is good for; whoever may write may read."""

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True)
class Visitor:
    """Who asks. `repository`: the only one whose environments they see; None is all of them."""

    name: str
    scope: Scope = Scope.READ
    repository: str | None = None
    may_list: bool = True

    def may(self, method: str) -> bool:
        """Whether a request with this method is in the visitor's scope."""
        return self.scope is Scope.WRITE or method in SAFE

    def may_see(self, repository: str | None) -> bool:
        """Whether what belongs to a repository, or to none, is for the visitor's eyes."""
        return self.repository is None or self.repository.lower() == (repository or "").lower()


LOCAL = Visitor("this machine", Scope.WRITE)
"""Somebody on this machine, where no token is asked for."""


@dataclass(frozen=True)
class Token:
    """A token as it is kept: its secret's hash and never the secret."""

    name: str
    sha256: bytes
    scope: Scope
    repository: str | None
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None

    def standing(self, now: datetime) -> str:
        """`live`, `expired` or `revoked`."""
        if self.revoked_at is not None:
            return "revoked"
        return "live" if now < self.expires_at else "expired"

    @property
    def visitor(self) -> Visitor:
        """Whoever comes with it."""
        return Visitor(f"token {self.name}", self.scope, self.repository)


def digest(secret: str) -> bytes:
    """What is kept of a secret. It is random through and through, so a plain hash keeps it."""
    return hashlib.sha256(secret.encode()).digest()


def matching(secret: str, tokens: Iterable[Token]) -> Token | None:
    """The token whose secret this is, compared in constant time with each."""
    given = digest(secret)
    found = [token for token in tokens if hmac.compare_digest(given, token.sha256)]
    return found[0] if found else None


def workflow_of(repository: str) -> Visitor:
    """A GitHub Actions workflow of a repository: it reads its repository's environments and their outputs."""
    return Visitor(f"workflow of {repository}", Scope.READ, repository, may_list=False)
