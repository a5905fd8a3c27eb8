"""The identity tokens that this GitHub gives to its repositories' workflows, and the keys by which they are known.

Source: https://docs.github.com/en/actions/reference/security/oidc, for the claims.
"""

import json
import uuid
from datetime import timedelta
from functools import cached_property
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from app.sandbox.github.world import World

_LIFE = timedelta(minutes=5)
KEYS = "/.well-known/jwks"
CONFIGURATION = "/.well-known/openid-configuration"


class WorkflowTokens:
    """The issuer."""

    def __init__(self, world: World) -> None:
        self._world = world

    def issue(self, issuer: str, repository: str, /, **changed: Any) -> str:
        """A token for a job of a pull request's workflow in a repository; claims that are None are left out."""
        now = int(self._world.now().timestamp())
        claims = {
            "iss": issuer,
            "aud": "mayfly",
            "sub": f"repo:{repository}:pull_request",
            "jti": str(uuid.uuid4()),
            "repository": repository,
            "repository_owner": repository.partition("/")[0],
            "event_name": "pull_request",
            "iat": now,
            "nbf": now,
            "exp": now + int(_LIFE.total_seconds()),
            **changed,
        }
        given = {name: claim for name, claim in claims.items() if claim is not None}
        return jwt.encode(given, self._key, "RS256", {"kid": self._kid})

    def turn_key(self) -> None:
        """Sign with another key from now on; the old one is known no longer."""
        del self._key, self._kid

    def tell_configuration(self, issuer: str) -> dict[str, Any]:
        """What the issuer says of itself."""
        return {
            "issuer": issuer,
            "jwks_uri": f"{issuer}{KEYS}",
            "id_token_signing_alg_values_supported": ["RS256"],
            "subject_types_supported": ["public", "pairwise"],
            "response_types_supported": ["id_token"],
        }

    def tell_keys(self) -> dict[str, Any]:
        """Its public keys."""
        key = json.loads(RSAAlgorithm.to_jwk(self._key.public_key()))
        return {"keys": [{**key, "use": "sig", "alg": "RS256", "kid": self._kid}]}

    @cached_property
    def _key(self) -> rsa.RSAPrivateKey:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)

    @cached_property
    def _kid(self) -> str:
        return str(uuid.uuid4())
